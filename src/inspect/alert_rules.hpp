#pragma once
// The rules of alerts: what one overview shows that somebody should look at. No I/O, no clock of its own.
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/model.hpp"
#include "leat/task.hpp"

namespace leat::inspect {

enum class AlertKind : std::uint8_t {
    no_worker,          // tasks wait and no live worker serves the agent. Value: tasks
    corrupt,            // a key of the agent holds what Leat did not write
    full,               // further tasks are refused. Value: tasks that wait
    renewals_stalled,   // a lease was not renewed in time. Value: ms
    backlog_old,        // the oldest waiting task is too old. Value: ms
    running_long,       // an attempt runs for too long. Value: ms
    scheduler_late,     // a scheduled task is overdue. Value: ms
    pending_high,       // too many tasks are handed out. Value: tasks
    dead_rate,          // too many tasks died. Value: tasks
    redis_down,         // Redis does not answer
    memory_high,        // Redis' memory is nearly used up. Value: share
    eviction_possible,  // Redis may evict keys
    write_failed,       // Redis could not write its data to disk
};
inline constexpr std::size_t kAlertKinds = static_cast<std::size_t>(AlertKind::write_failed) + 1;
[[nodiscard]] std::string_view to_string(AlertKind kind) noexcept;
[[nodiscard]] std::optional<AlertKind> alert_kind_from_string(std::string_view name) noexcept;

enum class AlertSeverity : std::uint8_t { warning, critical };
[[nodiscard]] std::string_view to_string(AlertSeverity severity) noexcept;

// Thresholds for one agent. 0 (or false): not watched.
struct AlertLimits {
    std::int64_t pending = 0;
    Milliseconds ready_age{std::chrono::minutes{5}};
    Milliseconds running_age{std::chrono::hours{1}};
    Milliseconds overdue{std::chrono::minutes{1}};
    double unrenewed = 0.8;    // share of the lease
    std::int64_t dead = 5;     // within AlertRules::dead_window …
    double dead_share = 0.05;  // … and more than this share of what ended
    bool no_worker = true;
    bool full = true;
};

struct AlertRules {
    bool enabled = true;
    AlertLimits limits{};                                      // of agents without their own
    std::map<std::string, AlertLimits, std::less<>> agents{};  // complete ones
    double memory = 0.8;                                       // share of maxmemory
    bool redis = true;                                         // redis_down, eviction_possible, write_failed
    Milliseconds hold{
        std::chrono::seconds{30}};  // how long a condition lasts before it fires, and is over before the end
    Milliseconds dead_window{std::chrono::minutes{10}};

    [[nodiscard]] AlertLimits const& limits_of(std::string_view agent) const;
};

// A condition that holds now.
struct AlertFinding {
    AlertKind kind = AlertKind::no_worker;
    std::string agent{};
    AlertSeverity severity = AlertSeverity::warning;
    bool over = true;      // false: below its limit, but not by enough to call it over
    bool at_once = false;  // it is proof enough that it was found: an age has lasted, a state does not flap
    double value = 0;
    double limit = 0;
    std::string text{};
};

// How many tasks of each agent died lately, from the totals of one overview after the other.
class DeathRates {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    struct Rate {
        std::int64_t dead = 0;
        std::int64_t ended = 0;
    };

    // Notes the totals and answers what was added within `window`, or since the first look where that is later.
    Rate observe(std::string const& agent, store::Counters const& totals, Milliseconds window, TimePoint now);
    // All agents of one look were observed: who is missing is forgotten, and new ones count from nothing.
    void end_of_look(std::vector<AgentInfo> const& agents);

  private:
    struct Sample {
        TimePoint at{};
        std::int64_t dead = 0;
        std::int64_t ended = 0;
    };
    std::map<std::string, std::deque<Sample>, std::less<>> samples_;  // the oldest first
    bool looked_ = false;
};

// What the overview shows.
[[nodiscard]] std::vector<AlertFinding> find_alerts(Overview const& overview, AlertRules const& rules,
                                                    DeathRates& deaths, DeathRates::TimePoint now);
// What there is to say while Redis does not answer.
[[nodiscard]] std::vector<AlertFinding> find_redis_down(AlertRules const& rules, std::string_view why);

}  // namespace leat::inspect
