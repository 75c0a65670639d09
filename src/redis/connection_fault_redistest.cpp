// A connection to servers that misbehave, each told what to say.
#include <gtest/gtest.h>

#include <stdexcept>

#include "redis/connection.hpp"
#include "redis/resp_parser.hpp"
#include "support/fake_redis.hpp"
#include "support/redis_client.hpp"

namespace leat::redis {
namespace {

using namespace std::chrono_literals;
using testing::FakeRedis;
using testing::RedisClient;

class FaultTest : public ::testing::Test {
  protected:
    static ConnectOptions quick(FakeRedis const& server) {
        ConnectOptions options;
        options.port = server.port();
        options.reconnect_delay_min = 1ms;
        options.reconnect_delay_max = 20ms;
        return options;
    }

    boost::asio::io_context context_{1};
    std::vector<std::string> const good_{FakeRedis::kHello, FakeRedis::kPong, ":7\r\n"};
};

TEST_F(FaultTest, HalfAReplyAndTheEnd) {
    FakeRedis server(context_, {{FakeRedis::kHello, FakeRedis::kPong, "$10\r\nhalf", FakeRedis::kClose}, good_});
    RedisClient client(context_, quick(server));
    ASSERT_TRUE(client.until_connected());
    auto const call = client.start(Command("GET").arg("key"));
    ASSERT_TRUE(client.until([&] { return server.received().find("key") != std::string::npos; }));
    auto const behind = client.start(Command("GET").arg("other"));  // makes the server close
    EXPECT_EQ(client.end_of(call), "unknown_outcome");
    EXPECT_EQ(client.end_of(behind), "unknown_outcome");
    EXPECT_EQ(client.exec(Command("GET").arg("key")), "7") << "nothing of the half reply is left";
}

TEST_F(FaultTest, RubbishInsteadOfAReply) {
    FakeRedis server(context_, {{FakeRedis::kHello, FakeRedis::kPong, "what?\r\n"}, good_});
    RedisClient client(context_, quick(server));
    EXPECT_EQ(client.exec(Command("GET").arg("key")), "unknown_outcome");
    ASSERT_TRUE(client.until_connected(2));
    EXPECT_EQ(client.losses.at(0).code, ErrorCode::corrupt);
    EXPECT_EQ(client.exec(Command("GET").arg("key")), "7");
}

TEST_F(FaultTest, AReplyThatIsTooLargeIsToldFromOtherLosses) {
    FakeRedis server(context_, {{FakeRedis::kHello, FakeRedis::kPong, "$67108865\r\n"},
                                {FakeRedis::kHello, FakeRedis::kPong, "what?\r\n"},
                                good_});
    RedisClient client(context_, quick(server));
    auto const large = client.wait(client.start(Command("GET").arg("key")));
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().code, ErrorCode::unknown_outcome);
    EXPECT_TRUE(is_too_large_reply(large.error())) << large.error().message();
    auto const broken = client.wait(client.start(Command("GET").arg("key")));
    ASSERT_FALSE(broken);
    EXPECT_FALSE(is_too_large_reply(broken.error())) << broken.error().message();
}

TEST_F(FaultTest, AReplyTooMany) {
    FakeRedis server(context_, {{FakeRedis::kHello, FakeRedis::kPong, ":1\r\n:2\r\n"}, good_});
    RedisClient client(context_, quick(server));
    EXPECT_EQ(client.exec(Command("GET").arg("key")), "1");
    ASSERT_TRUE(client.until_connected(2));
    EXPECT_EQ(client.losses.at(0).code, ErrorCode::corrupt);
    EXPECT_EQ(client.exec(Command("GET").arg("key")), "7");
}

TEST_F(FaultTest, AServerOfAnotherKind) {
    FakeRedis server(context_, {{"HTTP/1.1 400 Bad Request\r\n\r\n"}, {"SSH-2.0-OpenSSH\r\n"}, good_});
    RedisClient client(context_, quick(server));
    EXPECT_EQ(client.exec(Command("GET").arg("key")), "7");
    ASSERT_EQ(client.losses.size(), 2U);
    EXPECT_EQ(client.losses[0].code, ErrorCode::corrupt);
    EXPECT_EQ(client.losses[1].code, ErrorCode::corrupt);
}

TEST_F(FaultTest, AServerThatClosesDuringTheHandshake) {
    FakeRedis server(context_, {{FakeRedis::kClose}, {FakeRedis::kHello, FakeRedis::kClose}, good_});
    RedisClient client(context_, quick(server));
    EXPECT_EQ(client.exec(Command("GET").arg("key")), "7");
    EXPECT_EQ(client.failures, (std::vector<int>{1, 2}));
    EXPECT_EQ(client.connects, 1);
    EXPECT_EQ(client.losses.at(1).detail, "the server closed the connection");
}

TEST_F(FaultTest, AServerThatIsSilentDuringTheHandshake) {
    FakeRedis server(context_, {{""}, {FakeRedis::kHello, ""}, good_});
    auto options = quick(server);
    options.connect_timeout = 30ms;
    RedisClient client(context_, options);
    EXPECT_EQ(client.exec(Command("GET").arg("key"), {.reply_timeout = {}, .queue_timeout = 1min}), "7");
    EXPECT_EQ(client.losses.at(0).detail, "no connection within 30 ms");
    EXPECT_EQ(client.losses.at(0).code, ErrorCode::unavailable);
}

TEST_F(FaultTest, AServerThatIsLoadingOrFull) {
    FakeRedis server(context_, {{FakeRedis::kHello, "-LOADING Redis is loading the dataset in memory\r\n"},
                                {"-ERR max number of clients reached\r\n"},
                                good_});
    RedisClient client(context_, quick(server));
    EXPECT_EQ(client.exec(Command("GET").arg("key")), "7");
    ASSERT_EQ(client.losses.size(), 2U);
    EXPECT_EQ(client.losses[0].code, ErrorCode::unavailable);
    EXPECT_EQ(client.losses[1].code, ErrorCode::unavailable);
}

TEST_F(FaultTest, PushMessagesDoNotDisturbTheHandshakeOrReplies) {
    std::string const push = ">2\r\n+invalidate\r\n*0\r\n";
    FakeRedis server(context_, {{push + FakeRedis::kHello, push + FakeRedis::kPong + push, push + ":7\r\n" + push}});
    RedisClient client(context_, quick(server));
    EXPECT_EQ(client.exec(Command("GET").arg("key")), "7");
    EXPECT_TRUE(client.until([&] { return client.pushes.size() == 3; }));
    EXPECT_TRUE(client.losses.empty());
}

TEST_F(FaultTest, RepliesInFlightAreAwaitedBeforeAReplicaIsLeft) {
    FakeRedis server(context_, {{FakeRedis::kHello, FakeRedis::kPong, "-READONLY no\r\n:2\r\n"}, good_});
    RedisClient client(context_, quick(server));
    auto const first = client.start(Command("SET").args("a", "1"));
    auto const second = client.start(Command("INCR").arg("b"));  // in the same write
    EXPECT_EQ(client.end_of(first), "-\"READONLY no\"");
    EXPECT_EQ(client.end_of(second), "2");
    EXPECT_TRUE(client.until_connected(2));
    EXPECT_EQ(client.losses.at(0).detail, "READONLY no");
}

TEST_F(FaultTest, AReplicaThatOwesRepliesIsLeftAfterAWhile) {
    FakeRedis server(context_, {{FakeRedis::kHello, FakeRedis::kPong, "-READONLY no\r\n"}, good_});
    RedisClient client(context_, quick(server));
    auto const first = client.start(Command("SET").args("a", "1"));
    auto const second = client.start(Command("BLPOP").args("b", 0), {.reply_timeout = 1h, .queue_timeout = {}});
    EXPECT_EQ(client.end_of(first), "-\"READONLY no\"");
    auto const third = client.start(Command("GET").arg("key"));
    EXPECT_EQ(client.end_of(second), "unknown_outcome");
    EXPECT_EQ(client.end_of(third), "7");
}

TEST_F(FaultTest, CloseEndsAHandshake) {
    FakeRedis server(context_, {{""}});
    RedisClient client(context_, quick(server));
    ASSERT_TRUE(client.until([&] { return !server.received().empty(); }));
    client.connection().close();
    EXPECT_TRUE(client.until([&] { return client.tasks() == 0; }));
    EXPECT_TRUE(client.losses.empty());
}

TEST_F(FaultTest, CloseEndsAConnectionAttempt) {
    ConnectOptions options;
    options.host = "192.0.2.1";  // reserved for documentation: nobody answers
    RedisClient client(context_, options);
    context_.poll();
    client.connection().close();
    EXPECT_TRUE(client.until([&] { return client.tasks() == 0; }));
}

TEST_F(FaultTest, CloseEndsANameLookUp) {
    ConnectOptions options;
    options.host = "redis.invalid";
    RedisClient client(context_, options);
    context_.poll();
    client.connection().close();
    EXPECT_TRUE(client.until([&] { return client.tasks() == 0; }));
}

TEST_F(FaultTest, CloseBeforeRunHasBegun) {
    ConnectOptions options;
    RedisClient client(context_, options);
    client.connection().close();
    EXPECT_TRUE(client.until([&] { return client.tasks() == 0; }));
    EXPECT_EQ(client.exec(Command("PING")), "cancelled");
}

TEST_F(FaultTest, NoServerAtAll) {
    std::uint16_t port = 0;
    {
        FakeRedis const gone(context_, {});
        port = gone.port();
    }
    ConnectOptions options;
    options.port = port;
    options.reconnect_delay_min = options.reconnect_delay_max = 1ms;
    RedisClient client(context_, options);
    ASSERT_TRUE(client.until([&] { return client.losses.size() >= 3; }));
    EXPECT_EQ(client.losses[0].message(), "connect: cannot connect to redis://127.0.0.1:" + std::to_string(port) +
                                              "/0: Connection refused (unavailable)");
    EXPECT_EQ(client.failures.at(2), 3);
    options.host = "redis.invalid";
    RedisClient nameless(context_, options);
    ASSERT_TRUE(nameless.until([&] { return !nameless.losses.empty(); }));
    EXPECT_EQ(nameless.losses[0].code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace leat::redis
