#pragma once
// Tasks as users see them: lanes, states, the task a handler receives, receipts and results.
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "leat/error.hpp"
#include "leat/json.hpp"

namespace leat {

using Milliseconds = std::chrono::milliseconds;

// One of the four ready streams of an agent. Weighted 8:4:2:1 unless the agent asks for `strict`.
enum class Lane : std::uint8_t { critical, high, normal, low };
inline constexpr std::size_t kLanes = 4;

// Where a task is in its life. `running` is derived: its message is pending in the group.
enum class TaskState : std::uint8_t { scheduled, ready, running, succeeded, dead, cancelled, expired };

[[nodiscard]] std::string_view to_string(Lane lane) noexcept;
[[nodiscard]] std::string_view to_string(TaskState state) noexcept;
[[nodiscard]] std::optional<Lane> lane_from_string(std::string_view name) noexcept;
[[nodiscard]] std::optional<TaskState> task_state_from_string(std::string_view name) noexcept;

// The lane of an integer priority: below 0 low, 0 normal, 1 high, 2 and above critical.
[[nodiscard]] Lane lane_of_priority(std::int64_t priority) noexcept;
// The smallest priority of a lane, the inverse of the above: low −1, normal 0, high 1, critical 2.
[[nodiscard]] std::int64_t priority_of_lane(Lane lane) noexcept;

// True for succeeded, dead, cancelled and expired: the task has its one recorded outcome.
[[nodiscard]] bool is_terminal(TaskState state) noexcept;

// What a handler receives. A value: it may be copied and moved; one thread at a time (the payload is parsed lazily).
class Task {
  public:
    Task() = default;
    Task(std::string id, std::string agent, std::string payload_text);

    [[nodiscard]] std::string const& id() const noexcept { return id_; }
    [[nodiscard]] std::string const& agent() const noexcept { return agent_; }

    // The payload as it was dispatched: UTF-8 JSON text. No cost.
    [[nodiscard]] std::string const& payload_text() const noexcept { return payload_text_; }

    // The payload parsed; the first call parses, later ones are free.
    // Throws nlohmann::json::parse_error where the text is no JSON (a foreign producer); in a handler that is a retry.
    [[nodiscard]] json const& payload() const;

    Lane lane = Lane::normal;
    std::int64_t priority = 0;
    std::int64_t created_at = 0;   // ms since the epoch, server clock
    std::int64_t retry_count = 0;  // attempts that ended in `retry` so far
    std::int64_t max_retries = 0;
    std::int64_t crashes = 0;  // deliveries that ended without a verdict so far
    std::string traceparent;   // W3C trace context of the dispatch; hand on Context::traceparent() instead

  private:
    std::string id_;
    std::string agent_;
    std::string payload_text_;
    mutable std::optional<json> payload_;
};

// What became of one dispatch.
enum class DispatchStatus : std::uint8_t {
    created,    // stored now
    duplicate,  // a task with this id exists; `state` says where it is; nothing was changed
    full,       // the agent holds `max_waiting` tasks already; surely not stored
};
[[nodiscard]] std::string_view to_string(DispatchStatus status) noexcept;

// How safe a task is before its receipt is given. What Redis' settings lose all the same: docs/durability.md.
struct Durability {
    enum class Level : std::uint8_t {
        memory,      // the server has it; the server's settings decide what survives
        replicated,  // and so many replicas have it in their memory too (WAIT)
        fsync,       // and it is on the server's disk (WAITAOF, or appendfsync always)
    };
    static constexpr int kReplicasMax = 100;

    Level level = Level::memory;
    int replicas = 0;  // replicated: how many, 1 to kReplicasMax

    [[nodiscard]] static Durability memory() noexcept { return {}; }
    [[nodiscard]] static Durability replicated(int replicas) noexcept { return {Level::replicated, replicas}; }
    [[nodiscard]] static Durability fsync() noexcept { return {Level::fsync, 0}; }

    friend auto operator<=>(Durability const&, Durability const&) = default;
};
// "memory", "replicated:2", "fsync".
[[nodiscard]] std::string to_string(Durability durability);
// The inverse; nothing for any other text.
[[nodiscard]] std::optional<Durability> durability_from_string(std::string_view text) noexcept;

struct Receipt {
    std::string task_id;
    DispatchStatus status = DispatchStatus::created;
    TaskState state = TaskState::ready;  // for `full`: meaningless
    // What was reached: at least the level that was asked for; `replicas` may be more. For `full`: memory.
    Durability durability{};
    friend bool operator==(Receipt const&, Receipt const&) = default;
};

// The recorded outcome of a task.
struct TaskResult {
    std::string task_id;
    TaskState state = TaskState::succeeded;  // one of the terminal states
    std::string result_text;                 // JSON text; empty unless succeeded
    std::string error;                       // why it is dead, cancelled or expired; empty when succeeded
    std::string processed_by;                // consumer name of the worker that recorded it
    std::int64_t attempt = 0;                // number of the attempt that ended it, from 1; 0 where none ran
    std::int64_t created_at = 0, started_at = 0, finished_at = 0;  // ms since the epoch
    bool archived = true;  // false: the record says so, but the archive no longer holds result and error

    // The result parsed; null where there is none. Throws nlohmann::json::parse_error where a handler recorded other
    // text.
    [[nodiscard]] json result() const;
};

// Limits that hold for every agent. All sizes in bytes of serialised UTF-8.
struct Limits {
    static constexpr std::size_t name_bytes = 128;          // agent names and task ids, [A-Za-z0-9_.:-]
    static constexpr std::size_t payload_bytes = 1U << 20;  // default; configurable up to payload_bytes_max
    static constexpr std::size_t payload_bytes_max = 16U << 20;
    static constexpr std::size_t error_bytes = 4096;    // longer error texts are cut, marked with "…"
    static constexpr std::size_t dispatch_batch = 100;  // items in one call of a script
    static constexpr Milliseconds delay_max = std::chrono::hours{24 * 366};
    static constexpr std::int64_t max_retries_max = 1000;
};

// Checks a task id or agent name: 1 to 128 characters of [A-Za-z0-9_.:-]. `what` names it in the error ("task id").
[[nodiscard]] Result<void> check_name(std::string_view what, std::string_view name);

}  // namespace leat
