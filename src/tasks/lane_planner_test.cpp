#include "tasks/lane_planner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/random.hpp"

namespace leat::tasks {
namespace {

using ::testing::ElementsAre;

constexpr std::array<int, kLanes> kWeights{8, 4, 2, 1};
constexpr int kEndless = 1'000'000'000;

std::size_t index(Lane lane) {
    return static_cast<std::size_t>(lane);
}

// Four lanes with so many tasks each, read as the fetcher reads.
struct Lanes {
    std::array<int, kLanes> waiting{};
    std::array<int, kLanes> served{};
    int reads = 0;

    // One plan and its reads; answers how many tasks came.
    int round(LanePlanner& planner, int free) {
        auto const credits = planner.plan(free);
        int asked = 0, got = 0;
        std::array<bool, kLanes> seen{};
        for (auto const& [lane, count] : credits) {
            EXPECT_GE(count, 1);
            EXPECT_FALSE(seen[index(lane)]);
            seen[index(lane)] = true;
            asked += count;
            int const taken = std::min(count, waiting[index(lane)]);
            waiting[index(lane)] -= taken;
            served[index(lane)] += taken;
            got += taken;
            planner.report(lane, count, taken);
        }
        EXPECT_LE(asked, std::max(free, 0));
        ++reads;
        return got;
    }
    // Rounds until the free slots are full or every lane is empty.
    int fill(LanePlanner& planner, int free) {
        int const wanted = free;
        do
            free -= round(planner, free);
        while (free > 0 && !planner.all_empty());
        return wanted - free;
    }
};

TEST(LanePlanner, PlansNothingWithoutSlots) {
    LanePlanner planner(LaneOrder::weighted, kWeights);
    EXPECT_TRUE(planner.plan(0).empty());
    EXPECT_TRUE(planner.plan(-3).empty());
}

TEST(LanePlanner, FirstRoundProbesEveryLaneAndSharesTheRest) {
    LanePlanner planner(LaneOrder::weighted, kWeights);
    EXPECT_THAT(planner.plan(4), ElementsAre(Credit{Lane::critical, 1}, Credit{Lane::high, 1}, Credit{Lane::normal, 1},
                                             Credit{Lane::low, 1}));
    EXPECT_THAT(planner.plan(19), ElementsAre(Credit{Lane::critical, 9}, Credit{Lane::high, 5}, Credit{Lane::normal, 3},
                                              Credit{Lane::low, 2}));
}

TEST(LanePlanner, UnusedSharesGoToTheLaneWithWork) {
    LanePlanner planner(LaneOrder::weighted, kWeights);
    planner.report(Lane::critical, 9, 0);
    planner.report(Lane::high, 5, 1);
    planner.report(Lane::normal, 3, 3);
    planner.report(Lane::low, 2, 0);
    EXPECT_THAT(planner.plan(15), ElementsAre(Credit{Lane::critical, 1}, Credit{Lane::high, 1},
                                              Credit{Lane::normal, 12}, Credit{Lane::low, 1}));
}

TEST(LanePlanner, OnePassOverEmptyLanesIsEnoughToKnow) {
    LanePlanner planner(LaneOrder::weighted, kWeights);
    Lanes lanes;
    EXPECT_EQ(lanes.round(planner, 16), 0);
    EXPECT_TRUE(planner.all_empty());
    planner.woken();
    EXPECT_FALSE(planner.all_empty());
}

TEST(LanePlanner, FewSlotsReadOneLaneAtATimeAndFallThrough) {
    LanePlanner planner(LaneOrder::weighted, kWeights);
    Lanes lanes;
    for (int i = 0; i < 4; ++i) {
        EXPECT_FALSE(planner.all_empty());
        EXPECT_EQ(lanes.round(planner, 1), 0);
    }
    EXPECT_TRUE(planner.all_empty());
}

TEST(LanePlanner, ATaskCostsAtMostTwoReadsWhileALaneHasWork) {
    for (auto const busy : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
        LanePlanner planner(LaneOrder::weighted, kWeights);
        Lanes lanes;
        lanes.waiting[index(busy)] = kEndless;
        lanes.fill(planner, 1);
        for (int i = 0; i < 100; ++i) {
            lanes.reads = 0;
            ASSERT_EQ(lanes.fill(planner, 1), 1);
            EXPECT_LE(lanes.reads, 2);
        }
    }
}

TEST(LanePlanner, BusyLanesShareByWeight) {
    for (int const free : {1, 2, 3, 4, 5, 7, 15, 16, 100, 1'000}) {
        LanePlanner planner(LaneOrder::weighted, kWeights);
        Lanes lanes;
        lanes.waiting.fill(kEndless);
        int slots = 0;
        while (slots < 10'000)
            slots += lanes.fill(planner, free);
        for (std::size_t i = 0; i < kLanes; ++i) {
            double const expected = slots * kWeights[i] / 15.0;
            EXPECT_NEAR(lanes.served[i], expected, 0.05 * expected) << "free " << free << " lane " << i;
        }
    }
}

TEST(LanePlanner, BusyLanesShareByWeightWhileOthersAreEmpty) {
    for (int const free : {1, 3, 4, 16, 200}) {
        LanePlanner planner(LaneOrder::weighted, kWeights);
        Lanes lanes;
        lanes.waiting = {0, kEndless, 0, kEndless};
        int slots = 0;
        while (slots < 10'000)
            slots += lanes.fill(planner, free);
        EXPECT_NEAR(lanes.served[1], slots * 0.8, slots * 0.04) << "free " << free;
        EXPECT_NEAR(lanes.served[3], slots * 0.2, slots * 0.01) << "free " << free;
    }
}

TEST(LanePlanner, ALaneThatWasAloneIsNotPunishedAfterwards) {
    LanePlanner planner(LaneOrder::weighted, kWeights);
    Lanes lanes;
    lanes.waiting[index(Lane::low)] = kEndless;
    for (int i = 0; i < 100; ++i)
        lanes.fill(planner, 1'000);
    lanes.waiting[index(Lane::critical)] = kEndless;
    lanes.fill(planner, 1'000);
    lanes.served = {};
    for (int i = 0; i < 9; ++i)
        lanes.fill(planner, 10);
    EXPECT_NEAR(lanes.served[index(Lane::low)], 10, 3);
}

TEST(LanePlanner, ALaneThatWasEmptyHasSavedNoTurns) {
    LanePlanner planner(LaneOrder::weighted, kWeights);
    Lanes lanes;
    lanes.waiting[index(Lane::normal)] = kEndless;
    for (int i = 0; i < 1'000; ++i)
        lanes.fill(planner, 3);
    lanes.waiting[index(Lane::high)] = kEndless;
    lanes.served = {};
    for (int i = 0; i < 10; ++i)
        lanes.fill(planner, 3);
    EXPECT_NEAR(lanes.served[index(Lane::normal)], 10, 4);
}

// Random arrivals and slots: the sum stays in its bound, no slot stays free while a lane has work, and a lane with work
// is served within a bound.
TEST(LanePlanner, NoLaneStarves) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        core::Random random(seed);
        std::array<int, kLanes> weights{};
        for (int& weight : weights)
            weight = 1 + static_cast<int>(random.below(20));
        int const sum = std::accumulate(weights.begin(), weights.end(), 0);
        LanePlanner planner(LaneOrder::weighted, weights);
        Lanes lanes;
        std::array<int, kLanes> unserved{};  // slots given to others while the lane had work
        for (int step = 0; step < 300; ++step) {
            for (int& waiting : lanes.waiting) {
                if (random.below(3) == 0) waiting += static_cast<int>(random.below(30));
            }
            int const free = 1 + static_cast<int>(random.below(random.below(2) == 0 ? 3 : 40));
            auto const before = lanes;
            int const total = std::accumulate(before.waiting.begin(), before.waiting.end(), 0);
            planner.woken();
            int const filled = lanes.fill(planner, free);
            ASSERT_EQ(filled, std::min(free, total)) << "seed " << seed;
            for (std::size_t i = 0; i < kLanes; ++i) {
                bool const served = lanes.served[i] > before.served[i];
                unserved[i] = served || before.waiting[i] == 0 ? 0 : unserved[i] + filled;
                ASSERT_LE(unserved[i], 4 * (sum + 40)) << "seed " << seed << " lane " << i;
            }
        }
    }
}

TEST(LanePlanner, StrictServesALaneOnlyWhenThoseAboveAreEmpty) {
    LanePlanner planner(LaneOrder::strict, kWeights);
    Lanes lanes;
    lanes.waiting = {20, 5, 0, 7};
    EXPECT_EQ(lanes.round(planner, 16), 16);
    EXPECT_THAT(lanes.served, ElementsAre(16, 0, 0, 0));
    EXPECT_EQ(lanes.fill(planner, 8), 8);
    EXPECT_THAT(lanes.served, ElementsAre(20, 4, 0, 0));
    lanes.waiting[0] = 1;
    EXPECT_EQ(lanes.fill(planner, 4), 4);
    EXPECT_THAT(lanes.served, ElementsAre(21, 5, 0, 2));
    EXPECT_EQ(lanes.fill(planner, 100), 5);
    EXPECT_TRUE(planner.all_empty());
}

TEST(LanePlanner, StrictGivesAllSlotsToOneLane) {
    LanePlanner planner(LaneOrder::strict, kWeights);
    EXPECT_THAT(planner.plan(16), ElementsAre(Credit{Lane::critical, 16}));
    planner.report(Lane::critical, 16, 0);
    EXPECT_THAT(planner.plan(16), ElementsAre(Credit{Lane::high, 16}));
    planner.report(Lane::high, 16, 16);
    EXPECT_THAT(planner.plan(2), ElementsAre(Credit{Lane::critical, 2}));
}

TEST(LanePlanner, FailedReadsCostNothing) {
    LanePlanner planner(LaneOrder::weighted, kWeights);
    for (std::size_t i = 0; i < kLanes; ++i)
        planner.report(static_cast<Lane>(i), 1, 1);
    auto const first = planner.plan(5);
    EXPECT_EQ(planner.plan(5), first);  // never reported: planned again
}

TEST(LanePlanner, ReportsOfBlockingReadsTellWhereWorkIs) {
    LanePlanner planner(LaneOrder::weighted, kWeights);
    Lanes lanes;
    lanes.round(planner, 8);
    ASSERT_TRUE(planner.all_empty());
    planner.woken();
    planner.report(Lane::low, 1, 1);
    EXPECT_THAT(planner.plan(8), ElementsAre(Credit{Lane::critical, 1}, Credit{Lane::high, 1}, Credit{Lane::normal, 1},
                                             Credit{Lane::low, 5}));
}

TEST(LanePlanner, WeightsOutsideTheirBoundsAreClamped) {
    LanePlanner planner(LaneOrder::weighted, {-1, 0, 2'000'000'000, 1});
    Lanes lanes;
    lanes.waiting.fill(kEndless);
    for (int i = 0; i < 100; ++i)
        lanes.fill(planner, 1'003);
    EXPECT_THAT(lanes.served,
                ElementsAre(::testing::Gt(50), ::testing::Gt(50), ::testing::Gt(90'000), ::testing::Gt(50)));
}

}  // namespace
}  // namespace leat::tasks
