#include "inspect/alert_rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace leat::inspect {
namespace {

constexpr double kClearShare = 0.9;       // what has fired is over below this share of its limit
constexpr double kMemoryCritical = 0.95;  // share of maxmemory
constexpr int kSamplesPerWindow = 20;

constexpr std::array<std::string_view, kAlertKinds> kNames{
    "no_worker",    "corrupt",           "full",         "renewals_stalled", "backlog_old",
    "running_long", "scheduler_late",    "pending_high", "dead_rate",        "redis_down",
    "memory_high",  "eviction_possible", "write_failed"};

std::string count_of(std::int64_t tasks) {
    return std::to_string(tasks) + (tasks == 1 ? " task" : " tasks");
}

// "40 s", "12 min", "5 h", "3 d"; cut, not rounded.
std::string duration_of(std::int64_t ms) {
    struct Unit {
        std::int64_t ms;
        std::int64_t below;  // used for less than this
        std::string_view name;
    };
    constexpr std::array<Unit, 4> kUnits{{{1'000, 120'000, " s"},
                                          {60'000, 120 * 60'000, " min"},
                                          {3'600'000, 48 * std::int64_t{3'600'000}, " h"},
                                          {86'400'000, INT64_MAX, " d"}}};
    for (auto const& unit : kUnits)
        if (ms < unit.below) return std::to_string(ms / unit.ms) + std::string(unit.name);
    return {};
}

std::string percent_of(double share) {
    return std::to_string(std::lround(share * 100)) + " %";
}

// Collects what is found of one agent.
class AgentLook {
  public:
    AgentLook(AgentInfo const& agent, AlertLimits const& limits, std::vector<AlertFinding>& findings)
        : agent_(agent), limits_(limits), findings_(findings) {}

    void look() {
        if (!agent_.problem.empty()) {
            auto& found = add(AlertKind::corrupt, 0, 0, agent_.agent + " cannot be read: " + agent_.problem + ".");
            found.severity = AlertSeverity::critical;
            found.at_once = true;
            return;
        }
        look_at_workers();
        look_at_ages();
        look_at_counts();
    }

    void look_at_deaths(DeathRates::Rate rate, Milliseconds window) {
        if (limits_.dead <= 0 || rate.dead == 0) return;
        auto const dead = static_cast<double>(rate.dead);
        bool const many = rate.dead > limits_.dead;
        bool const much = dead > limits_.dead_share * static_cast<double>(rate.ended);
        bool const near = dead > kClearShare * static_cast<double>(limits_.dead);
        if (!near || !much) return;
        auto& found =
            add(AlertKind::dead_rate, dead, static_cast<double>(limits_.dead),
                count_of(rate.dead) + " of " + agent_.agent + " died within " + duration_of(window.count()) + ", " +
                    percent_of(dead / static_cast<double>(std::max<std::int64_t>(1, rate.ended))) + " of what ended.");
        found.over = many;
        found.at_once = true;
    }

  private:
    AlertFinding& add(AlertKind kind, double value, double limit, std::string text) {
        auto& finding = findings_.emplace_back();
        finding.kind = kind;
        finding.agent = agent_.agent;
        finding.value = value;
        finding.limit = limit;
        finding.text = std::move(text);
        return finding;
    }
    // Where `value` is above the limit, or near it.
    AlertFinding* add_above(AlertKind kind, double value, double limit, std::string text) {
        if (limit <= 0 || value <= kClearShare * limit) return nullptr;
        auto& finding = add(kind, value, limit, std::move(text));
        finding.over = value > limit;
        return &finding;
    }
    // An age that is above its limit has lasted.
    void add_age(AlertKind kind, std::int64_t age, Milliseconds limit, std::string text) {
        auto* const found =
            add_above(kind, static_cast<double>(age), static_cast<double>(limit.count()), std::move(text));
        if (found != nullptr) found->at_once = true;
    }

