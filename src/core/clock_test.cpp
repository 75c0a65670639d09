#include "core/clock.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "core/random.hpp"

namespace leat::core {
namespace {

constexpr std::int64_t kMay = 1'714'567'890'000;  // 2024-05-01T12:51:30Z

TEST(FormatIso8601, WritesUtcWithMilliseconds) {
    EXPECT_EQ(format_iso8601(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(format_iso8601(kMay + 7), "2024-05-01T12:51:30.007Z");
    EXPECT_EQ(format_iso8601(-1), "1969-12-31T23:59:59.999Z");
}

TEST(FormatIso8601, StopsAtFourDigitYears) {
    EXPECT_EQ(format_iso8601(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(format_iso8601(std::numeric_limits<std::int64_t>::min()), "0000-01-01T00:00:00.000Z");
}

TEST(ParseIso8601, ReadsTheUsualForms) {
    EXPECT_EQ(parse_iso8601("2024-05-01T12:51:30Z"), kMay);
    EXPECT_EQ(parse_iso8601("2024-05-01t12:51:30z"), kMay);
    EXPECT_EQ(parse_iso8601("2024-05-01 12:51:30"), kMay);
    EXPECT_EQ(parse_iso8601("2024-05-01T12:51:30.007Z"), kMay + 7);
    EXPECT_EQ(parse_iso8601("2024-05-01T12:51:30.0079999"), kMay + 7);
    EXPECT_EQ(parse_iso8601("2024-05-01T12:51:30,5"), kMay + 500);
    EXPECT_EQ(parse_iso8601("2024-05-01T14:51:30+02:00"), kMay);
    EXPECT_EQ(parse_iso8601("2024-05-01T07:21:30-0530"), kMay);
    EXPECT_EQ(parse_iso8601("2024-05-01T14:51:30+02"), kMay);
    EXPECT_EQ(parse_iso8601("2024-05-01T12:51"), kMay - 30'000);
    EXPECT_EQ(parse_iso8601("1970-01-02"), 86'400'000);
    EXPECT_EQ(parse_iso8601("2016-12-31T23:59:60Z"), parse_iso8601("2017-01-01T00:00:00Z"));
}

TEST(ParseIso8601, RefusesEverythingElse) {
    for (std::string_view const text : {"",
                                        "now",
                                        "2024",
                                        "2024-05",
                                        "2024-5-1",
                                        "2024/05-01",
                                        "2024-05/01",
                                        "2024-13-01",
                                        "2024-02-30",
                                        "2024-05-01X",
                                        "2024-05-01T",
                                        "2024-05-01T1",
                                        "2024-05-01T24:00",
                                        "2024-05-01T12",
                                        "2024-05-01T12-51",
                                        "2024-05-01T12:60",
                                        "2024-05-01T12:5",
                                        "2024-05-01T12:51:",
                                        "2024-05-01T12:51:61",
                                        "2024-05-01T12:51:30.",
                                        "2024-05-01T12:51:30.Z",
                                        "2024-05-01T12:51:30ZZ",
                                        "2024-05-01T12:51:30 ",
                                        "2024-05-01T12:51:30+",
                                        "2024-05-01T12:51:30+24",
                                        "2024-05-01T12:51:30+02:",
                                        "2024-05-01T12:51:30+02:60",
                                        "2024-05-01T12:51:30+023",
                                        "1714567890",
                                        "-024-05-01"}) {
        EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
    }
}

TEST(Iso8601, GoesBothWays) {
    Random random(5);
    for (int i = 0; i < 10'000; ++i) {
        auto const time = static_cast<std::int64_t>(random.below(315'569'520'000'000)) - 62'167'219'200'000;
        ASSERT_EQ(parse_iso8601(format_iso8601(time)), time);
    }
}

TEST(ManualClock, MovesOnlyWhenTold) {
    ManualClock clock(kMay);
    auto const before = clock.now();
    EXPECT_EQ(clock.now(), before);
    clock.advance(std::chrono::milliseconds(1'500));
    EXPECT_EQ(clock.now() - before, std::chrono::milliseconds(1'500));
    EXPECT_EQ(clock.wall_ms(), kMay + 1'500);
}

}  // namespace
}  // namespace leat::core
