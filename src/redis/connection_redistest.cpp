// A connection to a real server: what it does while all is well, and what it survives.
#include "redis/connection.hpp"

#include <gtest/gtest.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <stdexcept>
#include <thread>

#include "support/redis_client.hpp"
#include "support/redis_server.hpp"

namespace leat::redis {
namespace {

using namespace std::chrono_literals;
using testing::RedisClient;
using testing::RedisServer;

ConnectOptions quick(std::string const& url) {
    auto options = parse_url(url).value();
    options.reconnect_delay_min = 1ms;
    options.reconnect_delay_max = 20ms;
    return options;
}

boost::asio::awaitable<Result<Reply>> race_with_timer(Connection& connection) {
    using namespace boost::asio::experimental::awaitable_operators;
    boost::asio::steady_timer timer(connection.executor(), 20ms);
    auto const ended =
        co_await (connection.exec(Command("BLPOP").args("nothing", 0)) || timer.async_wait(boost::asio::use_awaitable));
    if (ended.index() == 0) co_return fail(ErrorCode::internal, "race", "the timer should have won");
    co_return fail(ErrorCode::cancelled, "race", "the timer has won");
}

boost::asio::awaitable<void> expect_throw(Connection& connection, Command command) {
    co_await connection.exec(std::move(command));
}

class ConnectionTest : public ::testing::Test {
  protected:
    // A command that the server has got and does not answer.
    testing::Pending<Reply> start_blocked() {
        auto blocked =
            client_.start(Command("BLPOP").args("nothing", 0), {.reply_timeout = 10min, .queue_timeout = {}});
        auto const arrived = [&] {
            return server_.command({"INFO", "clients"}).find("blocked_clients:1") != std::string::npos;
        };
        if (!client_.until(arrived)) throw std::runtime_error("the command did not arrive");
        return blocked;
    }

    RedisServer server_;
    boost::asio::io_context context_{1};
    RedisClient client_{context_, quick(server_.url())};
};

TEST_F(ConnectionTest, ShakesHandsAndAnswers) {
    EXPECT_FALSE(client_.connection().connected());
    EXPECT_EQ(client_.exec(Command("SET").arg("key").arg("value")), "+OK");
    EXPECT_EQ(client_.exec(Command("GET").arg("key")), "\"value\"");
    EXPECT_EQ(server_.command({"GET", "key"}), "value");
    EXPECT_TRUE(client_.connection().connected());
    auto const& server = client_.connection().server();
    EXPECT_EQ(server.protocol, 3);
    EXPECT_FALSE(server.version.empty());
    EXPECT_EQ(server.mode, "standalone");
    EXPECT_EQ(server.role, "master");
    EXPECT_GT(server.client_id, 0);
    EXPECT_EQ(client_.exec(Command("CLIENT").arg("GETNAME")), "\"leat\"");
    EXPECT_EQ(client_.connects, 1);
}

TEST_F(ConnectionTest, AnErrorReplyIsAValue) {
    EXPECT_EQ(client_.exec(Command("LPUSH").arg("key").arg("a")), "1");
    EXPECT_EQ(client_.exec(Command("GET").arg("key")),
              "-\"WRONGTYPE Operation against a key holding the wrong kind of value\"");
    EXPECT_EQ(client_.exec(Command("PING")), "+PONG");
    EXPECT_TRUE(client_.losses.empty());
}

TEST_F(ConnectionTest, ConcurrentCallersGetTheirOwnReplies) {
    constexpr int kCalls = 2'000;
    std::vector<testing::Pending<Reply>> calls;
    calls.reserve(kCalls);
    for (int i = 0; i < kCalls; ++i)
        calls.push_back(client_.start(Command("ECHO").arg(i)));
    for (int i = 0; i < kCalls; ++i)
        EXPECT_EQ(client_.end_of(calls[static_cast<std::size_t>(i)]), '"' + std::to_string(i) + '"');
}

TEST_F(ConnectionTest, SeveralCommandsAreAnsweredTogether) {
    std::vector<Command> commands;
    commands.push_back(Command("RPUSH").args("list", "a", "b"));
    commands.push_back(Command("NOSUCH"));
    commands.push_back(Command("LRANGE").args("list", 0, -1));
    auto const replies = client_.wait(client_.start(client_.connection().exec_all(std::move(commands))));
    ASSERT_TRUE(replies);
    ASSERT_EQ(replies->size(), 3U);
    EXPECT_EQ((*replies)[0].root().integer(), 2);
    EXPECT_TRUE((*replies)[1].root().is_error());
    EXPECT_EQ(to_text((*replies)[2].root()), "[\"a\" \"b\"]");
    auto const none = client_.wait(client_.start(client_.connection().exec_all({})));
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->empty());
}

TEST_F(ConnectionTest, LargeValuesPassBothWays) {
    std::string value(20 * 1024 * 1024, '\0');
    for (std::size_t i = 0; i < value.size(); ++i)
        value[i] = static_cast<char>(i * 131 >> 3);
    EXPECT_EQ(client_.exec(Command("SET").arg("large").arg(value)), "+OK");
    auto const reply = client_.wait(client_.start(Command("GET").arg("large")));
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->root().text() == value);
}

