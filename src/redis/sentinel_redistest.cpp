// Connections by way of sentinels: real ones, and made-up ones for what real ones do rarely.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/connection.hpp"
#include "redis/subscriber.hpp"
#include "support/fake_redis.hpp"
#include "support/redis_client.hpp"
#include "support/sentinel.hpp"

namespace leat::redis {
namespace {

using namespace std::chrono_literals;
using testing::FakeRedis;
using ::testing::HasSubstr;
using testing::RedisClient;
using testing::replicate;
using testing::Sentinel;
using testing::TcpServer;

ConnectOptions hasty(std::string const& url) {
    auto options = parse_url(url).value();
    options.reconnect_delay_min = 1ms;
    options.reconnect_delay_max = 20ms;
    return options;
}

std::string bulk(std::string const& text) {
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

// The answers of a sentinel to one connection that asks it.
std::vector<std::string> naming(TcpServer const& master) {
    return {FakeRedis::kHello, FakeRedis::kPong, "*2\r\n" + bulk("127.0.0.1") + bulk(std::to_string(master.port()))};
}

std::string url_of(std::vector<std::uint16_t> const& sentinels) {
    std::string url;
    for (auto const port : sentinels)
        url += (url.empty() ? "redis+sentinel://127.0.0.1:" : ",127.0.0.1:") + std::to_string(port);
    return url + "/mymaster";
}

constexpr ExecOptions kPatient{.reply_timeout = {}, .queue_timeout = 1min};

class SentinelTest : public ::testing::Test {
  protected:
    boost::asio::io_context context{1};
    TcpServer master;
};

TEST_F(SentinelTest, TheMasterIsAskedFor) {
    Sentinel const sentinel(master, 0);
    RedisClient client(context, hasty(sentinel.url() + "/3"));
    EXPECT_EQ(client.exec(Command("SET").args("key", "value")), "+OK");
    EXPECT_EQ(client.connection().server().address, master.address());
    EXPECT_EQ(client.connection().server().role, "master");
    EXPECT_EQ(client.connection().server().mode, "standalone");
    EXPECT_EQ(master.command({"EXISTS", "key"}), "0") << "the database is the URL's";
    EXPECT_TRUE(client.losses.empty());
}

TEST_F(SentinelTest, AnotherIsAskedWhereOneFails) {
    Sentinel const sentinel(master, 0);
    FakeRedis const silent(context, {{""}});
    FakeRedis const unknowing(context, {{FakeRedis::kHello, FakeRedis::kPong, "_\r\n"}});
    auto const url = url_of({testing::free_port(), silent.port(), unknowing.port(), master.port(), sentinel.port()});
    auto options = hasty(url);
    options.connect_timeout = 600ms;  // a sixth for the silent one
    RedisClient client(context, options);
    EXPECT_EQ(client.exec(Command("PING"), kPatient), "+PONG");
    EXPECT_TRUE(client.losses.empty()) << client.losses[0].message();

    // The one that knew is asked first the next time: the silent one would be waited for.
    client.connection().drop("again");
    ASSERT_TRUE(client.until_connected(2));
    EXPECT_EQ(client.losses.size(), 1U);
}

TEST_F(SentinelTest, WhereNobodyKnowsItEverybodyIsNamed) {
    Sentinel const sentinel(master, 0);
    auto options = hasty("redis+sentinel://127.0.0.1:" + std::to_string(sentinel.port()) + "/yours");
    RedisClient unknown(context, options);
    EXPECT_EQ(unknown.exec(Command("PING")), "denied");
    EXPECT_EQ(unknown.losses.at(0).code, ErrorCode::invalid_input);
    EXPECT_THAT(unknown.losses.at(0).detail, HasSubstr("it watches no master \"yours\""));

    auto const closed = testing::free_port();
    options = hasty(url_of({closed, master.port()}));
    options.connect_timeout = 500ms;
    RedisClient nobody(context, options);
    EXPECT_EQ(nobody.exec(Command("PING")), "unavailable");
    EXPECT_THAT(nobody.losses.at(0).detail, HasSubstr(std::to_string(closed) + ": cannot connect"));
    EXPECT_THAT(nobody.losses.at(0).detail, HasSubstr(std::to_string(master.port()) + ": it is no sentinel"));
}

TEST_F(SentinelTest, ASentinelHasItsOwnPassword) {
    Sentinel sentinel(master, 0);
    sentinel.server().command({"CONFIG", "SET", "requirepass", "watch"});
    sentinel.server().command({"ACL", "SETUSER", "default", ">watch"});
    auto options = hasty(sentinel.url());
    options.sentinel_password = "wrong";
    {
        RedisClient refused(context, options);
        EXPECT_EQ(refused.exec(Command("PING")), "denied");
        EXPECT_THAT(refused.losses.at(0).detail, HasSubstr("refused the user or the password"));
    }
    options.sentinel_password = "watch";
    RedisClient client(context, options);
    EXPECT_EQ(client.exec(Command("PING")), "+PONG");
}

TEST_F(SentinelTest, AReplicaThatIsNamedTooEarlyIsNotServed) {
    TcpServer replica;
    replicate(master, replica);
    FakeRedis const sentinel(context, {naming(replica), naming(replica), naming(master)});
    RedisClient client(context, hasty(url_of({sentinel.port()})));
    EXPECT_EQ(client.exec(Command("SET").args("key", "value"), kPatient), "+OK");
    ASSERT_EQ(client.losses.size(), 2U);
    EXPECT_THAT(client.losses[0].detail, HasSubstr(replica.address() + " is no master"));
    EXPECT_EQ(client.connection().server().address, master.address());
}

TEST_F(SentinelTest, ADemotedMasterIsLeft) {
    TcpServer other;
    FakeRedis const sentinel(context, {naming(master), naming(other)});
    RedisClient client(context, hasty(url_of({sentinel.port()})));
    ASSERT_TRUE(client.until_connected());
    replicate(other, master);
    EXPECT_THAT(client.exec(Command("SET").args("key", "1")), HasSubstr("READONLY"));
    EXPECT_EQ(client.exec(Command("SET").args("key", "2"), kPatient), "+OK");
    EXPECT_EQ(client.connection().server().address, other.address());
    EXPECT_EQ(other.command({"GET", "key"}), "2");
}

TEST_F(SentinelTest, ABlockedReadOfADemotedMasterEnds) {
    TcpServer other;
    for (auto const* const server : {&master, &other})
        server->command({"XGROUP", "CREATE", "stream", "group", "0", "MKSTREAM"});
    FakeRedis const sentinel(context, {naming(master), naming(other)});
    RedisClient client(context, hasty(url_of({sentinel.port()})));
    Command const read = Command("XREADGROUP").args("GROUP", "group", "me", "BLOCK", 0, "STREAMS", "stream", ">");
    auto const blocked = client.start(read, {.reply_timeout = 1min, .queue_timeout = {}});
    ASSERT_TRUE(client.until([&] { return testing::info(master, "blocked_clients") == "1"; }));
    replicate(other, master);
    EXPECT_THAT(client.end_of(blocked), HasSubstr("UNBLOCKED"));
    auto const again = client.start(read, kPatient);
    ASSERT_TRUE(client.until([&] { return testing::info(other, "blocked_clients") == "1"; }));
    other.command({"XADD", "stream", "*", "field", "value"});
    EXPECT_THAT(client.end_of(again), HasSubstr("value"));
}

TEST_F(SentinelTest, AFailoverIsFollowed) {
    TcpServer replica;
    replicate(master, replica);
    Sentinel sentinel(master, 1);
    RedisClient client(context, hasty(sentinel.url()));
    EXPECT_EQ(client.exec(Command("SET").args("key", "1")), "+OK");
    EXPECT_EQ(client.exec(Command("WAIT").args(1, 30'000)), "1");
    master.kill();
    EXPECT_EQ(client.exec(Command("GET").arg("key"), kPatient), "\"1\"");
    EXPECT_EQ(client.connection().server().address, replica.address());
}

TEST_F(SentinelTest, ASubscriberFollowsAFailover) {
    TcpServer replica;
    replicate(master, replica);
    Sentinel sentinel(master, 1);
    RedisClient runner(context, hasty(sentinel.url()));
    int subscribed = 0;
    std::string heard;
    SubscriberEvents events;
    events.on_subscribed = [&](std::string_view) { ++subscribed; };
    events.on_message = [&](std::string_view, std::string_view text) { heard = text; };
    async::TaskGroup group(context.get_executor());
    Subscriber subscriber(context.get_executor(), hasty(sentinel.url()), std::move(events), /*jitter_seed=*/1);
    subscriber.subscribe("news");
    group.spawn(subscriber.run());
    ASSERT_TRUE(runner.until([&] { return subscribed == 1; }));
    master.kill();
    ASSERT_TRUE(runner.until([&] { return subscribed == 2; }));
    replica.command({"PUBLISH", "news", "hello"});
    EXPECT_TRUE(runner.until([&] { return heard == "hello"; }));
    subscriber.close();
    EXPECT_TRUE(runner.until([&] { return group.size() == 0; }));
}

TEST_F(SentinelTest, CloseEndsTheQuestion) {
    FakeRedis const silent(context, {{""}});
    RedisClient client(context, hasty(url_of({silent.port(), silent.port()})));
    ASSERT_TRUE(client.until([&] { return !silent.received().empty(); }));
    client.connection().close();
    EXPECT_TRUE(client.until([&] { return client.tasks() == 0; }));
    EXPECT_TRUE(client.losses.empty());
}

}  // namespace
}  // namespace leat::redis
