#include "config/value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "config/checks.hpp"

namespace leat::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Raw const kDate = Unusable{"a date or time"};

TEST(AssignBool, TakesTomlAndText) {
    bool value = false;
    for (Raw const& yes : {Raw{true}, Raw{Text{"true"}}, Raw{Text{"1"}}, Raw{Text{"yes"}}}) {
        value = false;
        EXPECT_EQ(assign(&value, {}, yes), "");
        EXPECT_TRUE(value);
    }
    for (Raw const& no : {Raw{false}, Raw{Text{"false"}}, Raw{Text{"0"}}, Raw{Text{"no"}}}) {
        value = true;
        EXPECT_EQ(assign(&value, {}, no), "");
        EXPECT_FALSE(value);
    }
    EXPECT_EQ(assign(&value, {}, Text{"maybe"}), "it is \"maybe\"; write true or false");
    EXPECT_EQ(assign(&value, {}, std::string("true")), "it is a text (\"true\"); write true or false");
    EXPECT_EQ(show(&value), "false");
}

TEST(AssignInteger, KeepsItsBounds) {
    int value = 7;
    Rules const rules{1, 10};
    EXPECT_EQ(assign(&value, rules, std::int64_t{10}), "");
    EXPECT_EQ(value, 10);
    EXPECT_EQ(assign(&value, rules, Text{"1"}), "");
    EXPECT_EQ(value, 1);
    for (std::int64_t const bad : {std::int64_t{0}, std::int64_t{11}, std::numeric_limits<std::int64_t>::max()}) {
        EXPECT_EQ(assign(&value, rules, bad), "it is out of bounds; write 1 to 10");
    }
    EXPECT_EQ(assign(&value, rules, Text{"5x"}), "it is \"5x\"; write a whole number, 1 to 10");
    EXPECT_EQ(assign(&value, rules, Text{""}), "it is \"\"; write a whole number, 1 to 10");
    EXPECT_EQ(assign(&value, rules, 2.0), "it is a number with a fraction; write a whole number, 1 to 10");
    EXPECT_EQ(assign(&value, rules, true), "it is true; write a whole number, 1 to 10");
    EXPECT_EQ(assign(&value, rules, kDate), "it is a date or time; write a whole number, 1 to 10");
    EXPECT_EQ(assign(&value, rules, std::vector<std::string>{}),
              "it is an array of texts; write a whole number, 1 to 10");
    EXPECT_EQ(value, 1);
    EXPECT_EQ(show(&value), "1");
}

TEST(AssignOptional, NoneTakesTheLimitAway) {
    std::optional<std::int64_t> value;
    EXPECT_EQ(show(&value), "none");
    EXPECT_EQ(assign(&value, {0, 10}, std::int64_t{5}), "");
    EXPECT_EQ(value, 5);
    EXPECT_NE(assign(&value, {0, 10}, std::int64_t{11}), "");
    EXPECT_EQ(value, 5);
    EXPECT_EQ(assign(&value, {0, 10}, std::string("none")), "");
    EXPECT_EQ(value, std::nullopt);
    std::optional<std::uint64_t> files;
    EXPECT_EQ(assign(Count{&files}, {0, 10}, std::int64_t{5}), "");
    EXPECT_EQ(files, 5U);
    EXPECT_EQ(show(Count{&files}), "5");
}

TEST(AssignNumber, TakesFractionsButNothingEndless) {
    double value = 0;
    Rules const rules{1, 10};
    EXPECT_EQ(assign(&value, rules, 1.5), "");
    EXPECT_EQ(value, 1.5);
    EXPECT_EQ(show(&value), "1.5");
    EXPECT_EQ(assign(&value, rules, std::int64_t{2}), "");
    EXPECT_EQ(value, 2);
    EXPECT_EQ(assign(&value, rules, Text{"2.5"}), "");
    EXPECT_EQ(value, 2.5);
    EXPECT_NE(assign(&value, rules, std::nan("")), "");
    EXPECT_NE(assign(&value, rules, std::numeric_limits<double>::infinity()), "");
    EXPECT_NE(assign(&value, rules, Text{"nan"}), "");
    EXPECT_EQ(assign(&value, rules, 10.5), "it is out of bounds; write 1 to 10");
    EXPECT_EQ(assign(&value, rules, 0.5), "it is out of bounds; write 1 to 10");
    EXPECT_EQ(value, 2.5);
}

