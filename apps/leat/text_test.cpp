#include "text.hpp"

#include <gtest/gtest.h>

#include "exit_code.hpp"
#include "progress.hpp"
#include "table.hpp"

namespace leat::cli {
namespace {

using namespace std::chrono_literals;

TEST(Text, GroupsDigits) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(-1'000), "-1,000");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
    EXPECT_EQ(grouped(INT64_MIN), "-9,223,372,036,854,775,808");
}

TEST(Text, ShortensDurations) {
    EXPECT_EQ(short_duration(0), "0ms");
    EXPECT_EQ(short_duration(250), "250ms");
    EXPECT_EQ(short_duration(12'345), "12.3s");
    EXPECT_EQ(short_duration(59'999), "59.9s");
    EXPECT_EQ(short_duration(200'000), "3m20s");
    EXPECT_EQ(short_duration(5 * 3'600'000 + 12 * 60'000), "5h12m");
    EXPECT_EQ(short_duration(2 * 86'400'000), "2d");
    EXPECT_EQ(short_duration(-1'500), "-1.5s");
    EXPECT_FALSE(short_duration(INT64_MIN).empty());
}

TEST(Text, ShortensBytes) {
    EXPECT_EQ(short_bytes(1'023), "1023 B");
    EXPECT_EQ(short_bytes(1'536), "1.5 KiB");
    EXPECT_EQ(short_bytes(1LL << 30), "1.0 GiB");
}

TEST(Text, ReadsDurations) {
    EXPECT_EQ(parse_duration("delay", "1m30s"), Milliseconds{90'000});
    for (auto const* const bad : {"", "5", "s", "5x", "1s ", "nan", "infs", "-1s", "400d"}) {
        auto const duration = parse_duration("delay", bad);
        ASSERT_FALSE(duration) << bad;
        EXPECT_EQ(duration.error().code, ErrorCode::invalid_input);
    }
    EXPECT_NE(parse_duration("delay", "-1s").error().detail.find("negative"), std::string::npos);
    EXPECT_NE(parse_duration("delay", "400d").error().detail.find("366 days"), std::string::npos);
}

TEST(Text, ReadsPriorities) {
    EXPECT_EQ(parse_priority("high"), 1);
    EXPECT_EQ(parse_priority("low"), -1);
    EXPECT_EQ(parse_priority("-7"), -7);
    for (auto const* const bad : {"", "urgent", "1.5", "1 ", "99999999999999999999"})
        EXPECT_FALSE(parse_priority(bad)) << bad;
}

TEST(ExitCodes, AreDistinctAndListed) {
    int expected = 0;
    for (auto const& [code, meaning] : exit_code_help()) {
        EXPECT_EQ(static_cast<int>(code), expected++);
        EXPECT_NE(exit_code_section().find(meaning), std::string::npos);
    }
    EXPECT_EQ(exit_code_of(ErrorCode::unavailable), ExitCode::unavailable);
    EXPECT_EQ(exit_code_of(TaskState::dead), ExitCode::unsuccessful);
}

TEST(Table, AlignsColumns) {
    Table table({{"NAME"}, {"COUNT", Align::right}, {"NOTE"}});
    table.add({"a", "5", "x"});
    table.add({"longer", "1000"});
    EXPECT_EQ(table.text(false), "NAME    COUNT  NOTE\na           5  x\nlonger   1000  -\n");
    EXPECT_EQ(table.text(true).substr(0, 4), "\x1b[1m");
}

TEST(Table, EscapesAndCutsCells) {
    Table table({{"A", Align::left, 6}, {"B"}});
    table.add({"\x1b[2J!", "x"});
    table.add({"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5", "y"});  // four wide characters
    EXPECT_EQ(table.text(false), "A       B\n\\u{1b…  x\n\xe6\x97\xa5\xe6\x9c\xac…   y\n");
}

TEST(Progress, RedrawsOftenOnATerminalAndRarelyElsewhere) {
    Progress::TimePoint const start{};
    Progress terminal("tasks", true, start);
    EXPECT_FALSE(terminal.update(1, 0.5, start + 50ms));
    EXPECT_EQ(terminal.update(1'000, 0.5, start + 1s), "\r\x1b[K 50% [##########..........] 1,000 tasks, 1,000/s");
    EXPECT_EQ(terminal.clear(), "\r\x1b[K");
    EXPECT_EQ(terminal.clear(), "");

    Progress lines("tasks", false, start);
    EXPECT_FALSE(lines.update(1, std::nullopt, start + 1s));
    EXPECT_EQ(lines.update(9'000, std::nullopt, start + 3s), "9,000 tasks, 3,000/s\n");
    EXPECT_FALSE(lines.update(9'001, std::nullopt, start + 4s));
    EXPECT_EQ(lines.clear(), "");
}

}  // namespace
}  // namespace leat::cli
