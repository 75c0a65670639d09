#pragma once
// Reads bodies and query parameters into typed values. Errors are invalid_input (or too_large) with a sentence that
// names the field and says how to write it.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/target.hpp"
#include "leat/client.hpp"
#include "leat/error.hpp"
#include "leat/json.hpp"

namespace leat::http {

// "250ms", "30s", "5m", "2h", "7d".
[[nodiscard]] std::optional<Milliseconds> parse_duration(std::string_view text) noexcept;

// --- query ---
// `limit`: 1 to store::kPageMax, kPageDefault where absent.
[[nodiscard]] Result<std::int64_t> read_limit(Target const& target);
// `name`: a duration of at most `most`; `otherwise` where absent.
[[nodiscard]] Result<Milliseconds> read_duration(Target const& target, std::string_view name, Milliseconds otherwise,
                                                 Milliseconds most);
[[nodiscard]] Result<bool> read_flag(Target const& target, std::string_view name);
// `minutes` 1 to 1,440 (60) and `step`, 1 to `minutes` (1).
struct StatsQuery {
    std::int64_t minutes = 60;
    std::int64_t step = 1;
};
[[nodiscard]] Result<StatsQuery> read_stats_query(Target const& target);
// Of a list of tasks.
struct TaskQuery {
    std::string agent{};  // empty: all agents
    TaskState state = TaskState::ready;
    std::string id{};  // only this one, whatever its state
    std::optional<Milliseconds> older_than{};
    std::optional<Milliseconds> newer_than{};
    std::string cursor{};
    std::int64_t limit = 0;
};
[[nodiscard]] Result<TaskQuery> read_task_query(Target const& target);

// --- bodies ---
struct DispatchInput {
    std::string agent{};
    NewTask task{};
};
// One task: agent, payload, id, priority, delay_ms, max_retries, timeout_ms, traceparent.
[[nodiscard]] Result<DispatchInput> read_dispatch(std::string_view body);
// {"tasks": [task, …]}, at most kBatchTasksMax. The error names the first bad one.
[[nodiscard]] Result<std::vector<DispatchInput>> read_batch(std::string_view body);
// {"priority": n}
[[nodiscard]] Result<std::int64_t> read_priority(std::string_view body);
// {"token": "…"}
[[nodiscard]] Result<std::string> read_token(std::string_view body);
// {"payload": …}, or nothing; the edited payload of a replay.
[[nodiscard]] Result<std::optional<json>> read_edited_payload(std::string_view body);
// {"letters": ["id", …]} or {"all": true, "error_contains": "…", "reason": "…", "pattern": "…", "rate": 10, "dry_run":
// false}
struct ReplayInput {
    std::vector<std::string> letters{};
    std::string error_contains{};
    std::string reason{};   // of one group …
    std::string pattern{};  // … with this error_pattern()
    double rate = 0;
    bool dry_run = false;
};
[[nodiscard]] Result<ReplayInput> read_replay(std::string_view body);
// {"older_than": "7d"} or {"all": true}: nothing for all.
[[nodiscard]] Result<std::optional<Milliseconds>> read_purge(std::string_view body);

}  // namespace leat::http
