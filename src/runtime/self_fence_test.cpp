#include "runtime/self_fence.hpp"

#include <gtest/gtest.h>

namespace leat::runtime {
namespace {

using namespace std::chrono_literals;
using Time = SelfFence::Time;

TEST(SelfFence, TrustsALeaseForTwoThirds) {
    SelfFence const fence(30s);
    EXPECT_EQ(fence.tick(), 5s);
    EXPECT_FALSE(fence.distrusts(Time{}, Time{} + 20s));
    EXPECT_TRUE(fence.distrusts(Time{}, Time{} + 20s + 1ms));
}

TEST(SelfFence, FollowsANewLease) {
    SelfFence fence(30s);
    fence.set_lease(3s);
    EXPECT_TRUE(fence.distrusts(Time{}, Time{} + 2'001ms));
    EXPECT_EQ(fence.tick(), 500ms);
}

TEST(SelfFence, AsksFirstAfterItStoodStillAndJudgesThen) {
    SelfFence fence(30s);
    auto const planned = Time{} + 5s;
    EXPECT_TRUE(fence.may_judge(planned, planned + 1s));
    EXPECT_FALSE(fence.may_judge(planned, planned + 60s)) << "stopped for two leases: one renewal first";
    EXPECT_TRUE(fence.may_judge(planned + 65s, planned + 65s)) << "a tick later";
    EXPECT_FALSE(fence.may_judge(planned, planned + 60s));
    EXPECT_TRUE(fence.may_judge(planned, planned + 60s)) << "late again and again is no excuse";
}

}  // namespace
}  // namespace leat::runtime
