#include "alert_run.hpp"

#include <utility>

#include "core/escape.hpp"
#include "inspect/model_json.hpp"
#include "text.hpp"
#include "token_file.hpp"

namespace leat::cli {
namespace {

constexpr std::size_t kAlertDetailBytes = 1'024;

Milliseconds ms_of(std::optional<std::uint64_t> seconds) {
    return std::chrono::seconds{static_cast<std::int64_t>(seconds.value_or(0))};
}

inspect::AlertLimits limits_of(config::AlertsConfig const& alerts) {
    inspect::AlertLimits limits;
    limits.pending = alerts.pending.value_or(0);
    limits.ready_age = ms_of(alerts.ready_age);
    limits.running_age = ms_of(alerts.running_age);
    limits.overdue = ms_of(alerts.overdue);
    limits.unrenewed = alerts.unrenewed;
    limits.dead = alerts.dead;
    limits.dead_share = alerts.dead_share;
    limits.no_worker = alerts.no_worker;
    limits.full = alerts.full;
    return limits;
}

// The limits of an agent: its own, and the others'.
inspect::AlertLimits limits_of(inspect::AlertLimits limits, config::AgentAlertsConfig const& own) {
    if (own.pending) limits.pending = *own.pending;
    if (own.ready_age) limits.ready_age = ms_of(own.ready_age);
    if (own.running_age) limits.running_age = ms_of(own.running_age);
    if (own.dead) limits.dead = *own.dead;
    return limits;
}

// Why it fires, or why it could not be posted.
std::string_view detail_of(http::AlertRecord const& record) {
    return record.detail.empty() ? std::string_view(record.alert.text) : record.detail;
}

}  // namespace

Result<http::AlertOptions> alert_options(config::Config const& config) {
    auto const& alerts = config.alerts;
    auto secret = read_token(alerts.webhook_secret_file);
    if (!secret) return std::unexpected(secret.error());
    http::AlertOptions options;
    options.every = alerts.every;
    options.webhook.url = alerts.webhook_url;
    options.webhook.secret = std::move(*secret);
    options.webhook.repeat = alerts.repeat;
    auto& rules = options.rules;
    rules.enabled = alerts.enabled;
    rules.limits = limits_of(alerts);
    rules.memory = alerts.memory;
    rules.redis = alerts.redis;
    rules.hold = alerts.hold;
    rules.dead_window = alerts.dead_window;
    for (auto const& [name, agent] : config.agents)
        rules.agents[name] = limits_of(rules.limits, agent.alerts);
    return options;
}

std::string alert_text(http::AlertRecord const& record) {
    auto const& alert = record.alert;
    std::string text = "alert_";
    text.append(record.event).append(" alert=").append(to_string(alert.kind));
    if (!alert.agent.empty()) text += " agent=" + core::printable(alert.agent);
    text.append(" severity=").append(to_string(alert.severity));
    return text + " detail=" + quoted(detail_of(record), kAlertDetailBytes);
}

std::string alert_json(http::AlertRecord const& record) {
    auto const& alert = record.alert;
    json object = {{"event", "alert_" + std::string(record.event)},
                   {"alert", to_string(alert.kind)},
                   {"severity", to_string(alert.severity)},
                   {"detail", core::sanitize_utf8(detail_of(record), kAlertDetailBytes)}};
    if (!alert.agent.empty()) object["agent"] = alert.agent;
    return inspect::dump(object);
}

http::AlertListener alert_log(std::shared_ptr<spdlog::logger> logger, LogForm form) {
    return [logger = std::move(logger), form](http::AlertRecord const& record) {
        bool const loud = record.event == "firing" || record.event == "post_failed";
        logger->log(loud ? spdlog::level::warn : spdlog::level::info,
                    form == LogForm::json ? alert_json(record) : alert_text(record));
    };
}

}  // namespace leat::cli
