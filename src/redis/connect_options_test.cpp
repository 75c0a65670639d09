#include "redis/connect_options.hpp"

#include <gtest/gtest.h>

namespace leat::redis {
namespace {

TEST(ParseUrl, Tcp) {
    auto const options = parse_url("redis://example.org:7000/3");
    ASSERT_TRUE(options) << options.error().message();
    EXPECT_EQ(options->transport, TransportKind::tcp);
    EXPECT_EQ(options->host, "example.org");
    EXPECT_EQ(options->port, 7000);
    EXPECT_EQ(options->database, 3);
    EXPECT_EQ(options->username, "");
    EXPECT_EQ(options->password, "");
}

TEST(ParseUrl, WhatIsMissingHasDefaults) {
    for (auto const* const url : {"redis://", "redis:///", "redis://127.0.0.1", "redis://127.0.0.1:/"}) {
        auto const options = parse_url(url);
        ASSERT_TRUE(options) << url;
        EXPECT_EQ(describe(*options), "redis://127.0.0.1:6379/0") << url;
    }
}

TEST(ParseUrl, UserAndPasswordAreDecoded) {
    auto const both = parse_url("redis://us%40er:p%2Fa%3Ass%20%25@h");
    ASSERT_TRUE(both);
    EXPECT_EQ(both->username, "us@er");
    EXPECT_EQ(both->password, "p/a:ss %");
    auto const password = parse_url("redis://:secret@h");
    ASSERT_TRUE(password);
    EXPECT_EQ(password->username, "");
    EXPECT_EQ(password->password, "secret");
    auto const user = parse_url("redis://worker@h");
    ASSERT_TRUE(user);
    EXPECT_EQ(user->username, "worker");
    EXPECT_EQ(user->password, "");
}

TEST(ParseUrl, Ipv6) {
    auto const options = parse_url("redis://[::1]:6380");
    ASSERT_TRUE(options);
    EXPECT_EQ(options->host, "::1");
    EXPECT_EQ(options->port, 6380);
    EXPECT_EQ(describe(*options), "redis://[::1]:6380/0");
}

TEST(ParseUrl, Tls) {
    auto const options = parse_url("rediss://user:pw@redis.example.org/1");
    ASSERT_TRUE(options);
    EXPECT_EQ(options->transport, TransportKind::tls);
    EXPECT_EQ(describe(*options), "rediss://redis.example.org:6379/1");
}

TEST(ParseUrl, UnixSocket) {
    auto const plain = parse_url("unix:///run/redis.sock");
    ASSERT_TRUE(plain) << plain.error().message();
    EXPECT_EQ(plain->transport, TransportKind::unix_socket);
    EXPECT_EQ(plain->socket_path, "/run/redis.sock");
    EXPECT_EQ(plain->database, 0);
    EXPECT_EQ(describe(*plain), "unix:///run/redis.sock");
    auto const full = parse_url("unix://user:pw@/tmp/a%20b/redis.sock?db=5");
    ASSERT_TRUE(full) << full.error().message();
    EXPECT_EQ(full->socket_path, "/tmp/a b/redis.sock");
    EXPECT_EQ(full->database, 5);
    EXPECT_EQ(full->username, "user");
    EXPECT_EQ(full->password, "pw");
    EXPECT_EQ(describe(*full), "unix:///tmp/a b/redis.sock?db=5");
}

TEST(ParseUrl, MistakesAreRefusedWithoutRepeatingThePassword) {
    for (auto const* const url : {
             "",
             "redis",
             "redis:",
             "127.0.0.1:6379",
             "/run/redis.sock",
             "http://:hunter2@h",
             "redis://:hunter2@h:0",
             "redis://:hunter2@h:65536",
             "redis://:hunter2@h:port",
             "redis://:hunter2@h/x",
             "redis://:hunter2@h/-1",
             "redis://:hunter2@h/1/2",
             "redis://:hunter2@h/99999999999",
             "redis://:hunter2@h?db=1",
             "redis://:hunter2@h#f",
             "redis://:hunter2@@h",
             "redis://:hunter2 @h",
             "redis://:hunter2%@h",
             "redis://:hunter2/@h",
             "unix://",
             "unix:///",
             "unix://:hunter2@h/path",
             "unix://path?db=1",
             "unix:///p?db=x",
             "unix:///p?db",
             "unix:///p?db=1&tls=1",
             "unix:///p%00q",
             "redis://[::1",
         }) {
        auto const options = parse_url(url);
        ASSERT_FALSE(options) << url;
        EXPECT_EQ(options.error().code, ErrorCode::invalid_input) << url;
        EXPECT_EQ(options.error().message().find("hunter2"), std::string::npos) << url;
    }
    EXPECT_FALSE(parse_url("redis://h/" + std::string(5'000, '0')));
}

TEST(Describe, ShowsNeitherSecretsNorControlCharacters) {
    ConnectOptions options;
    options.username = "admin";
    options.password = "hunter2";
    EXPECT_EQ(describe(options), "redis://127.0.0.1:6379/0");
    options.transport = TransportKind::unix_socket;
    options.socket_path = "/tmp/\x1b[31m";
    EXPECT_EQ(describe(options).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace leat::redis
