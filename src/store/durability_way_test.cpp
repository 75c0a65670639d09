#include "store/durability_way.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/resp_parser.hpp"

namespace leat::store {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Kind = DurabilityWay::Kind;

redis::Reply parsed(std::string_view wire) {
    redis::RespParser parser;
    wire.copy(parser.prepare().data(), wire.size());
    parser.commit(wire.size());
    return std::move(*parser.next().value());
}

std::string bulk(std::string_view text) {
    return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

std::string settings(std::string_view appendonly, std::string_view appendfsync, std::string_view paused = "no") {
    return "%4\r\n" + bulk("appenddirname") + bulk("dir") + bulk("appendonly") + bulk(appendonly) +
           bulk("no-appendfsync-on-rewrite") + bulk(paused) + bulk("appendfsync") + bulk(appendfsync);
}

constexpr std::string_view kUnknown = "-ERR unknown command 'WAITAOF', with args beginning with: '0' '0' '0' \r\n";
constexpr std::string_view kKnown = "*2\r\n:1\r\n:0\r\n";
constexpr std::string_view kForbidden = "-NOPERM this user has no permissions to run the command\r\n";

Result<DurabilityWay> way(std::string_view config, std::string_view waitaof) {
    auto const first = parsed(config);
    auto const second = parsed(waitaof);
    return fsync_way(first.root(), second.root(), "7.0.15", 500ms);
}

std::string problem(std::string_view config, std::string_view waitaof) {
    auto const found = way(config, waitaof);
    if (found) return "none";
    EXPECT_EQ(found.error().code, ErrorCode::unsupported);
    return found.error().detail;
}

std::expected<Durability, std::string> judged(Kind kind, std::string_view wire, Durability wanted) {
    DurabilityWay way;
    way.kind = kind;
    auto const reply = parsed(wire);
    return way.judge(reply.root(), wanted, 500ms);
}

TEST(FsyncWay, AServerThatAlwaysSyncsNeedsNothingMore) {
    EXPECT_EQ(way(settings("yes", "always"), kUnknown)->kind, Kind::always);
    EXPECT_EQ(way(settings("yes", "always"), kKnown)->kind, Kind::always);
}

TEST(FsyncWay, WaitaofWhereTheServerHasIt) {
    auto const found = way(settings("yes", "everysec"), kKnown);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, Kind::waitaof);
    std::string wire;
    found->follower.append_to(wire);
    EXPECT_EQ(wire, "*4\r\n$7\r\nWAITAOF\r\n$1\r\n1\r\n$1\r\n0\r\n$3\r\n500\r\n");
    // Also where the settings may not be read, or a rewrite may pause the syncing.
    EXPECT_EQ(way(kForbidden, kKnown)->kind, Kind::waitaof);
    EXPECT_EQ(way(settings("yes", "always", "yes"), kKnown)->kind, Kind::waitaof);
}

TEST(FsyncWay, OtherwiseItSaysWhatToDo) {
    EXPECT_THAT(problem(settings("no", "always"), kKnown), HasSubstr("set appendonly yes"));
    EXPECT_THAT(problem(settings("yes", "everysec"), kUnknown),
                HasSubstr("7.0.15 without WAITAOF, with appendfsync everysec: use Redis 7.2 or later, or set "
                          "appendfsync always"));
    EXPECT_THAT(problem(settings("yes", "always", "yes"), kUnknown), HasSubstr("set no-appendfsync-on-rewrite no"));
    EXPECT_THAT(problem(kForbidden, kUnknown), HasSubstr("+config|get"));
    EXPECT_THAT(problem(kForbidden, kForbidden), HasSubstr("+waitaof"));
}

TEST(Judge, CountsTheReplicas) {
    EXPECT_EQ(judged(Kind::wait, ":2\r\n", Durability::replicated(2)), Durability::replicated(2));
    EXPECT_EQ(judged(Kind::wait, ":3\r\n", Durability::replicated(2)), Durability::replicated(3));
    auto const few = judged(Kind::wait, ":1\r\n", Durability::replicated(2));
    ASSERT_FALSE(few);
    EXPECT_EQ(few.error(), "only 1 of 2 replicas confirmed it within 500 ms");
    EXPECT_FALSE(judged(Kind::wait, "+OK\r\n", Durability::replicated(1)));
    EXPECT_THAT(judged(Kind::wait, kForbidden, Durability::replicated(1)).error(), HasSubstr("WAIT was refused"));
}

TEST(Judge, AsksTheDiskForItsWord) {
    EXPECT_EQ(judged(Kind::waitaof, kKnown, Durability::fsync()), Durability::fsync());
    EXPECT_THAT(judged(Kind::waitaof, "*2\r\n:0\r\n:0\r\n", Durability::fsync()).error(), HasSubstr("did not sync"));
    EXPECT_FALSE(judged(Kind::waitaof, ":1\r\n", Durability::fsync()));
    EXPECT_THAT(judged(Kind::waitaof, "-ERR WAITAOF cannot be used\r\n", Durability::fsync()).error(),
                HasSubstr("cannot be used"));
}

TEST(Judge, SettingsThatChangedMeanwhileAreSeen) {
    EXPECT_EQ(judged(Kind::always, settings("yes", "always"), Durability::fsync()), Durability::fsync());
    EXPECT_FALSE(judged(Kind::always, settings("yes", "everysec"), Durability::fsync()));
    EXPECT_FALSE(judged(Kind::always, settings("no", "always"), Durability::fsync()));
    EXPECT_FALSE(judged(Kind::always, settings("yes", "always", "yes"), Durability::fsync()));
    EXPECT_FALSE(judged(Kind::always, kForbidden, Durability::fsync()));
}

}  // namespace
}  // namespace leat::store
