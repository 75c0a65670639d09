// What an agent's service is told from outside: control messages, losses of the connection and of the data.
#include <chrono>

#include "runtime/agent_service.hpp"

namespace leat::runtime {

using boost::asio::awaitable;

void AgentService::on_control(store::ControlMessage const& message) {
    switch (message.kind) {
        case store::ControlKind::cancel:
            for (auto const& flight : flights_) {
                if (flight->task.id() != message.task_id) continue;
                interrupt(flight, CancelReason::cancelled);
                break;
            }
            break;
        case store::ControlKind::due:
            scheduler_.notify();
            break;
        case store::ControlKind::released:
            reclaimer_.notify();
            break;
        case store::ControlKind::paused:
        case store::ControlKind::resumed:
        case store::ControlKind::policy:
            chores_.spawn(refresh_control());
            break;
    }
}

awaitable<void> AgentService::refresh_control() {
    auto const store = core_.store();
    auto const control = co_await store.control(keys_);
    if (!control || stopping_) co_return;
    if (control->kept) settler_.set_kept(*control->kept);
    if (control->lease_ms) lease_keeper_.set_lease(std::chrono::milliseconds(*control->lease_ms));
    if (control->paused != fetcher_.paused()) {
        fetcher_.set_paused(control->paused);
        reclaimer_.set_paused(control->paused);
        core_.emit({.kind = control->paused ? EventKind::paused : EventKind::resumed, .agent = keys_.agent});
    }
    scheduler_.notify();
    reclaimer_.notify();
}

void AgentService::on_server_start(ServerStart const& start) {
    if (came_back_lately(start, options_.lease)) reclaimer_.troubled("Redis has just come back");
}

void AgentService::on_reconnected() {
    reclaimer_.troubled("Redis was away");
    lease_keeper_.notify();
}

void AgentService::on_data_reset() {
    if (!stopping_) chores_.spawn(rebuild());
}

awaitable<void> AgentService::rebuild() {
    auto const prepared = co_await prepare();
    if (!prepared && !stopping_) {
        auto const detail = prepared.error().message();
        core_.emit({.kind = EventKind::service_error, .agent = keys_.agent, .task = "register", .detail = detail});
    }
    auditor_.hurry();
}

void AgentService::watch() {
    if (fetcher_.watch()) core_.emit({.kind = EventKind::watchdog_restart, .agent = keys_.agent});
}

}  // namespace leat::runtime
