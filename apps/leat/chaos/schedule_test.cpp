// The schedule: the same seed gives the same faults, and every chosen fault gets its turn.
#include "chaos/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "chaos/fault.hpp"

namespace leat::cli::chaos {
namespace {

using namespace std::chrono_literals;

std::vector<std::tuple<std::size_t, std::int64_t, std::uint64_t>> draw(std::uint64_t seed, std::size_t faults,
                                                                       std::size_t count) {
    Schedule schedule(seed, std::vector<bool>(faults, false), 2000ms);
    std::vector<std::tuple<std::size_t, std::int64_t, std::uint64_t>> drawn;
    while (drawn.size() < count) {
        auto const planned = schedule.next();
        drawn.emplace_back(planned.fault, planned.pause.count(), planned.seed);
    }
    return drawn;
}

TEST(Schedule, TheSeedDecidesAll) {
    EXPECT_EQ(draw(7, 12, 100), draw(7, 12, 100));
    EXPECT_NE(draw(7, 12, 100), draw(8, 12, 100));
}

TEST(Schedule, EveryFaultComesOncePerRound) {
    auto const drawn = draw(3, 9, 27);
    for (std::size_t round = 0; round < 3; ++round) {
        std::set<std::size_t> seen;
        for (std::size_t i = 0; i < 9; ++i)
            seen.insert(std::get<0>(drawn[round * 9 + i]));
        EXPECT_EQ(seen.size(), 9U) << round;
    }
}

TEST(Schedule, PausesAreHalfALeaseToTwoLeases) {
    for (auto const& [fault, pause, seed] : draw(5, 3, 200)) {
        EXPECT_GE(pause, 1000);
        EXPECT_LE(pause, 4000);
    }
}

TEST(Schedule, WhatComesOnceComesEarly) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Schedule schedule(seed, {false, false, true, false, false, false}, 2000ms);
        std::vector<std::size_t> turns;
        for (std::size_t turn = 0; turn < 60; ++turn) {
            if (schedule.next().fault == 2) turns.push_back(turn);
        }
        ASSERT_EQ(turns.size(), 1U) << seed;
        EXPECT_LT(turns.front(), Schedule::kEarlyTurns) << seed;
    }
}

TEST(Schedule, WhatComesOnceComesAgainWhereThereIsNothingElse) {
    Schedule schedule(1, {true}, 2000ms);
    for (int turn = 0; turn < 3; ++turn)
        EXPECT_EQ(schedule.next().fault, 0U);
}

TEST(Faults, AListNamesThemOrLeavesThemOut) {
    auto const all = all_faults().size();
    EXPECT_EQ(choose_faults("all")->size(), all);
    EXPECT_EQ(choose_faults("none")->size(), 0U);
    EXPECT_EQ(choose_faults("worker-kill,failover,worker-kill")->size(), 2U);
    auto const most = choose_faults("all-but:redis-empty-restart,failover");
    ASSERT_TRUE(most.has_value());
    EXPECT_EQ(most->size(), all - 2);
    EXPECT_EQ(std::ranges::count(*most, find_fault("failover")), 0);
    for (auto const* const wrong : {"worker-kil", "all-but:", "all-but:worker-kil", "all,", "all-but"})
        EXPECT_EQ(choose_faults(wrong).has_value(), std::string_view(wrong) == "all-but:") << wrong;
}

TEST(Faults, NamesAreUniqueAndEveryOneCanRun) {
    std::set<std::string_view> names;
    for (auto const& fault : all_faults()) {
        EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
        EXPECT_NE(fault.run, nullptr) << fault.name;
        EXPECT_FALSE(fault.sentence.empty()) << fault.name;
        EXPECT_FALSE(fault.rows.empty()) << fault.name;
        EXPECT_EQ(find_fault(fault.name), &fault);
    }
    EXPECT_EQ(find_fault("nothing"), nullptr);
}

}  // namespace
}  // namespace leat::cli::chaos
