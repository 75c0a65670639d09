#include "client/waiter.hpp"

#include <algorithm>
#include <utility>

namespace leat::client {
namespace {

using boost::asio::awaitable;

// Should a note be lost although the subscription lives.
constexpr std::chrono::seconds kPollEvery{5};
// For so long nobody looks at the record of a task that this client has just dispatched.
constexpr std::chrono::milliseconds kFreshFor{50};
// A channel nobody has waited on for this long is given up with its next message.
constexpr std::chrono::seconds kLinger{10};

redis::ConnectOptions subscriber_options(redis::ConnectOptions options) {
    options.client_name = "leat-wait";
    return options;
}

}  // namespace

Waiter::Waiter(redis::Connection& connection, core::Clock const& clock, std::uint64_t jitter_seed)
    : connection_(connection), clock_(clock), jitter_seed_(jitter_seed), group_(connection.executor()) {}

awaitable<Result<TaskResult>> Waiter::wait(store::AgentKeys const& keys, std::string task_id,
                                           std::chrono::milliseconds timeout) {
    if (closed_) co_return fail(ErrorCode::cancelled, "wait", "the client was closed");
    auto const deadline = clock_.now() + timeout;
    if (!subscriber_) {
        redis::SubscriberEvents events;
        events.on_message = [this](auto channel, auto text) { on_message(channel, text); };
        events.on_subscribed = [this](auto channel) { on_subscribed(channel); };
        subscriber_ = std::make_unique<redis::Subscriber>(
            connection_.executor(), subscriber_options(connection_.options()), std::move(events), jitter_seed_);
        group_.spawn(subscriber_->run());
    }
    auto& watch = watches_[keys.done_channel];
    if (watch.waiting.empty() && !watch.subscribed) subscriber_->subscribe(keys.done_channel);
    Wait own{.signal = async::Signal(connection_.executor())};
    if (watch.subscribed) {
        if (auto told = watch.recent.find(task_id, clock_.now())) {
            own.is_fresh = !told->ended;
            own.told = std::move(*told);
        }
    }
    auto const place = watch.waiting.emplace(task_id, &own);
    auto result = co_await wait_watched(keys, task_id, deadline, watch, own);
    watch.waiting.erase(place);
    watch.last_used = clock_.now();
    co_return result;
}

awaitable<Result<TaskResult>> Waiter::wait_watched(store::AgentKeys const& keys, std::string const& task_id,
                                                   std::chrono::steady_clock::time_point deadline, Watch& watch,
                                                   Wait& wait) {
    while (!closed_) {
        // Read only once the subscription stands: what ends later is told.
        bool const is_fresh = std::exchange(wait.is_fresh, false);
        if (watch.subscribed && !is_fresh) {
            auto outcome = co_await look(keys, task_id, wait);
            if (!outcome && outcome.error().code != ErrorCode::unknown_outcome)
                co_return std::unexpected(std::move(outcome.error()));
            if (outcome && *outcome) co_return std::move(**outcome);
        }
        auto const now = clock_.now();
        if (now >= deadline) {
            co_return fail(ErrorCode::timeout, "wait",
                           "task " + task_id + " has no outcome yet; it goes on. Wait again or raise the timeout");
        }
        auto const pause = is_fresh ? kFreshFor : std::chrono::milliseconds(kPollEvery);
        co_await wait.signal.wait_for(std::min<std::chrono::nanoseconds>(deadline - now, pause));
    }
    co_return fail(ErrorCode::cancelled, "wait", "the client was closed");
}

awaitable<Result<std::optional<TaskResult>>> Waiter::look(store::AgentKeys const& keys, std::string const& task_id,
                                                          Wait& wait) {
    auto told = std::exchange(wait.told, {});
    if (told.outcome) co_return std::move(told.outcome);
    auto const store = store::Store(connection_);
    if (!told.ended) {
        auto glance = co_await store.glance(keys, task_id);
        if (!glance) co_return std::unexpected(std::move(glance.error()));
        if (glance->is_live) co_return std::optional<TaskResult>{};
        told.entry = std::move(glance->entry);
    }
    if (!told.entry.empty()) {
        auto outcome = co_await store.success(keys, task_id, told.entry);
        if (!outcome || *outcome) co_return outcome;
    }
    auto info = co_await store.task(keys, task_id);
    if (!info) co_return std::unexpected(std::move(info.error()));
    co_return std::move(info->outcome);
}

void Waiter::dispatched(store::AgentKeys const& keys, std::string const& task_id) {
    auto const found = watches_.find(keys.done_channel);
    if (found != watches_.end() && found->second.subscribed) found->second.recent.dispatched(task_id, clock_.now());
}

void Waiter::on_message(std::string_view channel, std::string_view text) {
    auto const found = watches_.find(channel);
    if (found == watches_.end()) return;
    auto& watch = found->second;
    auto const now = clock_.now();
    if (watch.waiting.empty() && now - watch.last_used > kLinger) {
        subscriber_->unsubscribe(channel);
        watches_.erase(found);
        return;
    }
    std::string id;
    for (auto& note : store::decode_done(text)) {
        id.assign(note.task_id);
        TaskWord word{.ended = true, .entry = std::string(note.entry), .outcome = std::move(note.outcome)};
        auto const [first, last] = watch.waiting.equal_range(id);
        if (first == last) {
            watch.recent.ended(id, std::move(word), now);
            continue;
        }
        for (auto it = first; it != last; ++it) {
            it->second->told = word;
            it->second->signal.notify();
        }
    }
}

void Waiter::on_subscribed(std::string_view channel) {
    auto const found = watches_.find(channel);
    if (found == watches_.end()) return;
    found->second.subscribed = true;
    found->second.recent.clear();  // notes may have been missed
    for (auto const& [id, wait] : found->second.waiting)
        wait->signal.notify();
}

void Waiter::close() {
    closed_ = true;
    if (subscriber_) subscriber_->close();
    for (auto const& [channel, watch] : watches_) {
        for (auto const& [id, wait] : watch.waiting)
            wait->signal.notify();
    }
}

}  // namespace leat::client
