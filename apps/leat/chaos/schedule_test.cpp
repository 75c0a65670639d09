// The schedule: the same seed gives the same faults, and every chosen fault gets its turn.
#include "chaos/schedule.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "chaos/fault.hpp"

namespace leat::cli::chaos {
namespace {

using namespace std::chrono_literals;

std::vector<std::tuple<std::size_t, std::int64_t, std::uint64_t>> draw(std::uint64_t seed, std::size_t faults,
                                                                       std::size_t count) {
    Schedule schedule(seed, faults, 2000ms);
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
