#include "tasks/backoff.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace leat::tasks {
namespace {

using std::chrono::milliseconds;

TEST(BackoffCeiling, DoublesUpToTheCap) {
    AgentOptions const options;  // 1 s, factor 2, cap 10 min
    EXPECT_EQ(backoff_ceiling(options, 0), milliseconds(1'000));
    EXPECT_EQ(backoff_ceiling(options, 1), milliseconds(2'000));
    EXPECT_EQ(backoff_ceiling(options, 9), milliseconds(512'000));
    EXPECT_EQ(backoff_ceiling(options, 10), milliseconds(600'000));
    EXPECT_EQ(backoff_ceiling(options, std::numeric_limits<std::int64_t>::max()), milliseconds(600'000));
}

TEST(BackoffCeiling, FactorOneStaysAtTheBase) {
    AgentOptions options;
    options.backoff_factor = 1;
    EXPECT_EQ(backoff_ceiling(options, 1'000'000), milliseconds(1'000));
}

TEST(BackoffCeiling, ZeroBaseMeansNoDelay) {
    AgentOptions options;
    options.backoff_base = milliseconds(0);
    EXPECT_EQ(backoff_ceiling(options, 50), milliseconds(0));
}

TEST(BackoffCeiling, StaysInItsBoundsForAnyInput) {
    constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
    constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
    std::array<std::int64_t, 6> const numbers{kMin, -1, 0, 1, 1'000, kMax};
    std::array<double, 7> const factors{-2.0,        0.0, 0.5, 10.0, 1e300, std::numeric_limits<double>::infinity(),
                                        std::nan("")};
    core::Random random(1);
    for (auto const base : numbers) {
        for (auto const cap : numbers) {
            for (auto const factor : factors) {
                for (auto const retries : numbers) {
                    AgentOptions options;
                    options.backoff_base = milliseconds(base);
                    options.backoff_cap = milliseconds(cap);
                    options.backoff_factor = factor;
                    auto const limit = std::min(std::max(options.backoff_cap, milliseconds(0)), Limits::delay_max);
                    auto const delay = backoff_ceiling(options, retries);
                    EXPECT_GE(delay, milliseconds(0));
                    EXPECT_LE(delay, limit);
                    EXPECT_LE(backoff_delay(options, retries, random), delay);
                }
            }
        }
    }
}

TEST(BackoffDelay, IsSpreadOverTheWholeRange) {
    AgentOptions const options;
    core::Random random(7);
    std::array<int, 4> quarters{};
    for (int i = 0; i < 4'000; ++i) {
        auto const delay = backoff_delay(options, 3, random).count();  // ceiling 8,000 ms
        ASSERT_GE(delay, 0);
        ASSERT_LE(delay, 8'000);
        ++quarters[static_cast<std::size_t>(std::min<std::int64_t>(delay / 2'000, 3))];
    }
    for (int const quarter : quarters)
        EXPECT_NEAR(quarter, 1'000, 150);
}

TEST(BackoffDelay, RepeatsWithItsSeed) {
    AgentOptions const options;
    core::Random first(42), second(42);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(backoff_delay(options, i, first), backoff_delay(options, i, second));
}

}  // namespace
}  // namespace leat::tasks
