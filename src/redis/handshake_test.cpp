#include "redis/handshake.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "redis/resp_parser.hpp"

namespace leat::redis {
namespace {

constexpr std::string_view kHello =
    "%7\r\n+server\r\n+redis\r\n+version\r\n+7.0.15\r\n+proto\r\n:3\r\n+id\r\n:42\r\n+mode\r\n+standalone\r\n+role\r\n+"
    "master\r\n+modules\r\n*0\r\n";
constexpr std::string_view kUnknown =
    "-ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'u' 'hunter2'\r\n";
constexpr std::string_view kOk = "+OK\r\n";

class HandshakeTest : public ::testing::Test {
  protected:
    // The words of the next command, separated by spaces; empty: the handshake is done.
    std::string next() {
        auto const command = handshake_.next();
        if (!command) return "";
        std::string wire;
        command->append_to(wire);
        parser_.feed(wire);
        auto const words = parser_.next().value().value();
        std::string text;
        for (auto const word : words.root())
            text += (text.empty() ? "" : " ") + std::string(word.text());
        return text;
    }
    Result<void> answer(std::string_view wire) {
        parser_.feed(wire);
        auto const reply = parser_.next().value().value();
        auto result = handshake_.on_reply(reply.root());
        auto const told = result ? std::string() : result.error().message();
        EXPECT_EQ(told.find("hunter2"), std::string::npos) << told;
        return result;
    }
    void expect_refusal(std::string_view wire, ErrorCode code) {
        auto const result = answer(wire);
        ASSERT_FALSE(result) << wire;
        EXPECT_EQ(result.error().code, code) << result.error().message();
        EXPECT_EQ(result.error().operation, "connect");
    }