TEST_F(ConnectionTest, AKilledServerEndsWhatWasSentAndServesTheRestLater) {
    auto const sent = start_blocked();
    server_.kill();
    ASSERT_TRUE(client_.until([&] { return client_.losses.size() >= 3; }));
    EXPECT_EQ(client_.end_of(sent), "unknown_outcome");
    EXPECT_EQ(client_.losses[0].code, ErrorCode::unavailable);
    EXPECT_EQ(client_.failures, (std::vector<int>{1, 2, 3}));
    auto const queued = client_.start(Command("PING"), {.reply_timeout = {}, .queue_timeout = 1min});
    server_.start();
    EXPECT_EQ(client_.end_of(queued), "+PONG");
    EXPECT_EQ(client_.connects, 2);
}

TEST_F(ConnectionTest, WithoutServerCommandsEndAtTheirQueueTimeout) {
    server_.kill();
    auto const first = client_.start(Command("PING"), {.reply_timeout = {}, .queue_timeout = 50ms});
    auto const second = client_.start(Command("PING"), {.reply_timeout = {}, .queue_timeout = 20ms});
    auto const reply = client_.wait(first);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::unavailable);
    EXPECT_EQ(reply.error().operation, "PING");
    EXPECT_EQ(client_.end_of(second), "unavailable");
}

TEST_F(ConnectionTest, SurvivesClientKill) {
    auto const blocked = start_blocked();
    server_.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    EXPECT_EQ(client_.end_of(blocked), "unknown_outcome");
    EXPECT_EQ(client_.exec(Command("PING")), "+PONG");
    EXPECT_EQ(client_.connects, 2);
    ASSERT_EQ(client_.losses.size(), 1U);
    EXPECT_EQ(client_.losses[0].detail, "the server closed the connection");
}

TEST_F(ConnectionTest, AMissingReplyDropsTheConnection) {
    ASSERT_TRUE(client_.until_connected());
    server_.command({"CLIENT", "PAUSE", "600000", "WRITE"});
    auto const paused = client_.start(Command("SET").args("key", "1"), {.reply_timeout = 50ms, .queue_timeout = {}});
    EXPECT_EQ(client_.end_of(paused), "unknown_outcome");
    ASSERT_TRUE(client_.until_connected(2));
    EXPECT_EQ(client_.losses[0].operation, "SET");
    server_.command({"CLIENT", "UNPAUSE"});
    EXPECT_EQ(client_.exec(Command("SET").args("key", "2")), "+OK");
}

TEST_F(ConnectionTest, BlockingCommandsHaveTheirOwnTimeout) {
    auto options = quick(server_.url());
    options.command_timeout = 50ms;
    RedisClient impatient(context_, options);
    EXPECT_EQ(impatient.exec(Command("BLPOP").args("nothing", "0.2"), {.reply_timeout = 1min, .queue_timeout = {}}),
              "null");
    EXPECT_EQ(impatient.exec(Command("BLPOP").args("nothing", "60")), "unknown_outcome");
}

TEST_F(ConnectionTest, SurvivesAServerThatHangs) {
    auto options = quick(server_.url());
    options.connect_timeout = 50ms;
    options.command_timeout = 50ms;
    RedisClient impatient(context_, options);
    ASSERT_TRUE(impatient.until_connected());
    server_.pause();
    EXPECT_EQ(impatient.exec(Command("PING")), "unknown_outcome");
    ASSERT_TRUE(
        impatient.until([&] { return impatient.losses.size() >= 2; }));  // accepted by the kernel, never greeted
    server_.resume();
    EXPECT_EQ(impatient.exec(Command("PING"), {.reply_timeout = 1min, .queue_timeout = 1min}), "+PONG");
}

TEST_F(ConnectionTest, DropReconnectsAtOnce) {
    auto options = quick(server_.url());
    options.reconnect_delay_min = options.reconnect_delay_max = 1h;
    RedisClient client(context_, options);
    ASSERT_TRUE(client.until_connected());
    client.connection().drop("watchdog");
    ASSERT_TRUE(client.until_connected(2));
    EXPECT_EQ(client.losses.at(0).detail, "dropped: watchdog");
    EXPECT_EQ(client.exec(Command("PING")), "+PONG");
}

TEST_F(ConnectionTest, DropEndsAWaitForTheNextAttempt) {
    auto options = quick(server_.url());
    options.reconnect_delay_min = options.reconnect_delay_max = 1h;
    server_.kill();
    RedisClient client(context_, options);
    ASSERT_TRUE(client.until([&] { return client.losses.size() == 1; }));
    server_.start();
    client.connection().drop("try now");
    EXPECT_TRUE(client.until_connected());
}

