#pragma once
// The options of alerts: the rows of [alerts], and of agents that are watched otherwise.
#include <array>

#include "config/checks.hpp"
#include "config/options_table.hpp"

namespace leat::config {

inline constexpr std::int64_t kAlertDay = 86'400'000;  // ms

inline constexpr auto kAlertOptions = std::to_array<GlobalOption>({
    {{"alerts.enabled", "LEAT_ALERTS", "", {}, "Watch the installation in `leat serve` and `leat dev`."},
     [](Config& config) -> Field { return &config.alerts.enabled; }},
    {{"alerts.every", "", "", {1'000, 300'000}, "How often to look while no page is open."},
     [](Config& config) -> Field { return &config.alerts.every; }},
    {{"alerts.hold",
      "LEAT_ALERTS_HOLD",
      "",
      {0, kAlertDay},
      "How long a condition lasts before it fires, and has been over before it is resolved. Ages need no further time "
      "to "
      "fire."},
     [](Config& config) -> Field { return &config.alerts.hold; }},
    {{"alerts.pending",
      "LEAT_ALERTS_PENDING",
      "",
      {0, 1'000'000'000},
      "`pending_high`: more tasks of one agent are handed out. Off, because an agent with more slots than that is just "
      "busy; 50 is what the article has that Leat comes from."},
     [](Config& config) -> Field { return &config.alerts.pending; }},
    {{"alerts.ready_age",
      "",
      "",
      {0, 366 * kAlertDay / 1'000},
      "`backlog_old`: the oldest waiting task has waited longer. Not of paused agents."},
     [](Config& config) -> Field { return Seconds{&config.alerts.ready_age}; }},
    {{"alerts.running_age",
      "",
      "",
      {0, 366 * kAlertDay / 1'000},
      "`running_long`: one attempt has run longer. Keep it above the agents' `timeout`."},
     [](Config& config) -> Field { return Seconds{&config.alerts.running_age}; }},
    {{"alerts.overdue", "", "", {0, 366 * kAlertDay / 1'000}, "`scheduler_late`: a scheduled task is later than that."},
     [](Config& config) -> Field { return Seconds{&config.alerts.overdue}; }},
    {{"alerts.unrenewed",
      "",
      "",
      {0, 100},
      "`renewals_stalled`: a lease was not renewed for this share of it. A healthy worker renews at a third."},
     [](Config& config) -> Field { return &config.alerts.unrenewed; }},
    {{"alerts.dead",
      "",
      "",
      {0, 1'000'000'000},
      "`dead_rate`: more tasks of one agent died within `alerts.dead_window`, and more than `alerts.dead_share`."},
     [](Config& config) -> Field { return &config.alerts.dead; }},
    {{"alerts.dead_share", "", "", {0, 1}, "Share of the tasks that ended within the window."},
     [](Config& config) -> Field { return &config.alerts.dead_share; }},
    {{"alerts.dead_window", "", "", {60'000, kAlertDay}, "How far `dead_rate` looks back."},
     [](Config& config) -> Field { return &config.alerts.dead_window; }},
    {{"alerts.no_worker", "", "", {}, "`no_worker`: tasks wait, and no live worker serves their agent."},
     [](Config& config) -> Field { return &config.alerts.no_worker; }},
    {{"alerts.full", "", "", {}, "`full`: an agent holds as many tasks as it may, and refuses further ones."},
     [](Config& config) -> Field { return &config.alerts.full; }},
    {{"alerts.memory", "", "", {0, 1}, "`memory_high`: Redis uses more than this share of its `maxmemory`."},
     [](Config& config) -> Field { return &config.alerts.memory; }},
    {{"alerts.redis",
      "",
      "",
      {},
      "`redis_down`, `eviction_possible`, `write_failed`: Redis does not answer, may evict keys, or could not write "
      "its "
      "data to disk."},
     [](Config& config) -> Field { return &config.alerts.redis; }},
    {{"alerts.webhook_url",
      "LEAT_ALERTS_WEBHOOK_URL",
      "",
      {.check = check_optional_web_url},
      "Where alerts are posted as JSON when they fire and when they are resolved. Empty: nowhere."},
     [](Config& config) -> Field { return Secret{&config.alerts.webhook_url}; }},
    {{"alerts.webhook_secret_file",
      "LEAT_ALERTS_WEBHOOK_SECRET_FILE",
      "",
      {},
      "File whose first line signs the posts: `X-Leat-Signature: sha256=…` is the HMAC-SHA256 of the body."},
     [](Config& config) -> Field { return Path{&config.alerts.webhook_secret_file}; }},
    {{"alerts.repeat", "", "", {60'000, 30 * kAlertDay}, "After how long an alert that still fires is posted again."},
     [](Config& config) -> Field { return &config.alerts.repeat; }},
});

inline constexpr auto kAgentAlertOptions = std::to_array<AgentOption>({
    {{"alert_pending", "", "", {0, 1'000'000'000}, "This agent's `alerts.pending`; 0: not watched."},
     [](AgentConfig& agent) -> Field { return &agent.alerts.pending; }},
    {{"alert_ready_age", "", "", {0, 366 * kAlertDay / 1'000}, "This agent's `alerts.ready_age`; 0s: not watched."},
     [](AgentConfig& agent) -> Field { return Seconds{&agent.alerts.ready_age}; }},
    {{"alert_running_age", "", "", {0, 366 * kAlertDay / 1'000}, "This agent's `alerts.running_age`; 0s: not watched."},
     [](AgentConfig& agent) -> Field { return Seconds{&agent.alerts.running_age}; }},
    {{"alert_dead", "", "", {0, 1'000'000'000}, "This agent's `alerts.dead`; 0: not watched."},
     [](AgentConfig& agent) -> Field { return &agent.alerts.dead; }},
});

}  // namespace leat::config
