// What a run tells its processes arrives whole: a credential that got lost would only show on somebody's own server.
#include "chaos/setup.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace leat::cli::chaos {
namespace {

namespace fs = std::filesystem;

class SetupFile : public ::testing::Test {
  protected:
    SetupFile() {
        auto pattern = (fs::temp_directory_path() / "leat-setup-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~SetupFile() override { fs::remove_all(folder_); }

    fs::path folder_;
};

TEST_F(SetupFile, CarriesEverythingThatDecidesHowRedisIsReached) {
    chaos::Setup setup;
    setup.connection.redis = "rediss+sentinel://one,two/main";
    setup.connection.username = "user";
    setup.connection.password = "word";
    setup.connection.tls_ca_file = "ca.pem";
    setup.connection.tls_cert_file = "cert.pem";
    setup.connection.tls_key_file = "key.pem";
    setup.connection.sentinel_username = "watcher";
    setup.connection.sentinel_password = "secret";
    setup.connection.prefix = "chaos-1";
    setup.folder = folder_;
    setup.lease = Milliseconds{5'000};
    setup.rate = 12.5;
    setup.seed = 7;
    auto const file = folder_ / "setup.json";
    ASSERT_TRUE(write_setup(setup, file).has_value());
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    auto const back = read_setup(file).value();
    EXPECT_EQ(back.connection.redis, setup.connection.redis);
    EXPECT_EQ(back.connection.username, setup.connection.username);
    EXPECT_EQ(back.connection.password, setup.connection.password);
    EXPECT_EQ(back.connection.tls_ca_file, setup.connection.tls_ca_file);
    EXPECT_EQ(back.connection.tls_cert_file, setup.connection.tls_cert_file);
    EXPECT_EQ(back.connection.tls_key_file, setup.connection.tls_key_file);
    EXPECT_EQ(back.connection.sentinel_username, setup.connection.sentinel_username);
    EXPECT_EQ(back.connection.sentinel_password, setup.connection.sentinel_password);
    EXPECT_EQ(back.connection.prefix, setup.connection.prefix);
    EXPECT_EQ(back.folder, setup.folder);
    EXPECT_EQ(back.lease, setup.lease);
    EXPECT_EQ(back.rate, setup.rate);
    EXPECT_EQ(back.seed, setup.seed);
}

TEST_F(SetupFile, RefusesWhatIsNone) {
    std::ofstream(folder_ / "half.json") << R"({"folder":"/tmp","redis":"redis://a"})";
    EXPECT_FALSE(read_setup(folder_ / "half.json").has_value());
    EXPECT_FALSE(read_setup(folder_ / "none.json").has_value());
}

}  // namespace
}  // namespace leat::cli::chaos
