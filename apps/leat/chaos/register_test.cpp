// The search for an order of events.
#include "chaos/register.hpp"

#include <gtest/gtest.h>

namespace leat::cli::chaos {
namespace {

constexpr auto kAbsent = Register::absent;
constexpr auto kLive = Register::live;
constexpr auto kCancelled = Register::cancelled;
constexpr auto kSucceeded = Register::succeeded;

RegisterStep step(std::int64_t begin, std::int64_t end, Register needs, Register becomes, bool optional = false) {
    return {begin, end, needs, becomes, false, optional};
}

TEST(RegisterOrder, FollowsRealTime) {
    EXPECT_EQ(is_linearizable({}), true);
    EXPECT_EQ(is_linearizable({step(1, 2, kAbsent, kLive), step(3, 4, kLive, kCancelled)}), true);
    EXPECT_EQ(is_linearizable({step(3, 4, kAbsent, kLive), step(1, 2, kLive, kCancelled)}), false);
}

TEST(RegisterOrder, CallsAtTheSameTimeMayBeInAnyOrder) {
    EXPECT_EQ(is_linearizable({step(1, 10, kLive, kCancelled), step(2, 9, kAbsent, kLive)}), true);
    // One of two racing cancels wins, the other one sees it; both cannot win.
    EXPECT_EQ(
        is_linearizable({step(1, 2, kAbsent, kLive), step(3, 9, kLive, kCancelled), step(3, 9, kLive, kCancelled)}),
        false);
    EXPECT_EQ(is_linearizable(
                  {step(1, 2, kAbsent, kLive), step(3, 9, kLive, kCancelled), step(3, 9, kCancelled, kCancelled)}),
              true);
}

TEST(RegisterOrder, AnOptionalStepMayHaveHappenedOrNot) {
    auto const unknown = step(1, 100, kAbsent, kLive, true);
    EXPECT_EQ(is_linearizable({unknown}), true);
    EXPECT_EQ(is_linearizable({unknown, step(3, 4, kLive, kLive)}), true);
    EXPECT_EQ(is_linearizable({unknown, step(3, 4, kAbsent, kAbsent)}), true);
    EXPECT_EQ(is_linearizable({unknown, step(3, 4, kLive, kLive), step(5, 6, kAbsent, kAbsent)}), false);
}

TEST(RegisterOrder, KnownIsAnythingButAbsent) {
    RegisterStep known{3, 4, kAbsent, kAbsent, true, false};
    EXPECT_EQ(is_linearizable({known}), false);
    EXPECT_EQ(is_linearizable({step(1, 2, kAbsent, kLive), known}), true);
    EXPECT_EQ(is_linearizable({step(1, 2, kAbsent, kLive), known, step(5, 6, kSucceeded, kSucceeded)}), false);
}

TEST(RegisterOrder, GivesUpBeforeItTakesTooLong) {
    std::vector<RegisterStep> steps(kStepsMax, step(1, 100, kAbsent, kAbsent));
    EXPECT_EQ(is_linearizable(steps), true);
    steps.back() = step(1, 100, kLive, kLive);
    EXPECT_EQ(is_linearizable(steps), false);
    steps.push_back(steps.front());
    EXPECT_EQ(is_linearizable(steps), std::nullopt);
}

}  // namespace
}  // namespace leat::cli::chaos
