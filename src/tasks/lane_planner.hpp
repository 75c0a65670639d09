#pragma once
// Which lanes to read next, and how much from each: weighted sharing without starvation, or strict order.
//
// The fetcher asks plan(), performs the reads in one round trip, and reports each of them. Two beliefs per lane steer
// it: whether the lane still held work at its last read, and whether it came back short in this pass. A pass ends when
// every lane came back short (all_empty(): wait for an entry in any lane) and starts afresh when one delivered all that
// was asked.
//
// Weighted sharing is stride scheduling: a lane's `used` grows by 1/weight with each slot it gets (slots that came back
// unused are refunded), and the lane that used least is next. A lane without work neither saves up turns nor falls
// behind.
#include <array>
#include <cstdint>
#include <vector>

#include "leat/options.hpp"
#include "leat/task.hpp"

namespace leat::tasks {

// How many entries to take from one lane.
struct Credit {
    Lane lane = Lane::normal;
    int count = 0;
    friend bool operator==(Credit const&, Credit const&) = default;
};

// One thread at a time. Cost of each call: O(sum of the weights) at most.
class LanePlanner {
  public:
    // Weights are taken as 1 to kWeightMax; `strict` ignores them.
    LanePlanner(LaneOrder order, std::array<int, kLanes> const& weights);
    static constexpr int kWeightMax = 1000;

    // The reads for `free` slots: each lane at most once, counts of 1 and more, their sum at most `free`; empty when
    // `free` is below 1. From 4 slots on, one pipelined round: lanes with work share by weight, each other lane is
    // probed with 1. Below 4 slots, and in strict order: one lane.
    [[nodiscard]] std::vector<Credit> plan(int free);

    // What one read returned, blocking reads included: 0 ≤ got; got ≥ asked means there may be more. Reads that failed
    // are not reported.
    void report(Lane lane, int asked, int got);

    // Every lane came back short since one last delivered in full: wait for an entry in any lane.
    [[nodiscard]] bool all_empty() const noexcept;

    // The wait ended, or the caller knows of new work: start a new pass.
    void woken() noexcept;

  private:
    struct State {
        std::int64_t used = 0;    // virtual time, in units of kUnit
        std::int64_t stride = 0;  // kUnit / weight
        int weight = 1;
        int planned = 0;         // slots of the last plan that were not reported yet
        bool has_work = false;   // the last read returned as much as was asked
        bool short_now = false;  // came back short in this pass
    };

    [[nodiscard]] std::vector<Credit> plan_round(int free) const;
    [[nodiscard]] std::vector<Credit> plan_one(int free) const;
    [[nodiscard]] bool any_has_work() const noexcept;
    [[nodiscard]] std::int64_t least_used_with_work() const noexcept;
    void settle_unreported() noexcept;

    LaneOrder order_;
    std::array<State, kLanes> lanes_;
};

}  // namespace leat::tasks
