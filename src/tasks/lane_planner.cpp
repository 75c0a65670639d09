#include "tasks/lane_planner.hpp"

#include <algorithm>
#include <limits>

namespace leat::tasks {
namespace {

constexpr std::int64_t kUnit = std::int64_t{1} << 24U;  // one slot at weight 1; divides finely enough by kWeightMax
constexpr int kRoundSlots = static_cast<int>(kLanes);   // from here on every lane can be in one round

}  // namespace

LanePlanner::LanePlanner(LaneOrder order, std::array<int, kLanes> const& weights) : order_(order), lanes_{} {
    for (std::size_t i = 0; i < kLanes; ++i) {
        lanes_[i].weight = std::clamp(weights[i], 1, kWeightMax);
        lanes_[i].stride = kUnit / lanes_[i].weight;
    }
}

std::vector<Credit> LanePlanner::plan(int free) {
    if (free < 1) return {};
    if (all_empty()) woken();
    settle_unreported();
    auto credits = order_ == LaneOrder::strict || free < kRoundSlots ? plan_one(free) : plan_round(free);
    for (auto const& [lane, count] : credits) {
        auto& state = lanes_[static_cast<std::size_t>(lane)];
        state.planned = count;
        state.used += count * state.stride;
    }
    return credits;
}

// Every lane at once. Where no lane is known to have work, all are probed and share the rest.
std::vector<Credit> LanePlanner::plan_round(int free) const {
    bool const known = any_has_work();
    std::array<int, kLanes> counts{};
    std::array<bool, kLanes> shares{};
    auto used = std::array<std::int64_t, kLanes>{};
    int weights = 0;
    for (std::size_t i = 0; i < kLanes; ++i) {
        used[i] = lanes_[i].used;
        shares[i] = lanes_[i].has_work || !known;
        if (shares[i]) weights += lanes_[i].weight;
        if (!lanes_[i].has_work) {
            counts[i] = 1;
            --free;
        }
    }
    // Whole turns keep the order of `used`, so only the remainder needs to be handed out one by one.
    int const turns = free / weights;
    for (std::size_t i = 0; i < kLanes; ++i) {
        if (shares[i]) counts[i] += turns * lanes_[i].weight;
    }
    for (int left = free % weights; left > 0; --left) {
        std::size_t next = kLanes;
        for (std::size_t i = 0; i < kLanes; ++i) {
            if (shares[i] && (next == kLanes || used[i] < used[next])) next = i;
        }
        ++counts[next];
        used[next] += lanes_[next].stride;
    }
    std::vector<Credit> credits;
    credits.reserve(kLanes);
    for (std::size_t i = 0; i < kLanes; ++i) {
        if (counts[i] > 0) credits.push_back({static_cast<Lane>(i), counts[i]});
    }
    return credits;
}

// One lane of those not yet seen short in this pass. After one vain read, lanes with work come first: a task costs at
// most two reads while there is any.
std::vector<Credit> LanePlanner::plan_one(int free) const {
    bool const only_work =
        std::ranges::any_of(lanes_, &State::short_now) &&
        std::ranges::any_of(lanes_, [](State const& lane) { return lane.has_work && !lane.short_now; });
    std::size_t next = kLanes;
    for (std::size_t i = 0; i < kLanes; ++i) {
        if (lanes_[i].short_now) continue;
        if (order_ == LaneOrder::strict) {
            next = i;
            break;
        }
        if (only_work && !lanes_[i].has_work) continue;
        if (next == kLanes || lanes_[i].used < lanes_[next].used) next = i;
    }
    return {{static_cast<Lane>(next), free}};
}

void LanePlanner::report(Lane lane, int asked, int got) {
    auto& state = lanes_[static_cast<std::size_t>(lane)];
    state.used += (std::max(got, 0) - state.planned) * state.stride;
    state.planned = 0;
    if (got >= asked) {
        if (!state.has_work && any_has_work()) state.used = std::max(state.used, least_used_with_work());
        state.has_work = true;
        woken();
        return;
    }
    state.has_work = false;
    state.short_now = true;
    // A vain read costs a turn, so that probes go round.
    if (any_has_work()) state.used = std::max(state.used, least_used_with_work() + state.stride);
}

bool LanePlanner::all_empty() const noexcept {
    return std::ranges::all_of(lanes_, &State::short_now);
}

void LanePlanner::woken() noexcept {
    for (auto& lane : lanes_)
        lane.short_now = false;
}

bool LanePlanner::any_has_work() const noexcept {
    return std::ranges::any_of(lanes_, &State::has_work);
}

std::int64_t LanePlanner::least_used_with_work() const noexcept {
    auto least = std::numeric_limits<std::int64_t>::max();
    for (auto const& lane : lanes_) {
        if (lane.has_work) least = std::min(least, lane.used);
    }
    return least;
}

// Refunds what failed reads were given and keeps `used` small for ever. Without work anywhere there is nothing to
// remember.
void LanePlanner::settle_unreported() noexcept {
    bool const idle = !any_has_work();
    for (auto& lane : lanes_) {
        lane.used = idle ? 0 : lane.used - lane.planned * lane.stride;
        lane.planned = 0;
    }
    auto const least = std::ranges::min(lanes_, {}, &State::used).used;
    for (auto& lane : lanes_)
        lane.used -= least;
}

}  // namespace leat::tasks
