#include "client/waiter.hpp"

#include <algorithm>
#include <utility>

namespace leat::client {
namespace {

using boost::asio::awaitable;

// Should a note be lost although the subscription lives.
constexpr std::chrono::seconds kPollEvery{5};
// A channel nobody has waited on for this long is given up with its next message.
constexpr std::chrono::seconds kLinger{10};

redis::ConnectOptions subscriber_options(redis::ConnectOptions options) {
    options.client_name = "leat-wait";
    return options;
}

}  // namespace

Waiter::Waiter(redis::Connection& connection, core::Clock const& clock, std::uint64_t jitter_seed)
    : connection_(connection), clock_(clock), jitter_seed_(jitter_seed), group_(connection.executor()) {}

awaitable<Result<TaskResult>> Waiter::wait(store::AgentKeys keys, std::string task_id,
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
        if (watch.subscribed) {
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
        co_await wait.signal.wait_for(std::min<std::chrono::nanoseconds>(deadline - now, kPollEvery));
    }
    co_return fail(ErrorCode::cancelled, "wait", "the client was closed");
}

awaitable<Result<std::optional<TaskResult>>> Waiter::look(store::AgentKeys const& keys, std::string const& task_id,
                                                          Wait& wait) {
    if (wait.outcome) co_return std::move(wait.outcome);
    auto const store = store::Store(connection_);
    if (!wait.entry.empty()) {
        auto const entry = std::exchange(wait.entry, {});
        auto outcome = co_await store.success(keys, task_id, entry);
        if (!outcome || *outcome) co_return outcome;
    } else if (!wait.ended) {
        auto const live = co_await store.is_live(keys, task_id);
        if (!live) co_return std::unexpected(live.error());
        if (*live) co_return std::optional<TaskResult>{};
    }
    auto info = co_await store.task(keys, task_id);
    if (!info) co_return std::unexpected(std::move(info.error()));
    co_return std::move(info->outcome);
}

void Waiter::on_message(std::string_view channel, std::string_view text) {
    auto const found = watches_.find(channel);
    if (found == watches_.end()) return;
    auto& watch = found->second;
    if (watch.waiting.empty()) {
        if (clock_.now() - watch.last_used > kLinger) {
            subscriber_->unsubscribe(channel);
            watches_.erase(found);
        }
        return;
    }
    std::string id;
    for (auto const& note : store::decode_done(text)) {
        id.assign(note.task_id);
        auto const [first, last] = watch.waiting.equal_range(id);
        for (auto it = first; it != last; ++it) {
            auto& wait = *it->second;
            wait.ended = true;
            wait.entry = note.entry;
            wait.outcome = note.outcome;
            wait.signal.notify();
        }
    }
}

void Waiter::on_subscribed(std::string_view channel) {
    auto const found = watches_.find(channel);
    if (found == watches_.end()) return;
    found->second.subscribed = true;
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
