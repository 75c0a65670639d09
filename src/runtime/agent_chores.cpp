// What an agent's service does beside running tasks: giving back, adopting, putting aside.
#include <algorithm>
#include <array>
#include <utility>

#include "runtime/adoption.hpp"
#include "runtime/agent_service.hpp"

namespace leat::runtime {

using boost::asio::awaitable;

// --- giving back ---------------------------------------------------------------------------------------------------

awaitable<void> AgentService::release(std::vector<std::shared_ptr<Flight>> flights) {
    auto const store = core_.store();
    for (std::size_t at = 0; at < flights.size(); at += Limits::dispatch_batch) {
        auto const end = std::min(at + Limits::dispatch_batch, flights.size());
        std::vector<store::Held> held;
        for (auto i = at; i < end; ++i)
            held.push_back(flights[i]->held());
        auto const released = co_await store.release(keys_, core_.consumer, held);
        for (auto i = at; i < end; ++i) {
            // Where the server could not be told, the lease lapses and another worker takes the task over.
            if (released && (*released)[i - at]) {
                core_.emit({.kind = EventKind::task_released, .agent = keys_.agent, .task = flights[i]->task.id()});
            }
            in_hand_.drop(flights[i]->lane, flights[i]->entry_id, flights[i]->count);
            forget(flights[i]);
        }
    }
}

// Puts the message of a task back that somebody deleted, as it shall be handed out next.
awaitable<void> AgentService::restore(std::shared_ptr<Flight> flight, tasks::Ruling ruling) {
    auto message = flight->message;
    message.attempts = ruling.attempt;
    message.retry_count = ruling.retry_count;
    message.crashes = ruling.crashes;
    message.last_error = ruling.text;
    auto const store = core_.store();
    auto const place = flight->held();
    auto pause = async::Signal(core_.engine);
    while (true) {
        auto const restored = co_await store.restore(keys_, place, message, flight->task.payload_text(), ruling.delay);
        if (restored) {
            if (*restored) {
                core_.emit({.kind = EventKind::task_restored,
                            .agent = keys_.agent,
                            .task = flight->task.id(),
                            .attempt = flight->attempt});
            }
            break;
        }
        if (restored.error().code == ErrorCode::cancelled) break;  // the worker ends at once: the audit finds the task
        co_await pause.wait_for(core_.jittered(kRetryPauseMax));
    }
    forget(flight);
}

awaitable<void> AgentService::release_surplus(std::vector<store::Delivery> deliveries) {
    auto const store = core_.store();
    for (std::size_t at = 0; at < deliveries.size(); at += Limits::dispatch_batch) {
        auto const end = std::min(at + Limits::dispatch_batch, deliveries.size());
        std::vector<store::Held> held;
        for (auto i = at; i < end; ++i) {
            auto const& delivery = deliveries[i];
            held.push_back({delivery.lane, delivery.entry_id, delivery.count, delivery.message.task_id});
        }
        auto const released = co_await store.release(keys_, core_.consumer, held);
        for (auto const& item : held)
            in_hand_.drop(item.lane, item.entry_id, item.count);
        if (!released) co_return;  // their lease lapses
    }
}

// --- what is no task of ours ---------------------------------------------------------------------------------------

namespace {

// Forgets a delivery when the chore with it is done, however it ended.
class HandGuard {
  public:
    HandGuard(InHand& hand, store::Delivery const& delivery)
        : hand_(hand), lane_(delivery.lane), entry_id_(delivery.entry_id), count_(delivery.count) {}
    ~HandGuard() { hand_.drop(lane_, entry_id_, count_); }
    HandGuard(HandGuard const&) = delete;
    HandGuard& operator=(HandGuard const&) = delete;

  private:
    InHand& hand_;
    Lane const lane_;
    std::string const entry_id_;
    std::int64_t const count_;
};

}  // namespace

awaitable<void> AgentService::adopt(store::Delivery delivery) {
    HandGuard const guard(in_hand_, delivery);
    auto item = dispatch_item_of(delivery.message, keys_.agent, delivery.entry_id);
    if (!item) {
        delivery.malformed = item.error();
        co_await quarantine(std::move(delivery));
        co_return;
    }
    if (!delivery.message.traceparent_problem.empty()) {
        core_.emit({.kind = EventKind::traceparent_ignored,
                    .agent = keys_.agent,
                    .task = item->id,
                    .detail = delivery.message.traceparent_problem});
    }
    auto const target = core_.space.agent(delivery.message.agent.empty() ? keys_.agent : delivery.message.agent);
    auto const store = core_.store();
    std::array<store::DispatchItem, 1> const items{std::move(*item)};
    auto const dispatched = co_await store.dispatch(target, items, std::nullopt);
    // Not stored now: the entry stays pending and is tried again when its lease lapses.
    if (!dispatched || dispatched->front().status == DispatchStatus::full) co_return;
    if (dispatched->front().unreadable) {
        delivery.malformed = kUnreadableRecord;
        co_await quarantine(std::move(delivery));
        co_return;
    }
    store::Held const held{delivery.lane, delivery.entry_id, delivery.count, delivery.message.task_id};
    auto const removed = co_await store.remove(keys_, core_.consumer, held, store::RemovalKind::adopted, {});
    if (removed && *removed) core_.emit({.kind = EventKind::adopted, .agent = target.agent, .task = items.front().id});
}

awaitable<void> AgentService::quarantine(store::Delivery delivery) {
    HandGuard const guard(in_hand_, delivery);
    auto const store = core_.store();
    store::Held const held{delivery.lane, delivery.entry_id, delivery.count, delivery.message.task_id};
    auto const removed = co_await store.remove(keys_, core_.consumer, held, store::RemovalKind::quarantined,
                                               delivery.malformed, settler_.kept().dead_kept);
    if (!removed || !*removed) co_return;
    core_.emit({.kind = EventKind::quarantined,
                .agent = keys_.agent,
                .task = delivery.message.task_id,
                .detail = delivery.malformed});
}

std::int64_t AgentService::oldest_started_at() const {
    std::int64_t oldest = 0;
    for (auto const& flight : flights_) {
        auto const at = flight->started_at.load(std::memory_order_relaxed);
        bool const runs = at > 0 && (!flight->finished || flight->abandoned);
        if (runs && (oldest == 0 || at < oldest)) oldest = at;
    }
    return oldest;
}

}  // namespace leat::runtime
