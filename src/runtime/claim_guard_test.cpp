#include "runtime/claim_guard.hpp"

#include <gtest/gtest.h>

namespace leat::runtime {
namespace {

using namespace std::chrono_literals;
using Time = ClaimGuard::Time;

constexpr auto kLease = 30s;
constexpr std::int64_t kServer = 1'800'000'000'000;

class ClaimGuardTest : public ::testing::Test {
  protected:
    // The server's clock is off by `jump` from what it should be; the answer takes `round_trip`.
    void look(Time now, std::chrono::milliseconds jump = 0ms, std::chrono::milliseconds round_trip = 2ms) {
        auto const since = std::chrono::duration_cast<std::chrono::milliseconds>(now - Time{});
        guard.observe(kServer + since.count() + jump.count(), now - round_trip / 2, now + round_trip / 2);
    }

    ClaimGuard guard{kLease, 20s};
    Time const start{};
};

TEST_F(ClaimGuardTest, HoldsNothingWhileAllIsWell) {
    for (auto now = start; now < start + 10min; now += 15s) {
        look(now, 3ms);
        EXPECT_FALSE(guard.holds(now));
    }
    EXPECT_FALSE(guard.news());
    EXPECT_FALSE(guard.clock_is_behind());
    EXPECT_EQ(guard.expected_ms(start + 10min), kServer + 600'003);
}

TEST_F(ClaimGuardTest, GivesEverybodyALeaseAfterTrouble) {
    look(start);
    guard.trouble("Redis was away", start + 1s);
    EXPECT_TRUE(guard.holds(start + 30s));
    EXPECT_FALSE(guard.holds(start + 31s));
    guard.trouble("again", start + 20s);
    EXPECT_TRUE(guard.holds(start + 49s)) << "from the last trouble on";
    EXPECT_EQ(guard.news(), "Redis was away");
    EXPECT_FALSE(guard.news()) << "told once";
    guard.trouble("later", start + 2min);
    EXPECT_EQ(guard.news(), "later");
}

TEST_F(ClaimGuardTest, TakesASlowAnswerForTrouble) {
    look(start, 0ms, 4s);
    EXPECT_FALSE(guard.holds(start + 3s));
    look(start + 15s, 0ms, 6s);
    EXPECT_TRUE(guard.holds(start + 20s));
}

TEST_F(ClaimGuardTest, HoldsForALeaseWhenTheServersClockJumpsForward) {
    look(start);
    look(start + 15s, 14s);
    EXPECT_FALSE(guard.holds(start + 15s)) << "less than half a lease";
    look(start + 30s, 1h);
    EXPECT_TRUE(guard.holds(start + 31s));
    EXPECT_FALSE(guard.clock_is_behind());
    look(start + 61s, 1h);
    EXPECT_FALSE(guard.holds(start + 61s)) << "it runs evenly again";
}

TEST_F(ClaimGuardTest, KnowsThatTheServersClockIsBehindUntilItHasCaughtUp) {
    look(start);
    look(start + 15s, -1h);
    EXPECT_TRUE(guard.clock_is_behind());
    EXPECT_TRUE(guard.holds(start + 16s));
    look(start + 50s, -1h);
    EXPECT_FALSE(guard.holds(start + 50s));
    EXPECT_TRUE(guard.clock_is_behind());
    look(start + 1h + 20s, -1h);
    EXPECT_FALSE(guard.clock_is_behind());
}

TEST_F(ClaimGuardTest, JudgesOwnersByTheirHeartbeats) {
    EXPECT_FALSE(guard.is_gone("lives", 1, start));
    EXPECT_FALSE(guard.is_gone("died", 7, start));
    EXPECT_FALSE(guard.is_gone("was never there", std::nullopt, start));
    EXPECT_FALSE(guard.is_gone("lives", 4, start + 15s));
    EXPECT_FALSE(guard.is_gone("died", 7, start + 29s));
    EXPECT_FALSE(guard.is_gone("lives", 8, start + 30s));
    EXPECT_TRUE(guard.is_gone("died", 7, start + 30s));
    EXPECT_TRUE(guard.is_gone("was never there", std::nullopt, start + 30s));
}

TEST_F(ClaimGuardTest, GivesHeartbeatsTheirTimeWhereTheLeaseIsShort) {
    guard.set_lease(1s);
    EXPECT_FALSE(guard.is_gone("w", 1, start));
    EXPECT_FALSE(guard.is_gone("w", 1, start + 19s));
    EXPECT_TRUE(guard.is_gone("w", 1, start + 20s));
}

TEST(ServerStart, IsRecentWhereTheDataAreOlderThanTheProcess) {
    constexpr auto kHour = 3'600'000;
    EXPECT_TRUE(came_back_lately({kServer, 5, kServer - kHour}, kLease));
    EXPECT_TRUE(came_back_lately({kServer, 29, kServer - kHour}, kLease));
    EXPECT_FALSE(came_back_lately({kServer, 30, kServer - kHour}, kLease)) << "everybody had a lease to renew";
    EXPECT_FALSE(came_back_lately({kServer, 5, kServer - 3'000}, kLease)) << "a new server with new data";
    EXPECT_FALSE(came_back_lately({kServer, 5, kServer - 5'900}, kLease)) << "uptimes are whole seconds";
    EXPECT_FALSE(came_back_lately({kServer, 5, 0}, kLease));
}

TEST_F(ClaimGuardTest, ForgetsOwnersThatHoldNothingAnyMore) {
    EXPECT_FALSE(guard.is_gone("w", 1, start));
    guard.forget_others();
    guard.forget_others();
    EXPECT_FALSE(guard.is_gone("w", 1, start + 1min)) << "seen as if for the first time";
}

}  // namespace
}  // namespace leat::runtime
