#include "runtime/read_budget.hpp"

#include <gtest/gtest.h>

namespace leat::runtime {
namespace {

constexpr std::size_t kMiB = 1U << 20;

// Reads that are always answered in full.
void read_full(ReadBudget& budget, int times, std::size_t bytes) {
    for (int i = 0; i < times; ++i)
        budget.replied(budget.entries(), bytes);
}

TEST(ReadBudget, BeginsWithAFewAndDoublesUpToItsLimit) {
    ReadBudget budget;
    EXPECT_EQ(budget.entries(), 4U);
    read_full(budget, 1, 100);
    EXPECT_EQ(budget.entries(), 8U);
    read_full(budget, 10, 100);
    EXPECT_EQ(budget.entries(), 100U);
}

TEST(ReadBudget, GrowsWithEachReplyThatShowsSomething) {
    ReadBudget budget;
    for (int i = 0; i < 100; ++i)
        budget.replied(0, 0);
    EXPECT_EQ(budget.entries(), 4U);
    for (int i = 0; i < 5; ++i)
        budget.replied(1, 100);  // a read of four lanes asks each for one
    EXPECT_EQ(budget.entries(), 100U);
}

TEST(ReadBudget, LargeEntriesAreReadByTheFew) {
    ReadBudget budget;
    read_full(budget, 10, 100);
    budget.replied(1, kMiB);
    EXPECT_EQ(budget.entries(), 8U) << "8 MiB";
    budget.replied(1, 16 * kMiB);
    EXPECT_EQ(budget.entries(), 1U);
}

TEST(ReadBudget, ForgetsALargeEntrySlowly) {
    ReadBudget budget;
    read_full(budget, 10, 100);
    budget.replied(1, 16 * kMiB);
    read_full(budget, 5, 100);
    EXPECT_LT(budget.entries(), 2U);
    read_full(budget, 60, 100);
    EXPECT_EQ(budget.entries(), 100U);
}

TEST(ReadBudget, AReplyThatDoesNotComeHalves) {
    ReadBudget budget;
    read_full(budget, 10, 100);
    budget.lost();
    EXPECT_EQ(budget.entries(), 50U);
    for (int i = 0; i < 10; ++i)
        budget.lost();
    EXPECT_EQ(budget.entries(), 1U);
    read_full(budget, 1, 100);
    EXPECT_EQ(budget.entries(), 2U) << "and grows again";
}

TEST(ReadBudget, FewAreReadByACommandEach) {
    ReadBudget budget;
    EXPECT_EQ(budget.single_reads(), 4U);
    read_full(budget, 10, 100);
    EXPECT_EQ(budget.single_reads(), 8U);
    budget.replied(1, 4 * kMiB);
    EXPECT_EQ(budget.single_reads(), 2U);
}

TEST(ReadBudget, HalvesWhatWasAskedNotWhatMightHaveBeen) {
    ReadBudget budget;
    read_full(budget, 10, 100);
    budget.replied(1, kMiB);
    budget.lost();
    EXPECT_EQ(budget.entries(), 4U);
}

}  // namespace
}  // namespace leat::runtime
