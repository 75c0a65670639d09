// TCP, users, passwords, databases, names and RESP2 against a real server.
#include <gtest/gtest.h>

#include "redis/connection.hpp"
#include "support/free_port.hpp"
#include "support/redis_client.hpp"
#include "support/redis_server.hpp"

namespace leat::redis {
namespace {

using namespace std::chrono_literals;
using testing::RedisClient;
using testing::RedisServer;

constexpr char const* kPassword = "p@ss word:1";

class LoginTest : public ::testing::Test {
  protected:
    static ConnectOptions quick(std::string const& url) {
        auto options = parse_url(url).value();
        options.reconnect_delay_min = 1ms;
        options.reconnect_delay_max = 20ms;
        return options;
    }
    static void expect_no_secret(RedisClient const& client) {
        for (auto const& loss : client.losses) {
            EXPECT_EQ(loss.message().find(kPassword), std::string::npos) << loss.message();
        }
    }

    boost::asio::io_context context_{1};
};

TEST_F(LoginTest, TcpWithUserDatabaseAndName) {
    auto const port = testing::free_port();
    RedisServer const server({"--port", std::to_string(port), "--bind", "127.0.0.1"});
    server.command({"ACL", "SETUSER", "worker", "on", std::string(">") + kPassword, "~*", "+@all"});
    auto options = quick("redis://worker:p%40ss%20word%3A1@localhost:" + std::to_string(port) + "/5");
    options.client_name = "unit test";
    RedisClient client(context_, options);
    EXPECT_EQ(client.exec(Command("ACL").arg("WHOAMI")), "\"worker\"");
    EXPECT_EQ(client.exec(Command("CLIENT").arg("GETNAME")), "\"unit_test\"");
    EXPECT_EQ(client.exec(Command("SET").args("key", "1")), "+OK");
    EXPECT_EQ(server.command({"INFO", "keyspace"}), "# Keyspace\r\ndb5:keys=1,expires=0,avg_ttl=0\r\n");
}

TEST_F(LoginTest, AWrongPasswordIsDeniedUntilTheOperatorHelps) {
    RedisServer const server;
    server.command({"ACL", "SETUSER", "worker", "on", ">other", "~*", "+@all"});
    auto options = quick(server.url());
    options.username = "worker";
    options.password = kPassword;
    RedisClient client(context_, options);
    auto const queued = client.wait(client.start(Command("PING"), {.reply_timeout = {}, .queue_timeout = 10min}));
    ASSERT_FALSE(queued);
    EXPECT_EQ(queued.error().code, ErrorCode::denied);
    EXPECT_EQ(queued.error().message(), "PING: the server refused the user or the password (denied)");
    EXPECT_EQ(client.exec(Command("PING"), {.reply_timeout = {}, .queue_timeout = 10min}), "denied");
    EXPECT_EQ(client.losses.at(0).code, ErrorCode::denied);
    expect_no_secret(client);

    server.command({"ACL", "SETUSER", "worker", std::string(">") + kPassword});
    ASSERT_TRUE(client.until_connected());
    EXPECT_EQ(client.exec(Command("PING")), "+PONG");
}

TEST_F(LoginTest, AMissingPasswordIsDenied) {
    RedisServer const server({"--requirepass", kPassword});
    RedisClient client(context_, quick(server.url()));
    EXPECT_EQ(client.exec(Command("PING")), "denied");
    EXPECT_EQ(client.losses.at(0).detail, "the server wants a password");
    expect_no_secret(client);
}

TEST_F(LoginTest, ThePasswordOfTheDefaultUser) {
    RedisServer const server({"--requirepass", kPassword});
    auto options = quick(server.url());
    options.password = kPassword;
    RedisClient client(context_, options);
    EXPECT_EQ(client.exec(Command("ACL").arg("WHOAMI")), "\"default\"");
}

TEST_F(LoginTest, AUserWithFewRightsMayConnect) {
    RedisServer const server;
    server.command({"ACL", "SETUSER", "worker", "on", std::string(">") + kPassword, "~leat:*", "+get"});
    auto options = quick(server.url());
    options.username = "worker";
    options.password = kPassword;
    RedisClient client(context_, options);
    EXPECT_EQ(client.exec(Command("GET").arg("leat:key")), "null");
    EXPECT_TRUE(client.exec(Command("GET").arg("other")).starts_with("-\"NOPERM"));
    EXPECT_TRUE(client.losses.empty());
}

TEST_F(LoginTest, ADatabaseThatDoesNotExist) {
    RedisServer const server;
    auto options = quick(server.url());
    options.database = 99;
    RedisClient client(context_, options);
    EXPECT_EQ(client.exec(Command("PING")), "denied");
    EXPECT_EQ(client.losses.at(0).code, ErrorCode::invalid_input);
}

class Resp2Test : public LoginTest {
  protected:
    static void expect_service(RedisClient& client, RedisServer const& server) {
        EXPECT_EQ(client.exec(Command("RPUSH").args("list", "a", "b")), "2");
        EXPECT_EQ(client.exec(Command("LRANGE").args("list", 0, -1)), "[\"a\" \"b\"]");
        EXPECT_EQ(client.exec(Command("GET").arg("nothing")), "null");
        EXPECT_EQ(client.exec(Command("BLPOP").args("nothing", "0.01")), "null");
        EXPECT_EQ(client.connection().server().protocol, 2);
        EXPECT_EQ(client.exec(Command("CLIENT").arg("GETNAME")), "\"leat\"");
        EXPECT_FALSE(client.connection().server().version.empty());
        EXPECT_EQ(client.connection().server().role, "master");
        EXPECT_EQ(client.exec(Command("SUBSCRIBE").arg("news")), "[\"subscribe\" \"news\" 1]");
        server.command({"PUBLISH", "news", "hello"});
        EXPECT_EQ(client.exec(Command("PING")), "[\"pong\" \"\"]");
        EXPECT_EQ(client.pushes.back(), "[\"message\" \"news\" \"hello\"]");
    }
};

TEST_F(Resp2Test, WhereHelloIsUnknown) {
    RedisServer const server({"--rename-command", "HELLO", ""});
    server.command({"ACL", "SETUSER", "worker", "on", std::string(">") + kPassword, "~*", "&*", "+@all"});
    auto options = quick(server.url());
    options.username = "worker";
    options.password = kPassword;
    RedisClient client(context_, options);
    EXPECT_EQ(client.exec(Command("ACL").arg("WHOAMI")), "\"worker\"");
    expect_service(client, server);
}

TEST_F(Resp2Test, AWrongPasswordIsDenied) {
    RedisServer const server({"--rename-command", "HELLO", "", "--requirepass", "other"});
    auto options = quick(server.url());
    options.password = kPassword;
    RedisClient client(context_, options);
    EXPECT_EQ(client.exec(Command("PING")), "denied");
    expect_no_secret(client);
}

TEST_F(Resp2Test, AnUnknownAuthDoesNotGiveThePasswordAway) {
    RedisServer const server({"--rename-command", "HELLO", "", "--rename-command", "AUTH", ""});
    auto options = quick(server.url());
    options.password = kPassword;
    RedisClient client(context_, options);
    EXPECT_EQ(client.exec(Command("PING")), "denied");
    EXPECT_EQ(client.losses.at(0).code, ErrorCode::unsupported);
    expect_no_secret(client);
}

}  // namespace
}  // namespace leat::redis
