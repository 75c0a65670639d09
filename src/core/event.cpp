#include "leat/event.hpp"

namespace leat {

std::string_view to_string(EventKind kind) noexcept {
    switch (kind) {
        case EventKind::worker_started:
            return "worker_started";
        case EventKind::worker_draining:
            return "worker_draining";
        case EventKind::worker_stopped:
            return "worker_stopped";
        case EventKind::connected:
            return "connected";
        case EventKind::disconnected:
            return "disconnected";
        case EventKind::failover:
            return "failover";
        case EventKind::server_warning:
            return "server_warning";
        case EventKind::task_started:
            return "task_started";
        case EventKind::task_succeeded:
            return "task_succeeded";
        case EventKind::task_retried:
            return "task_retried";
        case EventKind::task_dead:
            return "task_dead";
        case EventKind::task_cancelled:
            return "task_cancelled";
        case EventKind::task_released:
            return "task_released";
        case EventKind::task_stale:
            return "task_stale";
        case EventKind::task_progress:
            return "task_progress";
        case EventKind::task_log:
            return "task_log";
        case EventKind::lease_lost:
            return "lease_lost";
        case EventKind::reclaimed:
            return "reclaimed";
        case EventKind::poisoned:
            return "poisoned";
        case EventKind::quarantined:
            return "quarantined";
        case EventKind::adopted:
            return "adopted";
        case EventKind::promoted:
            return "promoted";
        case EventKind::paused:
            return "paused";
        case EventKind::resumed:
            return "resumed";
        case EventKind::message_missing:
            return "message_missing";
        case EventKind::watchdog_restart:
            return "watchdog_restart";
        case EventKind::service_error:
            return "service_error";
    }
    return "unknown";
}

}  // namespace leat
