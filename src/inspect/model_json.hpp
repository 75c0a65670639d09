#pragma once
// The JSON form of what the inspector answers. The shapes are a public interface (docs/cli.md) and golden-tested.
//
// Times are milliseconds since the epoch, null where unknown; `…_ms` are durations. Payloads and results appear as JSON
// values in `payload` and `result`, or, where the text is cut, no JSON or nested too deeply, as a string in
// `payload_text` and `result_text`; the other one of each pair is null.
#include "inspect/model.hpp"
#include "leat/client.hpp"
#include "leat/json.hpp"

namespace leat::inspect {

// The value of a JSON text; discarded (`is_discarded()`) where it is none or nested deeper than
// core::kJsonDepthMax.
[[nodiscard]] json bounded_json(std::string_view text);
// Null for what is not above 0.
[[nodiscard]] json time_or_null(std::int64_t ms);

[[nodiscard]] json json_of(AgentInfo const& agent);
[[nodiscard]] json json_of(AgentPage const& page);
[[nodiscard]] json json_of(store::WorkerBeat const& worker, std::int64_t now);
[[nodiscard]] json json_of(AgentPending const& pending);
[[nodiscard]] json json_of(std::vector<AgentPending> const& pending);
[[nodiscard]] json json_of(WorkerPage const& page);
[[nodiscard]] json json_of(TaskInfo const& task);
[[nodiscard]] json json_of(TaskResult const& result);
[[nodiscard]] json json_of(store::TaskRow const& row);
[[nodiscard]] json json_of(store::TaskPage const& page);
[[nodiscard]] json json_of(store::ResultEntry const& entry);
[[nodiscard]] json json_of(store::ResultPage const& page);
[[nodiscard]] json json_of(store::DeadLetter const& letter);
[[nodiscard]] json json_of(store::DeadPage const& page);
[[nodiscard]] json json_of(store::LogEntry const& entry);
[[nodiscard]] json json_of(store::LogPage const& page);
[[nodiscard]] json json_of(ReplayReport const& report);
[[nodiscard]] json json_of(std::vector<store::MinuteCounters> const& minutes);
[[nodiscard]] json json_of(Error const& error);

// JSON text that is safe on a terminal and in a pipe: ASCII only, invalid UTF-8 replaced. `indent` < 0: one line.
[[nodiscard]] std::string dump(json const& value, int indent = -1);

}  // namespace leat::inspect
