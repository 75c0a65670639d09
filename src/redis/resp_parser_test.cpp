#include "redis/resp_parser.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support/reply_text.hpp"

namespace leat::redis {
namespace {

using std::string_literals::operator""s;

struct Case {
    std::string wire;
    std::string text;
};

std::string nested(std::size_t depth) {
    std::string wire;
    for (std::size_t i = 0; i < depth; ++i)
        wire += "*1\r\n";
    return wire + ":1\r\n";
}

std::vector<Case> const kReplies{
    {"+OK\r\n", "+OK"},
    {"+\r\n", "+"},
    {"-ERR no such thing\r\n", "-\"ERR no such thing\""},
    {":1000\r\n", "1000"},
    {":+7\r\n", "7"},
    {":-9223372036854775808\r\n", "-9223372036854775808"},
    {"$5\r\nhello\r\n", "\"hello\""},
    {"$0\r\n\r\n", "\"\""},
    {"$6\r\na\r\nb\0c\r\n"s, "\"a\r\nb\0c\""s},
    {"$-1\r\n", "null"},
    {"*-1\r\n", "null"},
    {"_\r\n", "null"},
    {"*0\r\n", "[]"},
    {"*2\r\n:1\r\n$1\r\nx\r\n", "[1 \"x\"]"},
    {"*3\r\n*0\r\n*1\r\n*1\r\n:5\r\n_\r\n", "[[] [[5]] null]"},
    {"%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n", "{+a 1 +b [2]}"},
    {"%0\r\n", "{}"},
    {"~2\r\n+a\r\n#t\r\n", "~[+a true]"},
    {"#f\r\n", "false"},
    {",1.5\r\n", "1.5"},
    {",-3e10\r\n", "-3e10"},
    {",+2\r\n", "+2"},
    {",inf\r\n", "inf"},
    {",-inf\r\n", "-inf"},
    {",nan\r\n", "nan"},
    {",1e999\r\n", "1e999"},
    {"(3492890328409238509324850943850943825024385\r\n", "\"3492890328409238509324850943850943825024385\""},
    {"(-12\r\n", "\"-12\""},
    {"=15\r\ntxt:Some string\r\n", "\"Some string\""},
    {"=4\r\ntxt:\r\n", "\"\""},
    {"!10\r\nERR a\r\nbad\r\n", "-\"ERR a\r\nbad\""},
    {">2\r\n+message\r\n+hello\r\n", ">[+message +hello]"},
    // Attributes are skipped wherever they stand.
    {"|1\r\n+ttl\r\n:3600\r\n+OK\r\n", "+OK"},
    {"|0\r\n:1\r\n", "1"},
    {"*2\r\n:1\r\n|2\r\n+a\r\n*2\r\n:8\r\n:9\r\n+b\r\n_\r\n:2\r\n", "[1 2]"},
    {"|1\r\n+a\r\n|1\r\n+b\r\n:1\r\n:2\r\n:3\r\n", "3"},
    {"%1\r\n|1\r\n+a\r\n+b\r\n+key\r\n|1\r\n+a\r\n+b\r\n+value\r\n", "{+key +value}"},
    {nested(kMaxReplyDepth), std::string(kMaxReplyDepth, '[') + "1" + std::string(kMaxReplyDepth, ']')},
};

std::vector<std::string> const kBroken{
    "hello\r\n",
    "HTTP/1.1 400 Bad Request\r\n",
    "\r\n",
    "\n",
    "+OK\n",
    ":\r\n",
    ":1.5\r\n",
    ":+-1\r\n",
    ":9223372036854775808\r\n",
    ": 1\r\n",
    "$\r\n",
    "$-2\r\n",
    "$x\r\n",
    "$67108865\r\n",
    "$99999999999999999999\r\n",
    "$1\r\nabc",
    "$1\r\na\n\r",
    "*-2\r\n",
    "*1048577\r\n",
    "*99999999999\r\n",
    "%-1\r\n",
    "%524289\r\n",
    "~-1\r\n",
    ">-1\r\n",
    "|-1\r\n",
    "|524289\r\n",
    "*1\r\n>1\r\n+a\r\n",
    "#x\r\n",
    "#\r\n",
    "_x\r\n",
    ",\r\n",
    ",abc\r\n",
    ",1.5x\r\n",
    ",+-1\r\n",
    "(\r\n",
    "(-\r\n",
    "(12x\r\n",
    "=3\r\ntxt\r\n",
    "=5\r\ntxt=a\r\n",
    "=-1\r\n",
    "!-1\r\n",
    // Streamed values do not occur between Redis and its clients.
    "$?\r\n",
    "*?\r\n",
    "%?\r\n",
    ";4\r\n",
    ".\r\n",
    nested(kMaxReplyDepth + 1),
    "+" + std::string(kMaxLineBytes, 'x') + "\r\n",
    "+" + std::string(kMaxLineBytes + 2, 'x'),
};

// The reply, "more" or "corrupt".
std::string next_text(RespParser& parser) {
    auto const reply = parser.next();
    if (!reply) return std::string(to_string(reply.error().code));
    return *reply ? to_text((*reply)->root()) : "more";
}

TEST(RespParser, UnderstandsEveryType) {
    for (auto const& [wire, text] : kReplies) {
        RespParser parser;
        parser.feed(wire);
        EXPECT_EQ(next_text(parser), text) << wire;
        EXPECT_EQ(next_text(parser), "more") << wire;
    }
}

TEST(RespParser, BytesThatComeOneByOneGiveTheSameReplies) {
    for (auto const& [wire, text] : kReplies) {
        RespParser parser;
        for (std::size_t i = 0; i + 1 < wire.size(); ++i) {
            parser.feed({&wire[i], 1});
            ASSERT_EQ(next_text(parser), "more") << wire << " at " << i;
        }
        parser.feed({&wire.back(), 1});
        EXPECT_EQ(next_text(parser), text) << wire;
    }
}

TEST(RespParser, RandomPiecesOfManyRepliesGiveTheSameReplies) {
    std::string wire;
    std::vector<std::string> expected;
    for (int round = 0; round < 20; ++round) {
        for (auto const& reply : kReplies) {
            wire += reply.wire;
            expected.push_back(reply.text);
        }
        auto const large = std::string(static_cast<std::size_t>(round) * 7'919, static_cast<char>('a' + round));
        wire += "$" + std::to_string(large.size()) + "\r\n" + large + "\r\n";
        expected.push_back('"' + large + '"');
    }
    std::minstd_rand random(42);
    for (std::size_t const largest : {3U, 50U, 5'000U, 200'000U}) {
        RespParser parser;
        std::vector<std::string> got;
        for (std::size_t at = 0; at < wire.size();) {
            auto const size = std::min<std::size_t>(1 + random() % largest, wire.size() - at);
            parser.feed(std::string_view(wire).substr(at, size));
            at += size;
            for (auto text = next_text(parser); text != "more"; text = next_text(parser))
                got.push_back(text);
        }
        EXPECT_EQ(got, expected) << largest;
    }
}

TEST(RespParser, RefusesWhatIsNotRespUntilReset) {
    for (auto const& wire : kBroken) {
        RespParser parser;
        parser.feed(wire);
        EXPECT_EQ(next_text(parser), "corrupt") << wire.substr(0, 40);
        parser.feed("+OK\r\n");
        EXPECT_EQ(next_text(parser), "corrupt") << wire.substr(0, 40);
        parser.reset();
        parser.feed("+OK\r\n");
        EXPECT_EQ(next_text(parser), "+OK") << wire.substr(0, 40);
    }
}

TEST(RespParser, RefusesTheSameByteByByte) {
    for (auto const& wire : kBroken) {
        if (wire.size() > 1'000) continue;  // the long lines
        RespParser parser;
        std::string result = "more";
        for (std::size_t i = 0; i < wire.size() && result == "more"; ++i) {
            parser.feed({&wire[i], 1});
            result = next_text(parser);
        }
        EXPECT_EQ(result, "corrupt") << wire.substr(0, 40);
    }
}

TEST(RespParser, RepliesBeforeTheBrokenOneAreGood) {
    RespParser parser;
    parser.feed("+OK\r\n:2\r\n?");
    EXPECT_EQ(next_text(parser), "+OK");
    EXPECT_EQ(next_text(parser), "2");
    EXPECT_EQ(next_text(parser), "more");
    parser.feed("\r\n");
    EXPECT_EQ(next_text(parser), "corrupt");
}

TEST(RespParser, ALargeAggregateIsParsedInAnyPieces) {
    constexpr std::size_t kEntries = 200'000;
    std::string wire = "*" + std::to_string(kEntries) + "\r\n";
    for (std::size_t i = 0; i < kEntries; ++i)
        wire += "$1\r\nx\r\n";
    RespParser parser;
    parser.feed(wire.substr(0, wire.size() / 3));
    EXPECT_EQ(next_text(parser), "more");
    parser.feed(wire.substr(wire.size() / 3));
    auto const reply = parser.next();
    ASSERT_TRUE(reply && *reply);
    auto const root = (*reply)->root();
    EXPECT_EQ(root.size(), kEntries);
    std::size_t seen = 0;
    for (auto const entry : root)
        seen += entry.text() == "x" ? 1 : 0;
    EXPECT_EQ(seen, kEntries);
    EXPECT_EQ((*reply)->bytes(), wire);
}

TEST(RespParser, TotalNumberOfValuesIsLimited) {
    RespParser parser;
    std::string inner = "*1048576\r\n";
    for (int i = 0; i < 1'048'576; ++i)
        inner += "_\r\n";
    parser.feed("*5\r\n");
    std::string result;
    for (int i = 0; i < 4; ++i) {
        parser.feed(inner);
        result = next_text(parser);
    }
    EXPECT_EQ(result, "corrupt");
}

TEST(RespParser, TotalSizeIsLimited) {
    RespParser parser;
    auto const size = std::to_string(kMaxBulkBytes);
    auto const body = std::string(kMaxBulkBytes, 'x');
    parser.feed("*3\r\n");
    std::string result = "more";
    for (int i = 0; i < 2 && result == "more"; ++i) {
        parser.feed("$" + size + "\r\n");
        parser.feed(body);
        parser.feed("\r\n");
        result = next_text(parser);
    }
    EXPECT_EQ(result, "corrupt");
}

}  // namespace
}  // namespace leat::redis
