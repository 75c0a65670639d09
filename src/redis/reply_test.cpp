#include "redis/reply.hpp"

#include <gtest/gtest.h>

#include "redis/resp_parser.hpp"

namespace leat::redis {
namespace {

Reply parse(std::string_view wire) {
    RespParser parser;
    parser.feed(wire);
    return std::move(parser.next().value().value());
}

TEST(ReplyView, WalksChildrenAndSkipsTheirSubtrees) {
    auto const reply = parse("*4\r\n*2\r\n:1\r\n*1\r\n:2\r\n$3\r\nabc\r\n*0\r\n:3\r\n");
    auto const root = reply.root();
    ASSERT_EQ(root.size(), 4U);
    EXPECT_EQ(root[0].size(), 2U);
    EXPECT_EQ(root[0][1][0].integer(), 2);
    EXPECT_EQ(root[1].text(), "abc");
    EXPECT_TRUE(root[2].is_aggregate());
    EXPECT_EQ(root[2].begin(), root[2].end());
    EXPECT_EQ(root[3].integer(), 3);
    int children = 0;
    for ([[maybe_unused]] auto const child : root)
        ++children;
    EXPECT_EQ(children, 4);
}

TEST(ReplyView, WhatIsNotThereIsNull) {
    auto const reply = parse("*1\r\n:1\r\n");
    auto const beyond = reply.root()[1];
    EXPECT_TRUE(beyond.is_null());
    EXPECT_TRUE(beyond[7][0].is_null());
    EXPECT_EQ(beyond.size(), 0U);
    EXPECT_EQ(beyond.text(), "");
    EXPECT_EQ(beyond.integer(), std::nullopt);
    EXPECT_EQ(beyond.begin(), beyond.end());
    EXPECT_TRUE(Reply().root().is_null());
    EXPECT_TRUE(ReplyView().is_null());
}

TEST(ReplyView, WrongTypesAnswerEmpty) {
    auto const reply = parse("*5\r\n:7\r\n+OK\r\n_\r\n*1\r\n:1\r\n,1.5\r\n");
    auto const root = reply.root();
    EXPECT_EQ(root.text(), "");
    EXPECT_EQ(root.integer(), std::nullopt);
    EXPECT_EQ(root[0].text(), "");
    EXPECT_EQ(root[0].size(), 0U);
    EXPECT_EQ(root[1].integer(), std::nullopt);
    EXPECT_EQ(root[2].text(), "");
    EXPECT_EQ(root[4].text(), "1.5");
    EXPECT_EQ(root[4].integer(), std::nullopt);
}

TEST(ReplyView, IntegersComeAlsoAsStringsAndBooleans) {
    auto const reply =
        parse("*7\r\n$2\r\n42\r\n$2\r\n-1\r\n$3\r\n42 \r\n$0\r\n\r\n$20\r\n99999999999999999999\r\n#t\r\n#f\r\n");
    auto const root = reply.root();
    EXPECT_EQ(root[0].integer(), 42);
    EXPECT_EQ(root[1].integer(), -1);
    EXPECT_EQ(root[2].integer(), std::nullopt);
    EXPECT_EQ(root[3].integer(), std::nullopt);
    EXPECT_EQ(root[4].integer(), std::nullopt);
    EXPECT_EQ(root[5].integer(), 1);
    EXPECT_EQ(root[6].integer(), 0);
}

TEST(ReplyView, AMapCountsKeysAndValues) {
    auto const reply = parse("%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n:2\r\n");
    EXPECT_EQ(reply.root().size(), 4U);
    EXPECT_EQ(reply.root()[3][1].integer(), 2);
}

}  // namespace
}  // namespace leat::redis
