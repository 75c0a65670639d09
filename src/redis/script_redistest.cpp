#include "redis/script.hpp"

#include <gtest/gtest.h>

#include "support/redis_client.hpp"
#include "support/redis_server.hpp"

namespace leat::redis {
namespace {

using testing::RedisClient;
using testing::RedisServer;

constexpr Script kEcho{"echo", "return {KEYS[1], ARGV[1]}", "d006f1a90249474274c76f5be725b8f5804a346b"};

class ScriptTest : public ::testing::Test {
  protected:
    std::string call_echo(std::string_view argument) {
        ScriptCall script_call(kEcho, 1);
        script_call.arg("key").arg(argument);
        return RedisClient::text(client_.wait(client_.start(call(client_.connection(), std::move(script_call)))));
    }
    Result<Reply> call_plain(Script const& script) {
        return client_.wait(client_.start(call(client_.connection(), ScriptCall(script, 0))));
    }

    RedisServer server_;
    boost::asio::io_context context_{1};
    RedisClient client_{context_, parse_url(server_.url()).value()};
};

TEST_F(ScriptTest, IsLoadedOnceAndCalledByDigest) {
    EXPECT_EQ(call_echo("a"), "[\"key\" \"a\"]");
    EXPECT_EQ(call_echo("b"), "[\"key\" \"b\"]");
    auto const calls = server_.command({"INFO", "commandstats"});
    EXPECT_NE(calls.find("cmdstat_evalsha:calls=3,"), std::string::npos) << calls;
    EXPECT_NE(calls.find("cmdstat_script|load:calls=1,"), std::string::npos) << calls;
}

TEST_F(ScriptTest, AForgottenScriptIsLoadedAgain) {
    EXPECT_EQ(call_echo("a"), "[\"key\" \"a\"]");
    server_.command({"SCRIPT", "FLUSH"});
    EXPECT_EQ(call_echo("b"), "[\"key\" \"b\"]");
    server_.kill();
    server_.start();
    EXPECT_EQ(call_echo("c"), "[\"key\" \"c\"]");
}

TEST_F(ScriptTest, ErrorRepliesAreErrors) {
    constexpr Script kWrongType{"wrong", "return redis.call('GET', 'list')",
                                "53869bb684163b2b82c74a52ebec1b2ed7ee85a5"};
    server_.command({"LPUSH", "list", "x"});
    auto const reply = call_plain(kWrongType);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::corrupt) << reply.error().message();
    EXPECT_EQ(reply.error().operation, "wrong");
}

TEST_F(ScriptTest, AScriptThatDoesNotCompileIsTold) {
    constexpr Script kBroken{"broken", "return (", "0000000000000000000000000000000000000000"};
    auto const reply = call_plain(kBroken);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::internal) << reply.error().message();
}

TEST_F(ScriptTest, AWrongDigestIsTold) {
    constexpr Script kWrong{"wrong", "return 1", "0000000000000000000000000000000000000000"};
    auto const reply = call_plain(kWrong);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::internal) << reply.error().message();
}

TEST_F(ScriptTest, ALossIsTold) {
    constexpr Script kBlocked{"blocked", "return 1", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"};
    ASSERT_TRUE(client_.until_connected());
    server_.pause();
    auto const pending = client_.start(call(client_.connection(), ScriptCall(kBlocked, 0),
                                            {.reply_timeout = std::chrono::milliseconds(50), .queue_timeout = {}}));
    auto const reply = client_.wait(pending);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::unknown_outcome);
    server_.resume();
}

}  // namespace
}  // namespace leat::redis
