#include "config/environment.hpp"

#include <gtest/gtest.h>

#include "config/load.hpp"

namespace leat::config {
namespace {

TEST(EnvironmentOf, MakesTheSameConnectionAgain) {
    ConnectionOptions connection;
    connection.redis = "rediss://localhost:7000/3";
    connection.username = "bob";
    connection.password = "hunter2 and=more";
    connection.tls_ca_file = "/etc/ca.pem";
    connection.tls_cert_file = "/etc/cert.pem";
    connection.tls_key_file = "/etc/key.pem";
    connection.sentinel_username = "eve";
    connection.sentinel_password = "hunter3";
    connection.prefix = "shop";
    connection.connect_timeout = Milliseconds(1'500);
    connection.command_timeout = Milliseconds(61'000);
    Sources sources;
    sources.file.clear();
    sources.environment = environment_of(connection);
    auto const loaded = load(sources);
    ASSERT_TRUE(loaded) << loaded.error().front().message();
    auto const& again = loaded->connection;
    EXPECT_EQ(again.redis, connection.redis);
    EXPECT_EQ(again.username, connection.username);
    EXPECT_EQ(again.password, connection.password);
    EXPECT_EQ(again.tls_ca_file, connection.tls_ca_file);
    EXPECT_EQ(again.tls_cert_file, connection.tls_cert_file);
    EXPECT_EQ(again.tls_key_file, connection.tls_key_file);
    EXPECT_EQ(again.sentinel_username, connection.sentinel_username);
    EXPECT_EQ(again.sentinel_password, connection.sentinel_password);
    EXPECT_EQ(again.prefix, connection.prefix);
    EXPECT_EQ(again.connect_timeout, connection.connect_timeout);
    EXPECT_EQ(again.command_timeout, connection.command_timeout);
}

TEST(EnvironmentOf, TakesThePlaceOfWhatIsThere) {
    Sources sources;
    sources.file.clear();
    sources.environment = {{"LEAT_REDIS_PASSWORD", "inherited"}, {"LEAT_REDIS_PASSWORD_FILE", "/no/such/file"}};
    for (auto const& [name, value] : environment_of(ConnectionOptions{}))
        sources.environment[name] = value;
    auto const loaded = load(sources);
    ASSERT_TRUE(loaded) << loaded.error().front().message();
    EXPECT_EQ(loaded->connection.password, "");
}

}  // namespace
}  // namespace leat::config