    ConnectOptions options_;
    Handshake handshake_{options_};
    RespParser parser_;
};

TEST_F(HandshakeTest, GreetsAndIsDone) {
    EXPECT_EQ(next(), "HELLO 3 SETNAME leat");
    ASSERT_TRUE(answer(kHello));
    EXPECT_EQ(next(), "PING");
    ASSERT_TRUE(answer("+PONG\r\n"));
    EXPECT_EQ(next(), "");
    EXPECT_EQ(handshake_.server().protocol, 3);
    EXPECT_EQ(handshake_.server().version, "7.0.15");
    EXPECT_EQ(handshake_.server().mode, "standalone");
    EXPECT_EQ(handshake_.server().role, "master");
    EXPECT_EQ(handshake_.server().client_id, 42);
}

TEST_F(HandshakeTest, LogsInAndSelectsADatabase) {
    options_.username = "u";
    options_.password = "hunter2";
    options_.database = 3;
    options_.client_name = "a b\n";
    EXPECT_EQ(next(), "HELLO 3 AUTH u hunter2 SETNAME a_b_");
    ASSERT_TRUE(answer(kHello));
    EXPECT_EQ(next(), "SELECT 3");
    ASSERT_TRUE(answer(kOk));
    EXPECT_EQ(next(), "PING");
}

TEST_F(HandshakeTest, APasswordAloneIsForTheDefaultUser) {
    options_.password = "hunter2";
    options_.client_name = "";
    EXPECT_EQ(next(), "HELLO 3 AUTH default hunter2");
}

TEST_F(HandshakeTest, FallsBackToResp2WhereHelloIsUnknown) {
    options_.username = "u";
    options_.password = "hunter2";
    options_.database = 1;
    (void)next();
    ASSERT_TRUE(answer(kUnknown));
    EXPECT_EQ(next(), "AUTH u hunter2");
    ASSERT_TRUE(answer(kOk));
    EXPECT_EQ(next(), "CLIENT SETNAME leat");
    ASSERT_TRUE(answer("-NOPERM no\r\n"));  // a name is not worth a failure
    EXPECT_EQ(next(), "INFO");
    std::string_view const info = "# Server\r\nredis_version:5.0.1\r\nredis_mode:standalone\r\nrole:slave\r\n";
    ASSERT_TRUE(answer("$" + std::to_string(info.size()) + "\r\n" + std::string(info) + "\r\n"));
    EXPECT_EQ(next(), "SELECT 1");
    ASSERT_TRUE(answer(kOk));
    EXPECT_EQ(next(), "PING");
    ASSERT_TRUE(answer("+PONG\r\n"));
    EXPECT_EQ(next(), "");
    EXPECT_EQ(handshake_.server().protocol, 2);
    EXPECT_EQ(handshake_.server().version, "5.0.1");
    EXPECT_EQ(handshake_.server().role, "replica");
}

TEST_F(HandshakeTest, FallsBackWhereHelloIsForbiddenOrResp3Unknown) {
    for (std::string_view const refusal : {"-NOPERM this user has no permissions to run the 'hello' command\r\n",
                                           "-NOPROTO unsupported protocol version\r\n"}) {
        handshake_ = Handshake(options_);
        (void)next();
        ASSERT_TRUE(answer(refusal));
        EXPECT_EQ(next(), "CLIENT SETNAME leat");
        ASSERT_TRUE(answer(kOk));
        EXPECT_EQ(next(), "INFO");
        ASSERT_TRUE(answer("-NOPERM no\r\n"));
        EXPECT_EQ(next(), "PING");
        ASSERT_TRUE(answer("-NOPERM no\r\n"));
        EXPECT_EQ(next(), "");
    }
}

TEST_F(HandshakeTest, AWrongPasswordIsDenied) {
    options_.password = "hunter2";
    expect_refusal("-WRONGPASS invalid username-password pair or user is disabled.\r\n", ErrorCode::denied);
    handshake_ = Handshake(options_);
    expect_refusal("-NOAUTH HELLO must be called with the client already authenticated\r\n", ErrorCode::denied);
}

TEST_F(HandshakeTest, AMissingPasswordIsDeniedAndSaysSo) {
    auto const result = answer("-NOAUTH HELLO must be called with the client already authenticated\r\n");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::denied);
    EXPECT_EQ(result.error().detail, "the server wants a password");
}

TEST_F(HandshakeTest, AuthRefusedInResp2) {
    options_.password = "hunter2";
    ASSERT_TRUE(answer(kUnknown));
    expect_refusal("-ERR invalid password\r\n", ErrorCode::denied);
    handshake_ = Handshake(options_);
    ASSERT_TRUE(answer(kUnknown));
    expect_refusal("-ERR unknown command 'AUTH', with args beginning with: 'hunter2'\r\n", ErrorCode::unsupported);
}

TEST_F(HandshakeTest, AServerThatIsNotReadyIsUnavailable) {
    expect_refusal("-ERR max number of clients reached\r\n", ErrorCode::unavailable);
    handshake_ = Handshake(options_);
    ASSERT_TRUE(answer(kHello));
    expect_refusal("-LOADING Redis is loading the dataset in memory\r\n", ErrorCode::unavailable);
    handshake_ = Handshake(options_);
    ASSERT_TRUE(answer(kHello));
    expect_refusal("-MASTERDOWN Link with MASTER is down\r\n", ErrorCode::unavailable);
}

TEST_F(HandshakeTest, AMissingDatabaseIsInvalidInput) {
    options_.database = 99;
    ASSERT_TRUE(answer(kHello));
    expect_refusal("-ERR DB index is out of range\r\n", ErrorCode::invalid_input);
}

TEST_F(HandshakeTest, ForbiddenSelectIsDenied) {
    options_.database = 1;
    ASSERT_TRUE(answer(kHello));
    expect_refusal("-NOPERM this user has no permissions to run the 'select' command\r\n", ErrorCode::denied);
}

TEST_F(HandshakeTest, ProtectedModeIsDenied) {
    expect_refusal("-DENIED Redis is running in protected mode because …\r\n", ErrorCode::denied);
}

TEST_F(HandshakeTest, OtherErrorsRepeatOnlyTheirFirstWord) {
    expect_refusal("-WEIRD hunter2\r\n", ErrorCode::unsupported);
}

TEST_F(HandshakeTest, AnythingElseThanAHelloReplyIsCorrupt) {
    for (std::string_view const wire : {"+OK\r\n", "$3\r\nabc\r\n", "_\r\n", "*0\r\n", "%1\r\n+proto\r\n:2\r\n",
                                        "%1\r\n+proto\r\n+x\r\n", "*1\r\n+proto\r\n"}) {
        handshake_ = Handshake(options_);
        expect_refusal(wire, ErrorCode::corrupt);
    }
}

TEST_F(HandshakeTest, WhatTheServerSaysOfItselfIsEscapedAndCut) {
    auto const version = std::string(1'000, 'x') + "\x1b[31m";
    ASSERT_TRUE(
        answer("*4\r\n+proto\r\n:3\r\n+version\r\n$" + std::to_string(version.size()) + "\r\n" + version + "\r\n"));
    EXPECT_LE(handshake_.server().version.size(), 64U);
}

}  // namespace
}  // namespace leat::redis