TEST(AssignDuration, NeedsItsUnit) {
    Milliseconds value{0};
    Rules const rules{1'000, 60'000};
    EXPECT_EQ(assign(&value, rules, std::string("30s")), "");
    EXPECT_EQ(value, Milliseconds(30'000));
    EXPECT_EQ(show(&value), "\"30s\"");
    EXPECT_EQ(assign(&value, rules, std::int64_t{30}),
              R"(it is the number 30; write a duration with its unit: "250ms", "30s", "5m", "24h")");
    EXPECT_EQ(assign(&value, rules, Text{"500ms"}), "it is out of bounds; write 1s to 1m");
    EXPECT_EQ(assign(&value, rules, Text{"2m"}), "it is out of bounds; write 1s to 1m");
}

TEST(AssignSeconds, NeedsWholeSeconds) {
    std::optional<std::uint64_t> value;
    Rules const rules{1, 60};
    EXPECT_EQ(show(Seconds{&value}), "none");
    EXPECT_EQ(assign(Seconds{&value}, rules, std::string("30s")), "");
    EXPECT_EQ(value, 30U);
    EXPECT_EQ(show(Seconds{&value}), "\"30s\"");
    EXPECT_THAT(assign(Seconds{&value}, rules, std::string("1500ms")), HasSubstr("whole seconds"));
    EXPECT_EQ(assign(Seconds{&value}, rules, std::string("2m")), "it is out of bounds; write 1s to 1m");
}

TEST(AssignSize, NeedsItsUnit) {
    std::size_t value = 0;
    Rules const rules{1'024, 1'048'576};
    EXPECT_EQ(assign(&value, rules, std::string("4KiB")), "");
    EXPECT_EQ(value, 4'096U);
    EXPECT_EQ(show(&value), "\"4KiB\"");
    EXPECT_EQ(assign(&value, rules, std::int64_t{4'096}),
              R"(it is the number 4096; write a size with its unit: "4KiB", "1MiB")");
    EXPECT_EQ(assign(&value, rules, Text{"2MiB"}), "it is out of bounds; write 1KiB to 1MiB");
    std::optional<std::uint64_t> limit;
    EXPECT_EQ(show(&limit), "none");
    EXPECT_EQ(assign(&limit, rules, Text{"1MiB"}), "");
    EXPECT_EQ(limit, 1'048'576U);
    EXPECT_EQ(show(&limit), "\"1MiB\"");
    EXPECT_EQ(assign(&limit, rules, Text{"none"}), "");
    EXPECT_EQ(limit, std::nullopt);
}

TEST(AssignText, IsCheckedAndShownSafely) {
    std::string value;
    EXPECT_EQ(assign(&value, {}, std::string("a\x1B\"b")), "");
    EXPECT_EQ(show(&value), R"("a\\u{1b}\"b")");
    EXPECT_EQ(assign(&value, {}, std::int64_t{1}), "it is the number 1; write a text in quotes");
    EXPECT_EQ(assign(&value, {}, std::string("a\0b", 3)), "it holds a NUL character; remove it");
    EXPECT_EQ(assign(&value, {.check = check_prefix}, std::string("a b")),
              "it is \"a b\"; write 1 to 32 characters of A-Z a-z 0-9 _ . -");
    EXPECT_EQ(assign(Path{&value}, {.check = check_not_empty}, std::string()),
              "it is \"\"; write at least one character");
    EXPECT_EQ(assign(Path{&value}, {}, std::string("/tmp")), "");
    EXPECT_EQ(show(Path{&value}), "\"/tmp\"");
}

TEST(AssignSecret, IsNeverRepeatedOrShown) {
    std::string value;
    EXPECT_EQ(show(Secret{&value}), "\"\"");
    EXPECT_EQ(assign(Secret{&value}, {}, Text{"hunter2"}), "");
    EXPECT_EQ(value, "hunter2");
    EXPECT_EQ(show(Secret{&value}), "***");
    EXPECT_EQ(assign(Secret{&value}, {}, std::int64_t{4711}), "it is no text; put it in quotes");
}

TEST(AssignUrl, HidesThePassword) {
    std::string value;
    Rules const rules{.check = check_redis_url};
    EXPECT_THAT(assign(Url{&value}, rules, Text{"http://u:hunter2@h"}), ::testing::Not(HasSubstr("hunter2")));
    auto const shown = [&](std::string const& url) {
        EXPECT_EQ(assign(Url{&value}, rules, Text{url}), "");
        return show(Url{&value});
    };
    EXPECT_EQ(shown("redis://localhost:6379/0"), "\"redis://localhost:6379/0\"");
    EXPECT_EQ(shown("redis://user:hunter2@host:1/0"), "\"redis://user:***@host:1/0\"");
    EXPECT_EQ(shown("rediss://:hunter2@host"), "\"rediss://:***@host\"");
    EXPECT_EQ(shown("redis://user:a@b/c:d@host"), "\"redis://user:***@host\"");
    EXPECT_EQ(shown("redis://user@host:1"), "\"redis://user@host:1\"");
    EXPECT_EQ(shown("unix:///run/redis.sock"), "\"unix:///run/redis.sock\"");
}

TEST(AssignCommand, TakesTextAndArrays) {
    std::vector<std::string> value;
    EXPECT_EQ(assign(Command{&value}, {}, std::string("python3 'my agent.py'")), "");
    EXPECT_THAT(value, ElementsAre("python3", "my agent.py"));
    EXPECT_EQ(show(Command{&value}), R"(["python3", "my agent.py"])");
    EXPECT_EQ(assign(Command{&value}, {}, std::vector<std::string>{"sh", "-c", "a | b"}), "");
    EXPECT_THAT(value, ElementsAre("sh", "-c", "a | b"));
    EXPECT_THAT(assign(Command{&value}, {}, std::vector<std::string>{}), HasSubstr("empty"));
    EXPECT_THAT(assign(Command{&value}, {}, std::vector<std::string>{""}), HasSubstr("empty"));
    EXPECT_THAT(assign(Command{&value}, {}, Text{"a 'b"}), HasSubstr("single quote"));
    EXPECT_THAT(assign(Command{&value}, {}, std::vector<std::string>{std::string("a\0", 2)}), HasSubstr("NUL"));
    EXPECT_THAT(assign(Command{&value}, {}, std::string("a\0", 2)), HasSubstr("NUL"));
    EXPECT_THAT(assign(Command{&value}, {}, std::int64_t{1}), HasSubstr("write \"program argument\""));
}

TEST(AssignDurability, TakesTheThreeLevels) {
    Durability durability;
    EXPECT_EQ(show(&durability), "\"memory\"");
    EXPECT_EQ(assign(&durability, {}, Text{"replicated:2"}), "");
    EXPECT_EQ(durability, Durability::replicated(2));
    EXPECT_EQ(show(&durability), "\"replicated:2\"");
    EXPECT_EQ(assign(&durability, {}, std::string("fsync")), "");
    EXPECT_EQ(durability, Durability::fsync());
    EXPECT_EQ(assign(&durability, {}, Text{"replicated"}),
              "it is \"replicated\"; write \"memory\", \"replicated:N\" with N from 1 to 100, or \"fsync\"");
    EXPECT_NE(assign(&durability, {}, std::int64_t{1}), "");
    EXPECT_EQ(durability, Durability::fsync());
}

TEST(AssignLanes, TakeOrderAndWeights) {
    LaneOrder order = LaneOrder::weighted;
    EXPECT_EQ(assign(&order, {}, std::string("strict")), "");
    EXPECT_EQ(order, LaneOrder::strict);
    EXPECT_EQ(show(&order), "\"strict\"");
    EXPECT_EQ(assign(&order, {}, Text{"weighted"}), "");
    EXPECT_EQ(show(&order), "\"weighted\"");
    EXPECT_EQ(assign(&order, {}, Text{"fair"}), "it is \"fair\"; write \"weighted\" or \"strict\"");

    std::array<int, kLanes> weights{};
    Rules const rules{1, 1'000};
    EXPECT_EQ(assign(&weights, rules, std::vector<std::int64_t>{4, 3, 2, 1}), "");
    EXPECT_THAT(weights, ElementsAre(4, 3, 2, 1));
    EXPECT_EQ(assign(&weights, rules, Text{"8:4:2:1"}), "");
    EXPECT_EQ(show(&weights), "[8, 4, 2, 1]");
    EXPECT_EQ(assign(&weights, rules, Text{"1,2,3,4"}), "");
    EXPECT_THAT(weights, ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(assign(&weights, rules, Text{"0,2,3,4"}), "it is out of bounds; write 1 to 1000");
    for (auto const* const bad : {"", "1,2,3", "1,2,3,4,5", "1,2,3,", "a,b,c,d"}) {
        EXPECT_THAT(assign(&weights, rules, Text{bad}), HasSubstr("four whole numbers")) << bad;
    }
    EXPECT_THAT(assign(&weights, rules, std::vector<std::int64_t>{1}), HasSubstr("four whole numbers"));
    EXPECT_THAT(weights, ElementsAre(1, 2, 3, 4));
}

TEST(Checks, TellHowToWriteIt) {
    EXPECT_EQ(check_redis_url("rediss://h"), "");
    EXPECT_NE(check_redis_url("redis://"), "");
    EXPECT_NE(check_redis_url("localhost:6379"), "");
    EXPECT_EQ(check_prefix("a.b-C_1"), "");
    EXPECT_NE(check_prefix(""), "");
    EXPECT_NE(check_prefix(std::string(33, 'a')), "");
    EXPECT_NE(check_prefix("a:b"), "");
    EXPECT_EQ(check_optional_name(""), "");
    EXPECT_EQ(check_optional_name("worker-1"), "");
    EXPECT_NE(check_optional_name("worker 1"), "");
    EXPECT_EQ(check_stream("tasks"), "");
    EXPECT_NE(check_stream(""), "");
    EXPECT_NE(check_stream("my tasks"), "");
    EXPECT_NE(check_stream(std::string(257, 'a')), "");
    EXPECT_EQ(check_optional_stream(""), "");
    EXPECT_NE(check_optional_stream("\x7F"), "");
    EXPECT_TRUE(is_variable_name("_A1"));
    EXPECT_FALSE(is_variable_name(""));
    EXPECT_FALSE(is_variable_name("1A"));
    EXPECT_FALSE(is_variable_name("A=B"));
}

}  // namespace
}  // namespace leat::config
