#include "config/units.hpp"

#include <gtest/gtest.h>

namespace leat::config {
namespace {

using std::chrono::milliseconds;

TEST(Duration, ReadsNumbersWithUnits) {
    EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
    EXPECT_EQ(parse_duration("30s"), milliseconds(30'000));
    EXPECT_EQ(parse_duration("5m"), milliseconds(300'000));
    EXPECT_EQ(parse_duration("24h"), milliseconds(86'400'000));
    EXPECT_EQ(parse_duration("7d"), milliseconds(7 * 86'400'000));
    EXPECT_EQ(parse_duration("1h30m"), milliseconds(5'400'000));
    EXPECT_EQ(parse_duration("1d2h3m4s5ms"), milliseconds(93'784'005));
    EXPECT_EQ(parse_duration("1.5s"), milliseconds(1'500));
    EXPECT_EQ(parse_duration("0.0009s"), milliseconds(0));
    EXPECT_EQ(parse_duration("0s"), milliseconds(0));
}

TEST(Duration, RefusesEverythingElse) {
    for (std::string_view const text : {"", "s", "5", "-5s", "+5s", "5 s", "5s ", "5sec", "5S", "1m1h", "1s1s", "1..5s",
                                        ".s", "1e3s", "30s5", "999999999999d", "1001000d", "infs", "nans"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_duration(std::string(400, '9') + "s"), std::nullopt);
}

TEST(Duration, IsWrittenInTheLargestUnitThatFits) {
    EXPECT_EQ(format_duration(milliseconds(0)), "0s");
    EXPECT_EQ(format_duration(milliseconds(250)), "250ms");
    EXPECT_EQ(format_duration(milliseconds(1'500)), "1500ms");
    EXPECT_EQ(format_duration(milliseconds(30'000)), "30s");
    EXPECT_EQ(format_duration(milliseconds(5'400'000)), "90m");
    EXPECT_EQ(format_duration(milliseconds(86'400'000)), "1d");
}

TEST(Size, ReadsNumbersWithUnits) {
    EXPECT_EQ(parse_size("0B"), 0U);
    EXPECT_EQ(parse_size("1500B"), 1'500U);
    EXPECT_EQ(parse_size("4KiB"), 4'096U);
    EXPECT_EQ(parse_size("1MiB"), 1'048'576U);
    EXPECT_EQ(parse_size("2GiB"), 2'147'483'648U);
    EXPECT_EQ(parse_size("1kB"), 1'000U);
    EXPECT_EQ(parse_size("1MB"), 1'000'000U);
    EXPECT_EQ(parse_size("1GB"), 1'000'000'000U);
    EXPECT_EQ(parse_size("1.5KiB"), 1'536U);
}

TEST(Size, RefusesEverythingElse) {
    for (std::string_view const text :
         {"", "B", "5", "-1B", "1 B", "1b", "1K", "1KB", "1TiB", "1MiBs", "99999999GiB"}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
}

TEST(Size, IsWrittenInTheLargestBinaryUnitThatFits) {
    EXPECT_EQ(format_size(0), "0B");
    EXPECT_EQ(format_size(1'000), "1000B");
    EXPECT_EQ(format_size(1'024), "1KiB");
    EXPECT_EQ(format_size(1'500'000), "1500000B");
    EXPECT_EQ(format_size(16U << 20U), "16MiB");
    EXPECT_EQ(format_size(3ULL << 30U), "3GiB");
}

TEST(Units, WhatIsWrittenIsReadBack) {
    for (std::int64_t ms = 0; ms < 200'000'000; ms = ms * 3 + 7) {
        EXPECT_EQ(parse_duration(format_duration(milliseconds(ms))), milliseconds(ms));
    }
    for (std::uint64_t bytes = 0; bytes < (1ULL << 40U); bytes = bytes * 2 + 512) {
        EXPECT_EQ(parse_size(format_size(bytes)), bytes);
    }
}

}  // namespace
}  // namespace leat::config
