#include "runtime/agent_service.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>

namespace leat::runtime {

using boost::asio::awaitable;

namespace {

constexpr std::string_view kIgnored = "the handler ignored its interruption";

}  // namespace

AgentService::AgentService(WorkerCore& core, std::string agent, Handler handler, AgentOptions options,
                           CoroutineHost& host, CompletionQueue& completions)
    : core_(core),
      options_(std::move(options)),
      keys_(core.space.agent(agent, options_.results_stream, options_.dead_stream)),
      log_(core, keys_),
      launcher_(core, log_, std::move(handler), options_.concurrency, host, completions),
      emptied_(core.engine),
      chores_(core.engine),
      settler_(core, keys_, options_,
               [this](auto const& flight, auto const& ruling, auto status) { recorded(flight, ruling, status); }),
      lease_keeper_(core, keys_, options_.lease,
                    {.flights = [this]() -> FlightList const& { return flights_; },
                     .lost = [this](auto const& flight, auto why) { lose(flight, why); },
                     .missing = [this](auto const& flight) { message_missing(flight); },
                     .cancel_requested = [this](auto const& flight) { interrupt(flight, CancelReason::cancelled); },
                     .troubled = [this] { reclaimer_.troubled("leases could not be renewed, or took long"); }}),
      deadline_keeper_(core, {.flights = [this]() -> FlightList const& { return flights_; },
                              .timed_out = [this](auto const& flight) { interrupt(flight, CancelReason::timeout); },
                              .gave_up = [this](auto const& flight) { give_up(flight); }}),
      fetcher_(core, keys_, options_, read_budget_,
               {.free_slots = [this] { return free_slots(); },
                .accept = [this](auto deliveries) { accept(std::move(deliveries)); },
                .failed = [this](auto code) { read_failed(code); },
                .groups_lost = [this] { auditor_.hurry(); }}),
      reclaimer_(core, keys_, read_budget_,
                 {.free_slots = [this] { return free_slots(); },
                  .lease = [this] { return lease_keeper_.lease(); },
                  .accept =
                      [this](auto deliveries) {
                          accept(std::move(deliveries));
                          lease_keeper_.notify();  // a renewal tells whether somebody asked for their end meanwhile
                      },
                  .failed = [this](auto code) { read_failed(code); }}),
      scheduler_(core, keys_),
      recoverer_(
          core, keys_, in_hand_, read_budget_,
          {.accept = [this](auto deliveries) { accept(std::move(deliveries)); }, .looked = [this] { slot_freed(); }}),
      auditor_(core, keys_, options_.lease) {}

AgentService::~AgentService() = default;

awaitable<Result<void>> AgentService::prepare() {
    auto const store = core_.store();
    auto registered = co_await store.register_agent(core_.space, keys_, options_.lease, policy_of(options_));
    if (registered) co_await refresh_control();  // what is paused stays so
    co_return registered;
}

void AgentService::start(async::TaskGroup& group) {
    group.spawn(settler_.run());
    group.spawn(lease_keeper_.run());
    group.spawn(lease_keeper_.watch());
    group.spawn(deadline_keeper_.run());
    group.spawn(fetcher_.run());
    group.spawn(reclaimer_.run());
    group.spawn(scheduler_.run());
    group.spawn(recoverer_.run());
    group.spawn(auditor_.run());
    group.spawn(launcher_.run());
    group.spawn(log_.run());
}

// --- intake ---------------------------------------------------------------------------------------------------------

int AgentService::free_slots() {
    if (recoverer_.looking()) return 0;
    throttled_ = throttled_ || settler_.unsettled() >= kUnsettledMax;
    return throttled_ ? 0 : options_.concurrency - running_;
}

// A reply that is missing may have held deliveries; until they are found, more would be more than the slots.
void AgentService::read_failed(ErrorCode code) {
    if (code == ErrorCode::unavailable) return;
    if (code == ErrorCode::unknown_outcome) {
        read_budget_.lost();
        recoverer_.reply_lost();
    } else {
        recoverer_.notify();
    }
}

void AgentService::accept(std::vector<store::Delivery> deliveries) {
    std::vector<std::shared_ptr<Flight>> ready;
    std::vector<store::Delivery> surplus;
    ready.reserve(deliveries.size());
    for (auto& delivery : deliveries) {
        if (!in_hand_.take(delivery.lane, delivery.entry_id, delivery.count)) continue;
        if (!delivery.malformed.empty()) {
            chores_.spawn(quarantine(std::move(delivery)));
        } else if (delivery.message.foreign || delivery.message.agent != keys_.agent) {
            chores_.spawn(adopt(std::move(delivery)));
        } else if (stopping_ || fetcher_.paused() ||
                   static_cast<int>(ready.size()) >= options_.concurrency - running_) {
            surplus.push_back(std::move(delivery));
        } else if (auto poison = tasks::judge_before_run(delivery.message, delivery.count, options_)) {
            auto flight = make_flight(std::move(delivery));
            core_.emit(
                {.kind = EventKind::poisoned, .agent = keys_.agent, .task = flight->task.id(), .value = flight->count});
            flight->finished = true;
            settler_.add(std::move(flight), std::move(*poison));
        } else {
            ready.push_back(make_flight(std::move(delivery)));
        }
    }
    if (!surplus.empty()) chores_.spawn(release_surplus(std::move(surplus)));
    settler_.pump();
    if (!ready.empty()) launch(std::move(ready));
}

std::shared_ptr<Flight> AgentService::make_flight(store::Delivery delivery) {
    auto flight = std::make_shared<Flight>();
    auto& message = delivery.message;
    flight->service = this;
    flight->lane = delivery.lane;
    flight->entry_id = std::move(delivery.entry_id);
    flight->count = delivery.count;
    flight->task = Task(message.task_id, keys_.agent, std::move(message.payload));
    flight->task.lane = delivery.lane;
    flight->task.priority = message.priority;
    flight->task.created_at = message.created_at;
    flight->task.retry_count = message.retry_count;
    flight->task.max_retries = message.max_retries;
    flight->task.crashes = tasks::crashes_so_far(message, delivery.count);
    flight->task.traceparent = message.traceparent;
    flight->attempt = message.attempts + 1;
    flight->idempotency_key = keys_.agent + '/' + message.task_id;
    if (core_.tracing()) flight->span = begin_span(*flight, core_.random);
    if (!message.traceparent_problem.empty()) {
        core_.emit({.kind = EventKind::traceparent_ignored,
                    .agent = keys_.agent,
                    .task = message.task_id,
                    .detail = message.traceparent_problem,
                    .attempt = flight->attempt});
    }
    flight->message = std::move(message);
    flight->confirmed = core_.now();
    flight->deadline = flight->confirmed + tasks::timeout_of(flight->message, options_);
    flight->position = flights_.insert(flights_.end(), flight);
    flight->listed = true;
    return flight;
}

void AgentService::launch(std::vector<std::shared_ptr<Flight>> flights) {
    running_ += static_cast<int>(flights.size());
    for (auto const& flight : flights) {
        deadline_keeper_.watch(flight->deadline);
        if (core_.listening()) {
            core_.emit({.kind = EventKind::task_started,
                        .agent = keys_.agent,
                        .task = flight->task.id(),
                        .attempt = flight->attempt});
        }
    }
    launcher_.launch(std::move(flights));
}

// --- the end of a run ----------------------------------------------------------------------------------------------

void AgentService::finish(std::vector<std::shared_ptr<Flight>> const& flights) {
    for (auto const& flight : flights) {
        --running_;
        flight->finished = true;
        if (!flight->abandoned) rule(flight);
    }
    log_.send_now();  // what an attempt said is there before its end is told
    settler_.pump();
    slot_freed();
}

void AgentService::rule(std::shared_ptr<Flight> const& flight) {
    flight->ruled_at = core_.server_clock.at(flight->ended);
    auto ruling = flight->dropped ? tasks::Ruling{}
                                  : tasks::judge(std::move(flight->verdict), flight->token.reason(), flight->message,
                                                 flight->count, options_, core_.random);
    switch (ruling.kind) {
        case tasks::RulingKind::drop:
            core_.emit({.kind = EventKind::task_stale,
                        .agent = keys_.agent,
                        .task = flight->task.id(),
                        .attempt = flight->attempt});
            drop(flight);
            break;
        case tasks::RulingKind::release:
            chores_.spawn(release({flight}));
            break;
        case tasks::RulingKind::success:
        case tasks::RulingKind::retry:
        case tasks::RulingKind::dead:
        case tasks::RulingKind::cancelled:
            settler_.add(flight, std::move(ruling));
            break;
    }
}

void AgentService::interrupt(std::shared_ptr<Flight> const& flight, CancelReason reason) {
    if (flight->finished || !flight->token.cancel(reason)) return;
    flight->give_up_at = core_.now() + core_.pace.cancel_grace;
    deadline_keeper_.watch(*flight->give_up_at);
    CoroutineHost::interrupt(flight);
}

void AgentService::give_up(std::shared_ptr<Flight> const& flight) {
    stuck(flight);
    flight->ruled_at = core_.server_clock.at(core_.now());
    if (flight->dropped) {
        drop(flight);
        return;
    }
    auto ruling = tasks::judge(Retry{std::string(kIgnored)}, flight->token.reason(), flight->message, flight->count,
                               options_, core_.random);
    if (ruling.kind == tasks::RulingKind::release) {
        chores_.spawn(release({flight}));
    } else {
        ruling.text.append("; ").append(kIgnored);
        settler_.add(flight, std::move(ruling));
        settler_.pump();
    }
}

// The handler keeps its slot and its thread; its task goes on without it.
void AgentService::stuck(std::shared_ptr<Flight> const& flight) {
    flight->abandoned = true;
    core_.emit({.kind = EventKind::handler_stuck,
                .agent = keys_.agent,
                .task = flight->task.id(),
                .detail = to_string(flight->token.reason()),
                .attempt = flight->attempt});
}

void AgentService::lose(std::shared_ptr<Flight> const& flight, std::string_view why) {
    flight->dropped = true;
    if (flight->span) flight->span->error = why;
    core_.emit({.kind = EventKind::lease_lost,
                .agent = keys_.agent,
                .task = flight->task.id(),
                .detail = why,
                .attempt = flight->attempt});
    interrupt(flight, CancelReason::lease_lost);
}

void AgentService::message_missing(std::shared_ptr<Flight> const& flight) {
    flight->missing = true;
    core_.emit({.kind = EventKind::message_missing,
                .agent = keys_.agent,
                .task = flight->task.id(),
                .detail = "somebody deleted the message of this task; it is put back",
                .attempt = flight->attempt});
    if (!flight->finished) lose(flight, "somebody deleted the message of this task");
}

// The end of a flight whose fence is lost.
void AgentService::drop(std::shared_ptr<Flight> const& flight) {
    if (!flight->missing) {
        in_hand_.abandon(flight->lane, flight->entry_id, flight->count);
        forget(flight);
        return;
    }
    tasks::Ruling again;
    again.text = flight->message.last_error;
    again.attempt = flight->message.attempts;
    again.retry_count = flight->message.retry_count;
    again.crashes = tasks::crashes_so_far(flight->message, flight->count) + 1;  // this run ends without a verdict
    chores_.spawn(restore(flight, std::move(again)));
}

namespace {

// What the server made of a ruling.
EventKind event_of(tasks::RulingKind ruling, store::SettleStatus status) noexcept {
    if (status == store::SettleStatus::stale) return EventKind::task_stale;
    if (status == store::SettleStatus::cancelled || ruling == tasks::RulingKind::cancelled)
        return EventKind::task_cancelled;
    if (ruling == tasks::RulingKind::success) return EventKind::task_succeeded;
    if (ruling == tasks::RulingKind::retry && status != store::SettleStatus::buried) return EventKind::task_retried;
    return EventKind::task_dead;
}

}  // namespace

void AgentService::recorded(std::shared_ptr<Flight> const& flight, tasks::Ruling const& ruling,
                            store::SettleStatus status) {
    auto const kind = event_of(ruling.kind, status);
    if (status == store::SettleStatus::missing) {
        if (!flight->missing) message_missing(flight);
        if (ruling.kind == tasks::RulingKind::retry) {
            conclude(*flight, kind, ruling);
            chores_.spawn(restore(flight, ruling));
        } else {
            drop(flight);
        }
        return;
    }
    if (status == store::SettleStatus::stale && flight->missing) {
        drop(flight);
    } else {
        conclude(*flight, kind, ruling);
        forget(flight);
    }
    if (throttled_ && settler_.unsettled() <= kUnsettledMax / 2) {
        throttled_ = false;
        slot_freed();
    }
    if (!core_.listening()) return;
    Event event{.kind = kind,
                .agent = keys_.agent,
                .task = flight->task.id(),
                .detail = ruling.text,
                .attempt = flight->attempt};
    if (kind == EventKind::task_succeeded) event.detail = {};
    if (kind == EventKind::task_retried) event.value = ruling.delay.count();
    core_.emit(event);
}

void AgentService::conclude(Flight& flight, EventKind kind, tasks::Ruling const& ruling) const {
    if (!flight.span) return;
    auto& span = *flight.span;
    span.outcome = kind == EventKind::task_succeeded   ? "success"
                   : kind == EventKind::task_retried   ? "retry"
                   : kind == EventKind::task_cancelled ? "cancelled"
                   : kind == EventKind::task_stale     ? "stale"
                                                       : "dead";
    if (ruling.kind != tasks::RulingKind::success) span.error = ruling.text;
    if (kind == EventKind::task_dead) span.error_kind = ruling.dead_kind;
}

void AgentService::forget(std::shared_ptr<Flight> const& flight) {
    if (!flight->listed) return;
    if (flight->span) tell_span(core_, *flight);
    flight->listed = false;
    in_hand_.end(flight->lane, flight->entry_id, flight->count);
    auto const keep = flight;  // the list may hold the last reference
    flights_.erase(keep->position);
    if (flights_.empty()) emptied_.notify();
}

void AgentService::slot_freed() {
    if (stopping_) return;
    fetcher_.notify();
    if (reclaimer_.starved()) reclaimer_.notify();
}

}  // namespace leat::runtime
