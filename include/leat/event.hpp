#pragma once
// Typed events: the library's only way to say that something happened. Logs, metrics and pages are listeners.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace leat {

enum class EventKind : std::uint8_t {
    worker_started,
    worker_draining,
    worker_stopped,
    connected,       // detail: server version
    disconnected,    // detail: why; count: how often in a row
    failover,        // another server serves now; detail: from where to where
    server_warning,  // detail: persistence or eviction is not what a queue needs
    task_started,
    task_succeeded,
    task_retried,  // detail: the error; value: delay in ms
    task_dead,     // detail: the reason
    task_cancelled,
    task_released,  // given back by a drain, nothing counted
    task_stale,     // a verdict came too late and changed nothing
    task_progress,  // detail: note; value: percent
    task_log,       // detail: one line of the task's log
    lease_lost,     // detail: why
    handler_stuck,  // a handler ignored its interruption and keeps its slot until it returns; detail: why it was asked
    reclaimed,      // a delivery taken over from a silent worker; value: delivery count
    poisoned,       // over the crash limit
    quarantined,    // a malformed message was moved to the dead stream; detail: why
    adopted,        // a foreign message in a ready stream or the front door became a task
    promoted,       // count: scheduled tasks that became ready
    paused,
    resumed,
    message_missing,   // a pending message was deleted by somebody; task: its entry id
    watchdog_restart,  // a fetch loop was silent for too long and was restarted
    audit_found,       // what the audit cannot repair; task, detail: first id, kind and further ids; count: of the kind
    audit_repaired,    // likewise, repaired
    groups_mended,     // count: lost consumer groups that were created again; value: groups that were set back
    task_restored,     // its message was deleted by somebody and put back by the worker that held it
    delivery_found,    // a delivery to this worker whose reply was lost was found and taken up
    claims_held,       // others' work is not taken over for now; detail: why; value: for how long, ms
    consumer_pruned,   // a consumer without worker that held nothing was deleted; task: its name
    traceparent_ignored,  // a message's trace context is malformed: its task goes on without; detail: why
    data_reset,           // Redis' data are not those of a moment ago; detail: how
    service_error,        // a service failed and tries again; detail: the error
};

inline constexpr std::size_t kEventKinds = static_cast<std::size_t>(EventKind::service_error) + 1;

// The event's stable name ("task_succeeded"), as in logs and metrics. Static storage.
[[nodiscard]] std::string_view to_string(EventKind kind) noexcept;

// One event. Fields that do not apply are empty or 0. The strings live as long as the call of the listener.
struct Event {
    EventKind kind = EventKind::worker_started;
    std::string_view agent{};
    std::string_view task{};
    std::string_view detail{};  // untrusted text may be in here: escape before printing
    std::int64_t attempt = 0;
    std::int64_t count = 0;
    std::int64_t value = 0;
};

}  // namespace leat
