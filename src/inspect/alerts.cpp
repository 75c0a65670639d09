#include "inspect/alerts.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "inspect/model_json.hpp"

namespace leat::inspect {
namespace {

json number(double value) {
    constexpr double kWholeMax = 9e15;
    if (std::abs(value) < kWholeMax && std::trunc(value) == value) return static_cast<std::int64_t>(value);
    return value;
}

// While Redis is away nobody knows how the rest is.
bool can_tell(AlertKind kind, bool answered) noexcept {
    return answered || kind == AlertKind::redis_down;
}

}  // namespace

std::string_view to_string(AlertState state) noexcept {
    switch (state) {
        case AlertState::pending:
            return "pending";
        case AlertState::firing:
            return "firing";
        case AlertState::resolved:
            return "resolved";
    }
    return "unknown";
}

json json_of(Alert const& alert) {
    return {{"alert", to_string(alert.kind)},
            {"agent", alert.agent.empty() ? json(nullptr) : json(alert.agent)},
            {"severity", to_string(alert.severity)},
            {"state", to_string(alert.state)},
            {"text", alert.text},
            {"value", number(alert.value)},
            {"limit", alert.limit == 0 ? json(nullptr) : number(alert.limit)},
            {"since", time_or_null(alert.since)},
            {"fired_at", time_or_null(alert.fired_at)},
            {"resolved_at", time_or_null(alert.resolved_at)}};
}

std::vector<Alert> Alerts::step(Overview const* overview, std::string_view why, AlertTime now) {
    std::vector<Alert> changes;
    if (!rules_.enabled) return changes;
    auto findings =
        overview != nullptr ? find_alerts(*overview, rules_, deaths_, now.at) : find_redis_down(rules_, why);
    std::set<Key> found;
    for (auto& finding : findings) {
        found.emplace(finding.kind, finding.agent);
        note(std::move(finding), now, changes);
    }
    for (auto at = tracked_.begin(); at != tracked_.end();) {
        auto& [key, tracked] = *at;
        if (!found.contains(key)) {
            // What was pending has to last anew: nobody saw whether it did.
            if (tracked.alert.state == AlertState::pending) {
                at = tracked_.erase(at);
                continue;
            }
            if (can_tell(key.first, overview != nullptr)) note_absence(tracked, now, changes);
            if (tracked.alert.state == AlertState::resolved) {
                at = tracked_.erase(at);
                continue;
            }
        }
        ++at;
    }
    return changes;
}

void Alerts::note(AlertFinding finding, AlertTime now, std::vector<Alert>& changes) {
    Key key(finding.kind, finding.agent);
    auto known = tracked_.find(key);
    if (known == tracked_.end()) {
        if (!finding.over) return;  // below the limit, and nothing has fired: hysteresis is for what fires
        Tracked fresh;
        fresh.alert.kind = finding.kind;
        fresh.alert.agent = finding.agent;
        fresh.alert.since = now.wall_ms;
        fresh.found = now.at;
        known = tracked_.emplace(std::move(key), std::move(fresh)).first;
    }
    auto& [alert, first_found, gone_since] = known->second;
    if (!finding.over && alert.state == AlertState::pending) {
        tracked_.erase(known);
        return;
    }
    gone_since.reset();
    alert.severity = finding.severity;
    alert.text = std::move(finding.text);
    alert.value = finding.value;
    alert.limit = finding.limit;
    bool const lasted = finding.at_once || now.at - first_found >= rules_.hold;
    if (alert.state != AlertState::pending || !lasted) return;
    alert.state = AlertState::firing;
    alert.fired_at = now.wall_ms;
    changes.push_back(alert);
}

void Alerts::note_absence(Tracked& tracked, AlertTime now, std::vector<Alert>& ended) {
    if (!tracked.gone_since) tracked.gone_since = now.at;
    if (now.at - *tracked.gone_since < rules_.hold) return;
    tracked.alert.state = AlertState::resolved;
    tracked.alert.resolved_at = now.wall_ms;
    ended.push_back(tracked.alert);
    resolved_.push_front(tracked.alert);
    if (resolved_.size() > kResolvedKept) resolved_.pop_back();
}

void Alerts::adopt(AlertKind kind, std::string_view agent, std::int64_t fired_at) {
    Tracked told;
    told.alert.kind = kind;
    told.alert.agent = agent;
    told.alert.state = AlertState::firing;
    told.alert.text = "It fired before this server was started.";
    told.alert.since = fired_at;
    told.alert.fired_at = fired_at;
    tracked_.try_emplace(Key(kind, agent), std::move(told));
}

std::vector<Alert> Alerts::active() const {
    std::vector<Alert> all;
    for (auto const& [key, tracked] : tracked_)
        all.push_back(tracked.alert);
    std::ranges::stable_sort(all, {}, [](Alert const& alert) {
        return std::tuple(alert.state != AlertState::firing, alert.severity != AlertSeverity::critical);
    });
    return all;
}

std::vector<Alert> Alerts::firing() const {
    auto all = active();
    std::erase_if(all, [](Alert const& alert) { return alert.state != AlertState::firing; });
    return all;
}

}  // namespace leat::inspect
