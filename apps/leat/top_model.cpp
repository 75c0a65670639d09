#include "top_model.hpp"

#include <algorithm>
#include <array>

#include "http/metrics.hpp"
#include "inspect/model_json.hpp"
#include "text.hpp"

namespace leat::cli::top {
namespace {

using http::counter_of;

constexpr double kMinuteS = 60;
constexpr double kLeastS = 10;             // a rate over less says little
constexpr std::size_t kRecentMinutes = 5;  // whole ones that count as now
constexpr std::int64_t kMeterWindowMs = 10'000;
constexpr std::int64_t kMeterLeastMs = 900;
constexpr std::int64_t kLateMs = 10'000;  // overdue for longer than any sweep takes
constexpr double kMemoryShare = 0.8;
constexpr double kMemoryShareSevere = 0.95;

std::string plural(std::int64_t count, std::string_view what) {
    return grouped(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

void add_agent_troubles(inspect::AgentInfo const& agent, std::vector<Trouble>& troubles) {
    using inspect::AgentCondition;
    auto const tell = [&](bool severe, std::string text) {
        troubles.push_back({severe, agent.agent, std::move(text)});
    };
    if (!agent.problem.empty()) {
        tell(true, agent.agent + " cannot be read: " + agent.problem + ".");
        return;
    }
    auto const waiting = agent.depth.ready() + agent.depth.scheduled;
    auto const running = agent.depth.running();
    auto const condition = agent.condition();
    auto const idle = agent.depth.oldest_idle_ms();
    if (condition == AgentCondition::unserved && waiting + running > 0) {
        tell(true, "No live worker serves " + agent.agent + ": " + plural(waiting + running, "task") + " cannot go on" +
                       (agent.depth.oldest_ready_ms()
                            ? ", the oldest has waited for " + short_duration(*agent.depth.oldest_ready_ms())
                            : std::string()) +
                       ".");
    } else if (idle && agent.control.lease_ms && *idle > *agent.control.lease_ms) {
        tell(true, "A worker of " + agent.agent + " has been silent for " + short_duration(*idle) +
                       ", longer than its lease; its tasks are being taken over.");
    }
    if (condition == AgentCondition::paused && waiting > 0) {
        tell(false,
             agent.agent + " is paused while " + plural(waiting, "task") + (waiting == 1 ? " waits." : " wait."));
    }
    if (agent.control.max_waiting && waiting >= *agent.control.max_waiting)
        tell(true, agent.agent + " is full: further tasks are refused.");
    if (condition == AgentCondition::served && agent.depth.next_due_in_ms.value_or(0) < -kLateMs) {
        tell(false, "A scheduled task of " + agent.agent + " has been due for " +
                        short_duration(-*agent.depth.next_due_in_ms) + ".");
    }
}

void add_server_troubles(store::ServerFacts const& server, std::vector<Trouble>& troubles) {
    if (server.maxmemory_bytes > 0) {
        auto const share = static_cast<double>(server.used_memory_bytes) / static_cast<double>(server.maxmemory_bytes);
        if (share >= kMemoryShare) {
            troubles.push_back({share >= kMemoryShareSevere, "",
                                "Redis uses " + std::to_string(static_cast<int>(share * 100)) + "% of its " +
                                    short_bytes(server.maxmemory_bytes) +
                                    ": when it is full, dispatches are refused."});
        }
    }
    if (!server.maxmemory_policy.empty() && server.maxmemory_policy != "noeviction") {
        troubles.push_back(
            {true, "", "Redis may evict keys (" + server.maxmemory_policy + "): evicted keys are lost tasks."});
    }
}

json number_or_null(std::optional<double> const& value) {
    return value ? json(*value) : json(nullptr);
}

json json_of(Agent const& agent) {
    auto object = inspect::json_of(agent.info);
    object.erase("lanes");
    auto const& figures = agent.figures;
    object["rate_per_s"] = figures.rate;
    object["rates_per_s"] = figures.rates;
    object["p50_ms"] = number_or_null(figures.p50_ms);
    object["p99_ms"] = number_or_null(figures.p99_ms);
    object["error_share"] = number_or_null(figures.error_share);
    return object;
}

}  // namespace

std::int64_t ended_of(store::Counters const& counters) {
    std::int64_t sum = 0;
    for (auto const* const name : {"succeeded", "retried", "dead", "cancelled", "expired"})
        sum += counter_of(counters, name);
    return sum;
}

Figures figures_of(std::vector<store::MinuteCounters> const& minutes, std::int64_t now) {
    Figures figures;
    std::int64_t failed = 0;
    std::int64_t judged = 0;
    for (std::size_t i = 0; i < minutes.size(); ++i) {
        auto const& [minute, counters] = minutes[i];
        auto const passed_s = static_cast<double>(now - minute * kMsPerMinute) / 1'000;
        auto const seconds = i + 1 == minutes.size() ? std::clamp(passed_s, kLeastS, kMinuteS) : kMinuteS;
        figures.rates.push_back(static_cast<double>(ended_of(counters)) / seconds);
        auto const bad = counter_of(counters, "retried") + counter_of(counters, "dead");
        failed += bad;
        judged += bad + counter_of(counters, "succeeded");
        auto const run = http::histogram_of(counters, "run");
        if (run.count() == 0) continue;
        figures.p50_ms = run.percentile_ms(0.5);
        figures.p99_ms = run.percentile_ms(0.99);
    }
    if (judged > 0) figures.error_share = static_cast<double>(failed) / static_cast<double>(judged);
    auto const whole = figures.rates.empty() ? 0 : std::min(kRecentMinutes, figures.rates.size() - 1);
    double sum = 0;
    for (std::size_t i = 0; i < whole; ++i)
        sum += figures.rates[figures.rates.size() - 2 - i];
    if (whole > 0) figures.rate = sum / static_cast<double>(whole);
    return figures;
}

std::optional<double> RateMeter::add(std::int64_t now_ms, std::int64_t total) {
    if (!looks_.empty() && (total < looks_.back().total || now_ms < looks_.back().at_ms)) looks_.clear();
    looks_.push_back({now_ms, total});
    while (looks_.size() > 2 && now_ms - looks_[1].at_ms >= kMeterWindowMs)
        looks_.pop_front();
    auto const passed_ms = now_ms - looks_.front().at_ms;
    if (passed_ms < kMeterLeastMs) return std::nullopt;
    return static_cast<double>(total - looks_.front().total) * 1'000 / static_cast<double>(passed_ms);
}

Agent const* Model::agent(std::string_view name) const noexcept {
    auto const found = std::ranges::find_if(agents, [&](Agent const& agent) { return agent.info.agent == name; });
    return found == agents.end() ? nullptr : &*found;
}

std::vector<Trouble> troubles_of(Model const& model) {
    std::vector<Trouble> troubles;
    add_server_troubles(model.server, troubles);
    for (auto const& agent : model.agents)
        add_agent_troubles(agent.info, troubles);
    std::ranges::stable_partition(troubles, &Trouble::severe);
    return troubles;
}

json json_of(Model const& model) {
    auto agents = json::array();
    for (auto const& agent : model.agents)
        agents.push_back(json_of(agent));
    auto troubles = json::array();
    for (auto const& trouble : troubles_of(model)) {
        troubles.push_back({{"severe", trouble.severe},
                            {"agent", trouble.agent.empty() ? json(nullptr) : json(trouble.agent)},
                            {"text", trouble.text}});
    }
    return {{"now", model.now},
            {"agents", std::move(agents)},
            {"all_agents", model.all_agents},
            {"workers", model.workers.size()},
            {"redis",
             {{"kind", model.server.kind},
              {"version", model.server.version},
              {"used_memory_bytes", model.server.used_memory_bytes},
              {"maxmemory_bytes", model.server.maxmemory_bytes}}},
            {"troubles", std::move(troubles)}};
}

}  // namespace leat::cli::top
