#include "inspect/pacer.hpp"

#include <gtest/gtest.h>

namespace leat::inspect {
namespace {

using namespace std::chrono_literals;

TEST(Pacer, WithoutARateNothingWaits) {
    Pacer pacer(0);
    EXPECT_EQ(pacer.batch(100), 100);
    EXPECT_EQ(pacer.sent(100, {}), 0ns);
}

TEST(Pacer, SpreadsItemsEvenly) {
    Pacer pacer(50);
    EXPECT_EQ(pacer.batch(100), 5);
    auto const start = Pacer::TimePoint{} + 1h;
    EXPECT_EQ(pacer.sent(5, start), 100ms);
    EXPECT_EQ(pacer.sent(5, start + 20ms), 180ms);
}

TEST(Pacer, AStallIsNotCaughtUpWithABurst) {
    Pacer pacer(10);
    auto const start = Pacer::TimePoint{} + 1h;
    EXPECT_EQ(pacer.sent(1, start), 100ms);
    EXPECT_EQ(pacer.sent(1, start + 1h), 100ms);
}

TEST(Pacer, BatchesStayWithinTheirBounds) {
    EXPECT_EQ(Pacer(0.01).batch(100), 1);
    EXPECT_EQ(Pacer(1e18).batch(100), 100);
}

}  // namespace
}  // namespace leat::inspect
