#pragma once
// What deserves somebody's attention: the memory that keeps the findings of alert_rules.hpp from flapping. A condition
// is pending until it has lasted, fires, and is resolved once it has been over for as long. No I/O.
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/alert_rules.hpp"
#include "leat/json.hpp"

namespace leat::inspect {

enum class AlertState : std::uint8_t { pending, firing, resolved };
[[nodiscard]] std::string_view to_string(AlertState state) noexcept;

struct Alert {
    AlertKind kind = AlertKind::no_worker;
    std::string agent{};  // empty: the installation
    AlertSeverity severity = AlertSeverity::warning;
    AlertState state = AlertState::pending;
    std::string text{};  // a sentence, of the last look; names in it are untrusted
    double value = 0;    // tasks, ms or a share, as the kind says
    double limit = 0;    // 0: there is none
    // This machine's clock, ms since the epoch; 0: not yet.
    std::int64_t since = 0;  // the first look that found it
    std::int64_t fired_at = 0;
    std::int64_t resolved_at = 0;
};
[[nodiscard]] json json_of(Alert const& alert);

// One moment by both clocks.
struct AlertTime {
    std::chrono::steady_clock::time_point at{};  // what durations are judged by
    std::int64_t wall_ms = 0;                    // what is shown
};

class Alerts {
  public:
    static constexpr std::size_t kResolvedKept = 100;

    explicit Alerts(AlertRules rules) : rules_(std::move(rules)) {}

    // Judges one look; without `overview` Redis did not answer, and `why` says what was in the way: then nothing is
    // said about agents. Answers what began to fire and what was resolved, in that order. Cost: O(agents).
    std::vector<Alert> step(Overview const* overview, std::string_view why, AlertTime now);
    // An alert that fires already, as another server told, or this one before a restart. Nothing for what is known.
    void adopt(AlertKind kind, std::string_view agent, std::int64_t fired_at);

    // Pending and firing, those that fire first, then the critical ones.
    [[nodiscard]] std::vector<Alert> active() const;
    [[nodiscard]] std::vector<Alert> firing() const;
    // The last ones, the newest first.
    [[nodiscard]] std::deque<Alert> const& resolved() const noexcept { return resolved_; }
    [[nodiscard]] AlertRules const& rules() const noexcept { return rules_; }

  private:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Key = std::pair<AlertKind, std::string>;
    struct Tracked {
        Alert alert;
        TimePoint found{};                      // when it was first found
        std::optional<TimePoint> gone_since{};  // firing, and not found any more since
    };

    void note(AlertFinding finding, AlertTime now, std::vector<Alert>& changes);
    void note_absence(Tracked& tracked, AlertTime now, std::vector<Alert>& ended);

    AlertRules rules_;
    DeathRates deaths_;
    std::map<Key, Tracked> tracked_;
    std::deque<Alert> resolved_;
};

}  // namespace leat::inspect
