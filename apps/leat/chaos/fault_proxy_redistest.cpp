// The fault proxy between our client and a real server: each fault does what it says, and healing ends it.
#include "chaos/fault_proxy.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <stdexcept>

#include "redis/connect_options.hpp"
#include "support/redis_client.hpp"
#include "support/redis_server.hpp"

namespace leat::cli::chaos {
namespace {

using namespace std::chrono_literals;
using leat::testing::RedisClient;
using redis::Command;

class FaultProxyTest : public ::testing::Test {
  protected:
    // A client through the proxy that gives up on a reply after `patience`.
    std::unique_ptr<RedisClient> client(std::chrono::milliseconds patience = 20s) {
        auto options = redis::parse_url(proxy_.url()).value();
        options.command_timeout = patience;
        options.reconnect_delay_min = 1ms;
        options.reconnect_delay_max = 20ms;
        auto made = std::make_unique<RedisClient>(context_, options);
        EXPECT_TRUE(made->until_connected());
        return made;
    }
    std::string at_server(std::string const& key) { return server_.command({"GET", key}); }

    leat::testing::RedisServer server_;
    FaultProxy proxy_{server_.url()};
    boost::asio::io_context context_{1};
};

TEST_F(FaultProxyTest, ForwardsFaithfully) {
    auto const one = client();
    std::string const large(3'000'000, 'x');  // more than the queue holds
    EXPECT_EQ(one->exec(Command("SET").arg("key").arg(large)), "+OK");
    EXPECT_EQ(one->exec(Command("GET").arg("key")), "\"" + large + "\"");
    EXPECT_EQ(proxy_.counts().connections, 1U);
    EXPECT_EQ(proxy_.counts().cut, 0U);
    EXPECT_GE(proxy_.counts().pieces, 4U);
    EXPECT_EQ(proxy_.open(), 1U);
}

TEST_F(FaultProxyTest, ListensOnAUnixSocketToo) {
    FaultProxy const other(server_.url(), server_.folder() / "proxy.sock");
    auto const options = redis::parse_url(other.url()).value();
    RedisClient one(context_, options);
    EXPECT_EQ(one.exec(Command("SET").arg("key").arg("1")), "+OK");
    EXPECT_EQ(at_server("key"), "1");
}

TEST_F(FaultProxyTest, DelaysEachDirectionAndKeepsTheOrder) {
    auto const one = client();
    ProxyFaults slow;
    slow.delay = 40ms;
    slow.jitter = 20ms;
    proxy_.set(slow);
    auto const begin = std::chrono::steady_clock::now();
    auto const first = one->start(one->connection().exec(Command("INCR").arg("key")));
    auto const second = one->start(one->connection().exec(Command("INCR").arg("key")));
    EXPECT_EQ(one->end_of(first), "1");
    EXPECT_EQ(one->end_of(second), "2");
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 80ms);
    proxy_.heal();
    EXPECT_EQ(one->exec(Command("INCR").arg("key")), "3");
}

TEST_F(FaultProxyTest, DropsTheBytesOfOneDirection) {
    auto const one = client(100ms);
    ProxyFaults faults;
    faults.drop_to_client = true;
    proxy_.set(faults);
    EXPECT_EQ(one->exec(Command("SET").arg("run").arg("1")), "unknown_outcome");
    EXPECT_EQ(at_server("run"), "1") << "the server ran it";
    EXPECT_GT(proxy_.counts().dropped_bytes, 0U);
    proxy_.heal();
    EXPECT_EQ(one->exec(Command("GET").arg("run")), "\"1\"") << "over a new connection";
    faults.drop_to_client = false;
    faults.drop_to_server = true;
    proxy_.set(faults);
    EXPECT_EQ(one->exec(Command("SET").arg("lost").arg("1")), "unknown_outcome");
    EXPECT_EQ(at_server("lost"), "") << "the server never saw it";
}

TEST_F(FaultProxyTest, ABlackHoleHoldsEverythingUntilItIsHealed) {
    auto const one = client();
    ProxyFaults faults;
    faults.black_hole = true;
    proxy_.set(faults);
    auto const call = one->start(one->connection().exec(Command("SET").arg("key").arg("1")));
    // The proxy has accepted somebody who came later than the command: it would have forwarded the command by now.
    RedisClient const late(context_, redis::parse_url(proxy_.url()).value());
    ASSERT_TRUE(one->until([&] { return proxy_.counts().connections == 2; }));
    EXPECT_EQ(at_server("key"), "");
    EXPECT_FALSE(call->has_value());
    proxy_.heal();
    EXPECT_EQ(one->end_of(call), "+OK");
    EXPECT_EQ(at_server("key"), "1");
}

TEST_F(FaultProxyTest, AHalfClosedConnectionEndsForItsReader) {
    auto const one = client();
    proxy_.half_close(Direction::to_client);
    EXPECT_TRUE(one->until_connected(2));
    EXPECT_EQ(proxy_.counts().half_closed, 1U);
    proxy_.half_close(Direction::to_server);
    EXPECT_TRUE(one->until_connected(3)) << "the server answers the end of the stream by its own";
    EXPECT_EQ(one->exec(Command("SET").arg("key").arg("1")), "+OK");
}

TEST_F(FaultProxyTest, CutsAfterSoManyBytes) {
    auto const one = client();
    EXPECT_EQ(one->exec(Command("SET").arg("key").arg(std::string(100'000, 'x'))), "+OK");
    ProxyFaults faults;
    faults.cut_after_bytes = 50'000;
    proxy_.set(faults);
    EXPECT_EQ(one->exec(Command("GET").arg("key")), "unknown_outcome");
    EXPECT_EQ(proxy_.counts().cut, 1U);
    ASSERT_TRUE(one->until_connected(2));
    EXPECT_EQ(one->exec(Command("STRLEN").arg("key")), "100000") << "a new connection has its own count";
}

TEST_F(FaultProxyTest, CutsAShareOfTheConnections) {
    auto const one = client();
    auto const other = client();
    EXPECT_EQ(proxy_.cut(0), 0U);
    EXPECT_EQ(proxy_.cut(), 2U);
    EXPECT_TRUE(one->until_connected(2));
    EXPECT_TRUE(other->until_connected(2));
    ProxyFaults faults;
    faults.cut_chance = 1;
    proxy_.set(faults);
    EXPECT_EQ(one->exec(Command("GET").arg("key")), "unknown_outcome");
}

TEST_F(FaultProxyTest, LosesTheReplyOfChosenCommandsOnly) {
    auto const one = client();
    ProxyFaults faults;
    faults.lose_replies_of = {"forgotten"};
    proxy_.set(faults);
    EXPECT_EQ(one->exec(Command("INCR").arg("remembered")), "1");
    EXPECT_EQ(one->exec(Command("INCR").arg("forgotten")), "unknown_outcome");
    EXPECT_EQ(at_server("forgotten"), "1");
    EXPECT_EQ(proxy_.counts().lost_replies, 1U);
    ASSERT_TRUE(one->until_connected(2));
    EXPECT_EQ(one->exec(Command("INCR").arg("remembered")), "2");
}

TEST_F(FaultProxyTest, LosesRepliesSilently) {
    auto const one = client(100ms);
    ProxyFaults faults;
    faults.lose_replies_of = {"forgotten"};
    faults.lose_silently = true;
    proxy_.set(faults);
    EXPECT_EQ(one->exec(Command("INCR").arg("forgotten")), "unknown_outcome") << "after the client's patience";
    EXPECT_EQ(at_server("forgotten"), "1");
    EXPECT_EQ(proxy_.counts().cut, 0U);
}

TEST_F(FaultProxyTest, FindsATextThatLiesAcrossTwoPieces) {
    auto const one = client();
    ProxyFaults faults;
    faults.lose_replies_of = {"forgotten"};
    proxy_.set(faults);
    // Whatever the pieces are, one of these lengths puts the text across their border.
    std::uint64_t lost = 0;
    for (std::size_t size = 16'384 - 60; size < 16'384; size += 4) {
        EXPECT_EQ(one->exec(Command("ECHO").arg(std::string(size, 'x') + "forgotten")), "unknown_outcome");
        ++lost;
        ASSERT_TRUE(one->until_connected(static_cast<int>(lost) + 1));
    }
    EXPECT_EQ(proxy_.counts().lost_replies, lost);
}

TEST_F(FaultProxyTest, HitsOnlyTheProcessesThatItIsTold) {
    FaultProxy local(server_.url(), server_.folder() / "proxy.sock");
    RedisClient one(context_, redis::parse_url(local.url()).value());
    ASSERT_TRUE(one.until_connected());
    ProxyFaults faults;
    faults.cut_chance = 1;
    faults.only = {::getppid()};
    local.set(faults);
    EXPECT_EQ(one.exec(Command("SET").arg("key").arg("1")), "+OK");
    faults.only = {::getpid()};
    local.set(faults);
    EXPECT_EQ(one.exec(Command("SET").arg("key").arg("2")), "unknown_outcome");
}

TEST_F(FaultProxyTest, GoesOnWithAnotherServer) {
    leat::testing::RedisServer const other;
    auto const one = client();
    proxy_.retarget(other.url());
    ASSERT_TRUE(one->until_connected(2));
    EXPECT_EQ(one->exec(Command("SET").arg("key").arg("1")), "+OK");
    EXPECT_EQ(other.command({"GET", "key"}), "1");
    EXPECT_EQ(at_server("key"), "");
}

TEST_F(FaultProxyTest, WithoutAServerConnectionsEndAtOnce) {
    auto const one = client();
    server_.kill();
    ASSERT_TRUE(one->until([&] { return !one->connection().connected(); }));
    server_.start();
    ASSERT_TRUE(one->until_connected(2));
    EXPECT_EQ(one->exec(Command("SET").arg("key").arg("1")), "+OK");
}

TEST(FaultProxy, RefusesWhatItCannotForwardTo) {
    EXPECT_THROW(FaultProxy("redis://example.org:6379"), std::runtime_error);
    EXPECT_THROW(FaultProxy("rediss://127.0.0.1:6379"), std::runtime_error);
    EXPECT_THROW(FaultProxy("redis://127.0.0.1:6379", "/nowhere/proxy.sock"), std::runtime_error);
}

}  // namespace
}  // namespace leat::cli::chaos
