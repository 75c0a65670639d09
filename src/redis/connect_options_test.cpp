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

TEST(ParseUrl, Sentinels) {
    auto const plain = parse_url("redis+sentinel://a/mymaster");
    ASSERT_TRUE(plain) << plain.error().message();
    EXPECT_EQ(plain->transport, TransportKind::tcp);
    EXPECT_EQ(plain->sentinels, (std::vector<Address>{{"a", 26379}}));
    EXPECT_EQ(plain->master_name, "mymaster");
    EXPECT_EQ(plain->database, 0);
    auto const full = parse_url("rediss+sentinel://us%40er:p%2Cw@a:1,[::1]:2,10.0.0.3/m-1/7");
    ASSERT_TRUE(full) << full.error().message();
    EXPECT_EQ(full->transport, TransportKind::tls);
    EXPECT_EQ(full->sentinels, (std::vector<Address>{{"a", 1}, {"::1", 2}, {"10.0.0.3", 26379}}));
    EXPECT_EQ(full->master_name, "m-1");
    EXPECT_EQ(full->database, 7);
    EXPECT_EQ(full->username, "us@er");
    EXPECT_EQ(full->password, "p,w");
    EXPECT_EQ(describe(*full), "rediss+sentinel://a:1,[::1]:2,10.0.0.3:26379/m-1/7");
    std::string many = "redis+sentinel://h";
    for (int i = 0; i < 16; ++i)
        many += ",h";
    EXPECT_FALSE(parse_url(many + "/m"));
}

TEST(ParseUrl, ASentinelHasItsOwnUser) {
    auto options = parse_url("redis+sentinel://user:pw@a,b/m/3").value();
    options.sentinel_username = "watch";
    options.sentinel_password = "secret";
    auto const at = sentinel_options(options, options.sentinels[1]);
    EXPECT_EQ(at.host, "b");
    EXPECT_EQ(at.port, 26379);
    EXPECT_EQ(at.username, "watch");
    EXPECT_EQ(at.password, "secret");
    EXPECT_EQ(at.database, 0);
    EXPECT_TRUE(at.sentinels.empty());
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
             "redis://:hunter2@h:99999",
             "redis+sentinel://:hunter2@h",
             "redis+sentinel://:hunter2@h/",
             "redis+sentinel://:hunter2@/master",
             "redis+sentinel://:hunter2@h,/master",
             "redis+sentinel://:hunter2@,h/master",
             "redis+sentinel://:hunter2@h:99999/master",
             "redis+sentinel://:hunter2@h/my%20master",
             "redis+sentinel://:hunter2@h/master/x",
             "redis+sentinel://:hunter2@h/master/0/1",
             "redis+sentinel://:hunter2@h/master?db=1",
             "redis+sentinel://:hunter2@h/master#f",
             "redis+sentinel://:hunter2@@h/master",
             "redis+sentinel://[::1/master",
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
