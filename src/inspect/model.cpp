#include "inspect/model.hpp"

#include <algorithm>

namespace leat::inspect {

std::string_view to_string(AgentCondition condition) noexcept {
    switch (condition) {
        case AgentCondition::served:
            return "served";
        case AgentCondition::paused:
            return "paused";
        case AgentCondition::unserved:
            return "unserved";
        case AgentCondition::unknown:
            return "unknown";
        case AgentCondition::corrupt:
            return "corrupt";
    }
    return "unknown";
}

AgentCondition AgentInfo::condition() const noexcept {
    if (!problem.empty()) return AgentCondition::corrupt;
    if (control.paused) return AgentCondition::paused;
    if (workers > 0) return AgentCondition::served;
    bool const holds_anything = depth.ready() + depth.running() + depth.scheduled + depth.results + depth.dead > 0;
    return registered || holds_anything ? AgentCondition::unserved : AgentCondition::unknown;
}

std::int64_t AgentPending::count() const noexcept {
    std::int64_t sum = 0;
    for (auto const& worker : workers)
        sum += worker.count;
    return sum;
}

namespace {

std::int64_t longest(std::vector<store::PendingByWorker> const& workers, std::int64_t store::PendingByWorker::*age) {
    std::int64_t longest = 0;
    for (auto const& worker : workers)
        longest = std::max(longest, worker.*age);
    return longest;
}

}  // namespace

std::int64_t AgentPending::oldest_idle_ms() const noexcept {
    return longest(workers, &store::PendingByWorker::oldest_idle_ms);
}

std::int64_t AgentPending::oldest_running_ms() const noexcept {
    return longest(workers, &store::PendingByWorker::oldest_running_ms);
}

}  // namespace leat::inspect
