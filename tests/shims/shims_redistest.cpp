// Each shim in a real redis-server does what its first lines say.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "chaos/shims.hpp"
#include "support/redis_server.hpp"

namespace leat::cli::chaos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using leat::testing::RedisServer;

// Children that are started meanwhile get these variables.
class ScopedEnvironment {
  public:
    explicit ScopedEnvironment(Environment variables) : variables_(std::move(variables)) {
        for (auto const& [name, value] : variables_)
            ::setenv(name.c_str(), value.c_str(), 1);
    }
    ~ScopedEnvironment() {
        for (auto const& [name, value] : variables_)
            ::unsetenv(name.c_str());
    }
    ScopedEnvironment(ScopedEnvironment const&) = delete;
    ScopedEnvironment& operator=(ScopedEnvironment const&) = delete;

  private:
    Environment variables_;
};

class ShimTest : public ::testing::Test {
  protected:
    ShimTest() {
        auto pattern = (fs::temp_directory_path() / "leat-shims-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        folder_ = pattern;
    }
    ~ShimTest() override { fs::remove_all(folder_); }

    fs::path folder_;
    fs::path const shims_ = LEAT_SHIMS;
};

class PowerLossTest : public ShimTest {
  protected:
    // What a server with this policy still has of 100 acknowledged writes after kill -9, and a power cut as well.
    std::string keys_after(std::string const& policy, bool power_cut) {
        ForgetfulDisk const disk(shims_ / "power_loss_shim.so", folder_ / "synced");
        ScopedEnvironment const shim(disk.environment());
        RedisServer server({"--appendonly", "yes", "--appendfsync", policy});
        for (int i = 0; i < 100; ++i)
            EXPECT_EQ(server.command({"SET", "key" + std::to_string(i), "value"}), "OK");
        server.kill();
        if (power_cut) lost_ = disk.lose_unsynced(server.folder());
        server.start();
        return server.command({"DBSIZE"});
    }

    std::uint64_t lost_ = 0;
};

TEST_F(PowerLossTest, AKillLosesNothingThatWasWritten) {
    EXPECT_EQ(keys_after("no", false), "100");
}

TEST_F(PowerLossTest, APowerCutLosesWhatWasNotSynced) {
    EXPECT_EQ(keys_after("no", true), "0");
    EXPECT_GT(lost_, 3'000U);
}

TEST_F(PowerLossTest, APowerCutLosesNothingThatWasSynced) {
    EXPECT_EQ(keys_after("always", true), "100");
    EXPECT_EQ(lost_, 0U);
}

using ClockShimTest = ShimTest;

std::int64_t seconds_of(RedisServer const& server) {
    return std::stoll(server.command({"TIME"}));  // the first line
}

TEST_F(ClockShimTest, MovesTheWallClockOfARunningServer) {
    ShimmedClock clock(shims_ / "clock_shim.so", folder_ / "clock");
    ScopedEnvironment const shim(clock.environment());
    RedisServer const server;
    auto const before = seconds_of(server);
    EXPECT_EQ(server.command({"SET", "lease", "held", "EX", "1800"}), "OK");
    clock.set(1h);
    EXPECT_NEAR(static_cast<double>(seconds_of(server) - before), 3'600, 60);
    EXPECT_EQ(server.command({"GET", "lease"}), "") << "expired, by the server's own clock";
    clock.set(-1h);
    EXPECT_NEAR(static_cast<double>(seconds_of(server) - before), -3'600, 60);
    clock.set(0ms);
    EXPECT_NEAR(static_cast<double>(seconds_of(server) - before), 0, 60);
}

TEST_F(ClockShimTest, LeavesDurationsAlone) {
    ShimmedClock clock(shims_ / "clock_shim.so", folder_ / "clock");
    ScopedEnvironment const shim(clock.environment());
    RedisServer const server;
    clock.set(24h);
    auto const begin = std::chrono::steady_clock::now();
    EXPECT_EQ(server.command({"BLPOP", "nothing", "0.05"}), "");
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 45ms);
}

}  // namespace
}  // namespace leat::cli::chaos
