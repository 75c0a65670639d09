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
        case EventKind::handler_stuck:
            return "handler_stuck";
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
        case EventKind::audit_found:
            return "audit_found";
        case EventKind::audit_repaired:
            return "audit_repaired";
        case EventKind::groups_mended:
            return "groups_mended";
        case EventKind::task_restored:
            return "task_restored";
        case EventKind::delivery_found:
            return "delivery_found";
        case EventKind::claims_held:
            return "claims_held";
        case EventKind::consumer_pruned:
            return "consumer_pruned";
        case EventKind::traceparent_ignored:
            return "traceparent_ignored";
        case EventKind::data_reset:
            return "data_reset";
        case EventKind::service_error:
            return "service_error";
    }
    return "unknown";
}

}  // namespace leat