    void look_at_workers() {
        auto const& depth = agent_.depth;
        auto const held = depth.ready() + depth.running();
        bool const overdue = depth.next_due_in_ms.value_or(0) < 0;
        if (limits_.no_worker && agent_.condition() == AgentCondition::unserved && (held > 0 || overdue)) {
            auto const stuck = held + (overdue ? depth.scheduled : 0);
            auto& found = add(AlertKind::no_worker, static_cast<double>(stuck), 0,
                              "No live worker serves " + agent_.agent + ": " + count_of(stuck) + " cannot go on.");
            found.severity = AlertSeverity::critical;
        }
        auto const lease = agent_.control.lease_ms.value_or(0);
        auto const silence = depth.oldest_idle_ms().value_or(0);
        auto const limit = static_cast<std::int64_t>(limits_.unrenewed * static_cast<double>(lease));
        add_age(AlertKind::renewals_stalled, silence, Milliseconds{limit},
                "A worker of " + agent_.agent + " has not renewed a lease of " + duration_of(lease) + " for " +
                    duration_of(silence) + ": it hangs, is overloaded or gone.");
    }

    void look_at_ages() {
        auto const& depth = agent_.depth;
        if (!agent_.control.paused) {
            auto const waited = depth.oldest_ready_ms().value_or(0);
            add_age(AlertKind::backlog_old, waited, limits_.ready_age,
                    "The oldest waiting task of " + agent_.agent + " has waited " + duration_of(waited) +
                        ": workers are too few or too slow.");
        }
        auto const ran = agent_.oldest_running_ms.value_or(0);
        add_age(AlertKind::running_long, ran, limits_.running_age,
                "An attempt of " + agent_.agent + " has been running for " + duration_of(ran) + ".");
        // Without a worker that is no_worker's to say.
        auto const late = agent_.condition() == AgentCondition::served ? -depth.next_due_in_ms.value_or(0) : 0;
        add_age(AlertKind::scheduler_late, late, limits_.overdue,
                "A scheduled task of " + agent_.agent + " has been due for " + duration_of(late) + ".");
    }

    void look_at_counts() {
        auto const& depth = agent_.depth;
        add_above(AlertKind::pending_high, static_cast<double>(depth.running()), static_cast<double>(limits_.pending),
                  count_of(depth.running()) + " of " + agent_.agent + " are handed out, to " +
                      std::to_string(agent_.slots) + " slots.");
        auto const most = agent_.control.max_waiting.value_or(0);
        auto const waiting = depth.ready() + depth.scheduled;
        if (!limits_.full || !agent_.control.max_waiting ||
            static_cast<double>(waiting) < kClearShare * static_cast<double>(most))
            return;
        auto& found = add(AlertKind::full, static_cast<double>(waiting), static_cast<double>(most),
                          agent_.agent + " holds " + count_of(waiting) + " of at most " + std::to_string(most) +
                              ": further ones are refused.");
        found.severity = AlertSeverity::critical;
        found.over = waiting >= most;
    }

    AgentInfo const& agent_;
    AlertLimits const& limits_;
    std::vector<AlertFinding>& findings_;
};

void look_at_server(store::ServerFacts const& server, AlertRules const& rules, std::vector<AlertFinding>& findings) {
    auto const used = static_cast<double>(server.used_memory_bytes);
    auto const share = server.maxmemory_bytes > 0 ? used / static_cast<double>(server.maxmemory_bytes) : 0;
    if (rules.memory > 0 && share > kClearShare * rules.memory) {
        AlertFinding found{.kind = AlertKind::memory_high, .value = share, .limit = rules.memory};
        found.text = "Redis uses " + percent_of(share) + " of its memory: when it is full, dispatches are refused.";
        found.over = share > rules.memory;
        if (share >= kMemoryCritical) found.severity = AlertSeverity::critical;
        findings.push_back(std::move(found));
    }
    if (!rules.redis) return;
    auto const& policy = server.maxmemory_policy;
    AlertFinding state{.severity = AlertSeverity::critical, .at_once = true};
    if (!policy.empty() && policy != "noeviction") {
        state.kind = AlertKind::eviction_possible;
        state.text = "Redis may evict keys (" + policy + "): evicted keys are lost tasks.";
        findings.push_back(state);
    }
    if (!server.save_ok || (server.aof_enabled && !server.aof_write_ok)) {
        state.kind = AlertKind::write_failed;
        state.text = "Redis could not write its data to disk (";
        state.text += server.save_ok ? "append-only file): " : "snapshot): ";
        state.text += "what it holds may be lost with it.";
        findings.push_back(state);
    }
}

std::int64_t total_of(store::Counters const& totals, std::string_view name) {
    auto const found = totals.find(name);
    return found == totals.end() ? 0 : std::max<std::int64_t>(0, found->second);
}

}  // namespace

