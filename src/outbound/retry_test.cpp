#include "outbound/retry.hpp"

#include <gtest/gtest.h>

namespace leat::outbound {
namespace {

using namespace std::chrono_literals;

TEST(Passing, AreBusyServersAndThoseWithTrouble) {
    for (long const status : {408L, 429L, 500L, 502L, 503L, 599L})
        EXPECT_TRUE(is_passing(status)) << status;
    for (long const status : {0L, 200L, 301L, 400L, 401L, 404L, 413L, 600L})
        EXPECT_FALSE(is_passing(status)) << status;
}

TEST(RetryDelay, DoublesUpToTheCapWithJitter) {
    core::Random random(1);
    Backoff const backoff{.base = 100ms, .cap = 1'000ms};
    auto const expect_within = [&](int failures, auto least, auto most) {
        auto shortest = 1h + 0ms, longest = 0ms;
        for (int i = 0; i < 200; ++i) {
            auto const delay = retry_delay(backoff, failures, std::nullopt, random);
            EXPECT_GE(delay, least);
            EXPECT_LE(delay, most);
            shortest = std::min<std::chrono::milliseconds>(shortest, delay);
            longest = std::max(longest, delay);
        }
        EXPECT_LT(shortest, longest) << "no jitter after " << failures;
    };
    expect_within(1, 50ms, 100ms);
    expect_within(2, 100ms, 200ms);
    expect_within(4, 400ms, 800ms);
    expect_within(5, 500ms, 1'000ms);
    expect_within(1'000'000, 500ms, 1'000ms);
}

TEST(RetryDelay, IsAtLeastWhatTheAnswerSaysWithinReason) {
    core::Random random(1);
    Backoff const backoff{.base = 100ms, .cap = 1'000ms, .retry_after_max = 60s};
    EXPECT_EQ(retry_delay(backoff, 1, 7s, random), 7s);
    EXPECT_EQ(retry_delay(backoff, 1, 24h, random), 60s);
    EXPECT_GE(retry_delay(backoff, 5, 0s, random), 500ms);
    EXPECT_GE(retry_delay(backoff, 5, -5s, random), 500ms);
}

TEST(RetryDelay, SurvivesOddSettings) {
    core::Random random(1);
    EXPECT_GE(retry_delay({.base = 0ms, .cap = 0ms}, 3, std::nullopt, random), 0ms);
    EXPECT_LE(retry_delay({.base = 10s, .cap = 1s}, 3, std::nullopt, random), 1s);
}

}  // namespace
}  // namespace leat::outbound
