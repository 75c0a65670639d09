#include "store/keys.hpp"

namespace leat::store {
namespace {

constexpr std::string_view kTask = "task:";
constexpr std::string_view kDead = "dead";

std::string joined(auto const&... parts) {
    std::string text;
    (text.append(parts), ...);
    return text;
}

}  // namespace

std::string AgentKeys::task(std::string_view id) const {
    return joined(task_prefix, id);
}

std::string AgentKeys::stats_minute(std::int64_t minute) const {
    return joined(stats, ":", std::to_string(minute));
}

bool AgentKeys::has_own_dead() const {
    auto const base = std::string_view(task_prefix).substr(0, task_prefix.size() - kTask.size());
    return dead == joined(base, kDead);
}

AgentKeys KeySpace::agent(std::string_view name, std::string_view results, std::string_view dead) const {
    auto const base = joined(prefix_, ":{", name, "}:");
    AgentKeys keys;
    keys.agent = name;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        keys.ready[lane] = joined(base, "ready:", to_string(static_cast<Lane>(lane)));
    }
    keys.scheduled = joined(base, "scheduled");
    keys.results = results.empty() ? joined(base, "results") : std::string(results);
    keys.dead = dead.empty() ? joined(base, kDead) : std::string(dead);
    keys.stats = joined(base, "stats");
    keys.control = joined(base, "control");
    keys.auditor = joined(base, "auditor");
    keys.log = joined(base, "log");
    keys.control_channel = joined(base, "control");
    keys.done_channel = joined(base, "done");
    keys.task_prefix = joined(base, kTask);
    return keys;
}

std::string KeySpace::agents() const {
    return joined(prefix_, ":agents");
}

std::string KeySpace::workers() const {
    return joined(prefix_, ":workers");
}

std::string KeySpace::worker(std::string_view consumer) const {
    return joined(prefix_, ":worker:", consumer);
}

std::string KeySpace::worker_channel(std::string_view consumer) const {
    return joined(prefix_, ":worker:", consumer);
}

std::string KeySpace::epoch() const {
    return joined(prefix_, ":epoch");
}

std::string KeySpace::front_dead() const {
    return joined(prefix_, ":front:dead");
}

std::string KeySpace::front_stats() const {
    return joined(prefix_, ":front:stats");
}

}  // namespace leat::store