TEST_F(ConnectionTest, AReplicaIsLeftForAnotherConnection) {
    ASSERT_TRUE(client_.until_connected());
    server_.command({"REPLICAOF", "127.0.0.1", "1"});
    auto const reply = client_.exec(Command("SET").args("key", "1"));
    EXPECT_TRUE(reply.starts_with("-\"READONLY")) << reply;
    ASSERT_TRUE(client_.until_connected(2));
    EXPECT_EQ(client_.losses.at(0).code, ErrorCode::unavailable);
    server_.command({"REPLICAOF", "NO", "ONE"});
    EXPECT_EQ(client_.exec(Command("SET").args("key", "1")), "+OK");
}

TEST_F(ConnectionTest, AnUnblockedReaderReconnects) {
    auto const blocked = start_blocked();
    server_.command({"REPLICAOF", "127.0.0.1", "1"});
    auto const reply = client_.end_of(blocked);
    EXPECT_TRUE(reply.starts_with("-\"UNBLOCKED")) << reply;
    EXPECT_TRUE(client_.until_connected(2));
}

TEST_F(ConnectionTest, ALoadingServerIsAskedAgainLater) {
    std::string const value(4'096, 'x');
    for (int i = 0; i < 300; ++i)
        server_.command({"SET", "key" + std::to_string(i), value});
    server_.command({"CONFIG", "SET", "rdbcompression", "no"});
    server_.command({"CONFIG", "SET", "key-load-delay", "1000"});  // µs
    server_.command({"CONFIG", "SET", "loading-process-events-interval-bytes", "1024"});
    ASSERT_TRUE(client_.until_connected());
    std::jthread const reload([&] { server_.command({"DEBUG", "RELOAD"}); });
    std::string reply;
    ASSERT_TRUE(client_.until([&] {
        reply = client_.exec(Command("GET").arg("key1"));
        return reply != '"' + value + '"';
    }));
    EXPECT_TRUE(reply.starts_with("-\"LOADING")) << reply;
    ASSERT_TRUE(client_.until([&] { return client_.losses.size() >= 2; }));
    EXPECT_EQ(client_.exec(Command("GET").arg("key1"), {.reply_timeout = {}, .queue_timeout = 1min}),
              '"' + value + '"');
}

TEST_F(ConnectionTest, AnAbandonedCallLeavesTheConnectionInStep) {
    ASSERT_TRUE(client_.until_connected());
    auto const raced = client_.start(race_with_timer(client_.connection()));
    EXPECT_EQ(client_.end_of(raced), "cancelled");
    server_.command({"LPUSH", "nothing", "late"});
    EXPECT_EQ(client_.exec(Command("ECHO").arg("mine")), "\"mine\"");
    EXPECT_EQ(client_.connects, 1);
}

TEST_F(ConnectionTest, CloseEndsEverythingWithCancelled) {
    auto const blocked = start_blocked();
    auto const queued = client_.start(Command("PING"));
    client_.connection().close();
    client_.connection().close();
    EXPECT_EQ(client_.end_of(blocked), "cancelled");
    EXPECT_EQ(client_.end_of(queued), "cancelled");
    EXPECT_TRUE(client_.until([&] { return client_.tasks() == 0; }));
    EXPECT_EQ(client_.exec(Command("PING")), "cancelled");
    EXPECT_FALSE(client_.connection().connected());
    EXPECT_TRUE(client_.losses.empty()) << "closing is not a loss";
}

TEST_F(ConnectionTest, CloseEndsAWaitForTheNextAttempt) {
    auto options = quick(server_.url());
    options.reconnect_delay_min = options.reconnect_delay_max = 1h;
    server_.kill();
    RedisClient client(context_, options);
    ASSERT_TRUE(client.until([&] { return client.losses.size() == 1; }));
    client.connection().close();
    EXPECT_TRUE(client.until([&] { return client.tasks() == 0; }));
}

TEST_F(ConnectionTest, SubscribingIsAnsweredByItsConfirmation) {
    EXPECT_EQ(client_.exec(Command("SUBSCRIBE").arg("news")), ">[\"subscribe\" \"news\" 1]");
    server_.command({"PUBLISH", "news", "hello"});
    EXPECT_EQ(client_.exec(Command("PING")), "+PONG");
    EXPECT_EQ(client_.exec(Command("UNSUBSCRIBE").arg("news")), ">[\"unsubscribe\" \"news\" 0]");
    EXPECT_EQ(client_.pushes,
              (std::vector<std::string>{">[\"subscribe\" \"news\" 1]", ">[\"message\" \"news\" \"hello\"]",
                                        ">[\"unsubscribe\" \"news\" 0]"}));
}

TEST_F(ConnectionTest, SubscribingToSeveralChannelsAtOnceIsMisuse) {
    auto command = Command("SUBSCRIBE").args("a", "b");
    boost::asio::io_context context(1);
    Connection connection(context.get_executor(), quick(server_.url()));
    EXPECT_THROW(testing::run(context, expect_throw(connection, std::move(command))), std::logic_error);
}

}  // namespace
}  // namespace leat::redis