std::string_view to_string(AlertKind kind) noexcept {
    auto const index = static_cast<std::size_t>(kind);
    return index < kNames.size() ? kNames[index] : "unknown";
}

std::optional<AlertKind> alert_kind_from_string(std::string_view name) noexcept {
    auto const* const found = std::ranges::find(kNames, name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<AlertKind>(found - kNames.begin());
}

std::string_view to_string(AlertSeverity severity) noexcept {
    return severity == AlertSeverity::critical ? "critical" : "warning";
}

AlertLimits const& AlertRules::limits_of(std::string_view agent) const {
    auto const own = agents.find(agent);
    return own == agents.end() ? limits : own->second;
}

DeathRates::Rate DeathRates::observe(std::string const& agent, store::Counters const& totals, Milliseconds window,
                                     TimePoint now) {
    Sample const sample{.at = now,
                        .dead = total_of(totals, "dead"),
                        .ended = total_of(totals, "succeeded") + total_of(totals, "dead") +
                                 total_of(totals, "cancelled") + total_of(totals, "expired")};
    auto const [known, fresh] = samples_.try_emplace(agent);
    auto& samples = known->second;
    // Counters that went back are those of other data.
    if (!samples.empty() && (sample.dead < samples.back().dead || sample.ended < samples.back().ended)) samples.clear();
    if (samples.empty()) {
        // An agent that was not there at the last look had ended nothing then.
        samples.push_back(fresh && looked_ ? Sample{.at = now} : sample);
    } else if (now - samples.back().at >= window / kSamplesPerWindow) {
        samples.push_back(sample);
    }
    while (samples.size() > 1 && now - samples[1].at >= window)
        samples.pop_front();
    return {.dead = sample.dead - samples.front().dead, .ended = sample.ended - samples.front().ended};
}

void DeathRates::end_of_look(std::vector<AgentInfo> const& agents) {
    looked_ = true;
    std::set<std::string_view> present;
    for (auto const& agent : agents)
        present.insert(agent.agent);
    std::erase_if(samples_, [&](auto const& entry) { return !present.contains(entry.first); });
}

std::vector<AlertFinding> find_alerts(Overview const& overview, AlertRules const& rules, DeathRates& deaths,
                                      DeathRates::TimePoint now) {
    std::vector<AlertFinding> findings;
    look_at_server(overview.server, rules, findings);
    for (auto const& agent : overview.agents) {
        AgentLook look(agent, rules.limits_of(agent.agent), findings);
        look.look();
        if (agent.problem.empty())
            look.look_at_deaths(deaths.observe(agent.agent, agent.totals, rules.dead_window, now), rules.dead_window);
    }
    deaths.end_of_look(overview.agents);
    return findings;
}

std::vector<AlertFinding> find_redis_down(AlertRules const& rules, std::string_view why) {
    if (!rules.redis) return {};
    AlertFinding found{.kind = AlertKind::redis_down, .severity = AlertSeverity::critical};
    found.text = "Redis does not answer, so nothing is dispatched or recorded: " + std::string(why);
    return {std::move(found)};
}

}  // namespace leat::inspect
