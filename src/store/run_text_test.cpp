#include "store/run_text.hpp"

#include <gtest/gtest.h>

namespace leat::store {
namespace {

TEST(RunText, IsReadAsThreeNumbersAndTheRest) {
    auto const run = read_run("2 1732000000000 1732000000007 1732000000000-0/3");
    ASSERT_TRUE(run);
    EXPECT_EQ(run->attempt, 2);
    EXPECT_EQ(run->created_at, 1'732'000'000'000);
    EXPECT_EQ(run->started_at, 1'732'000'000'007);
    EXPECT_EQ(run->rest, "1732000000000-0/3");
}

TEST(RunText, NeedsNoRest) {
    auto const run = read_run("0 7 9");
    ASSERT_TRUE(run);
    EXPECT_EQ(run->started_at, 9);
    EXPECT_EQ(run->rest, "");
}

TEST(RunText, KeepsTheRestAsItIs) {
    auto const run = read_run("1 2 3 host.1.x {\"a\": [1, 2]}");
    ASSERT_TRUE(run);
    EXPECT_EQ(run->rest, "host.1.x {\"a\": [1, 2]}");
}

TEST(RunText, IsNothingForAnyOtherText) {
    for (auto const* const text : {"", " ", "1", "1 2", "1 2 ", "1  2 3", " 1 2 3", "1 x 3", "1 2 3x", "1 2 -3",
                                   "1.5 2 3", "1 2 99999999999999999999", "1\t2\t3"}) {
        EXPECT_FALSE(read_run(text)) << text;
    }
}

}  // namespace
}  // namespace leat::store
