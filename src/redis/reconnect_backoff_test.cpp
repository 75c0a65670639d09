#include "redis/reconnect_backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace leat::redis {
namespace {

using namespace std::chrono_literals;

// The longest of many first, second, third … delays.
std::vector<ReconnectBackoff::Duration> longest_delays(int failures) {
    std::vector<ReconnectBackoff::Duration> longest(static_cast<std::size_t>(failures));
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        ReconnectBackoff backoff(50ms, 1s, core::Random(seed));
        for (auto& delay : longest)
            delay = std::max(delay, backoff.after_failure());
    }
    return longest;
}

TEST(ReconnectBackoff, DoublesUpToItsCapWithFullJitter) {
    auto const longest = longest_delays(8);
    std::vector<ReconnectBackoff::Duration> const ceilings{50ms, 100ms, 200ms, 400ms, 800ms, 1s, 1s, 1s};
    for (std::size_t i = 0; i < longest.size(); ++i) {
        EXPECT_LE(longest[i], ceilings[i]) << i;
        EXPECT_GT(longest[i], ceilings[i] * 9 / 10) << i;
    }
}

TEST(ReconnectBackoff, JitterReachesDownToNothing) {
    auto shortest = ReconnectBackoff::Duration::max();
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        shortest = std::min(shortest, ReconnectBackoff(50ms, 1s, core::Random(seed)).after_failure());
    }
    EXPECT_GE(shortest, 0ms);
    EXPECT_LT(shortest, 5ms);
}

TEST(ReconnectBackoff, CountsFailuresInARow) {
    ReconnectBackoff backoff(50ms, 1s, core::Random(1));
    EXPECT_EQ(backoff.failures(), 0);
    (void)backoff.after_failure();
    (void)backoff.after_refusal();
    EXPECT_EQ(backoff.failures(), 2);
    backoff.reset();
    EXPECT_EQ(backoff.failures(), 0);
    EXPECT_LE(backoff.after_failure(), 50ms);
}

TEST(ReconnectBackoff, WaitsLongAfterARefusal) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        auto const delay = ReconnectBackoff(50ms, 1s, core::Random(seed)).after_refusal();
        EXPECT_GE(delay, 500ms);
        EXPECT_LE(delay, 1s);
    }
}

TEST(ReconnectBackoff, AbsurdLimitsAreCorrected) {
    ReconnectBackoff backoff(-5ms, -7ms, core::Random(1));
    for (int i = 0; i < 100; ++i)
        EXPECT_LE(backoff.after_failure(), 1ns);
    ReconnectBackoff endless(1ms, ReconnectBackoff::Duration::max(), core::Random(1));
    for (int i = 0; i < 100; ++i)
        EXPECT_GE(endless.after_failure(), 0ns);
}

TEST(ReconnectBackoff, TheLongestDelayMayBecomeShorter) {
    ReconnectBackoff backoff(1ms, 1h, core::Random(1));
    for (int i = 0; i < 40; ++i)
        (void)backoff.after_failure();
    backoff.set_max(10ms);
    for (int i = 0; i < 100; ++i)
        EXPECT_LE(backoff.after_failure(), 10ms);
}

TEST(ReconnectBackoff, TheSameSeedGivesTheSameDelays) {
    ReconnectBackoff one(50ms, 1s, core::Random(7));
    ReconnectBackoff two(50ms, 1s, core::Random(7));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(one.after_failure(), two.after_failure());
}

}  // namespace
}  // namespace leat::redis
