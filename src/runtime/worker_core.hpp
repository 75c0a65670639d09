#pragma once
// What every service of one worker shares. Built by the worker, passed down by reference; engine thread only unless
// said.
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "core/clock.hpp"
#include "core/random.hpp"
#include "leat/event.hpp"
#include "leat/options.hpp"
#include "redis/connection.hpp"
#include "runtime/limits.hpp"
#include "runtime/server_clock.hpp"
#include "store/keys.hpp"
#include "store/store.hpp"

namespace leat::runtime {

struct WorkerCore {
    boost::asio::any_io_executor engine;
    redis::ConnectOptions connect;  // for services with a connection of their own
    redis::Connection& command;     // shared by everything that does not block
    store::KeySpace space;
    std::string consumer;
    core::Clock const& clock;
    core::Random& random;
    EventListener listener;
    SpanListener span_listener{};
    Pace pace{};
    ServerClock server_clock{};
    mutable std::array<std::int64_t, kEventKinds> told{};  // events by kind, for the heartbeat

    [[nodiscard]] store::Store store() const { return store::Store(command); }
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept { return clock.now(); }

    [[nodiscard]] bool tracing() const noexcept { return static_cast<bool>(span_listener); }
    [[nodiscard]] bool listening() const noexcept { return static_cast<bool>(listener); }
    void emit(Event const& event) const {
        ++told[static_cast<std::size_t>(event.kind)];
        if (listener) listener(event);
    }
    // From any thread: the texts are copied and the event is told on the engine.
    void emit_later(EventKind kind, std::string agent, std::string task, std::string detail, std::int64_t value) const {
        if (!listener) return;
        boost::asio::post(
            engine, [this, kind, agent = std::move(agent), task = std::move(task), detail = std::move(detail), value] {
                emit({.kind = kind, .agent = agent, .task = task, .detail = detail, .value = value});
            });
    }

    // A time in [interval/2, interval): services of many workers must not march in step.
    [[nodiscard]] std::chrono::milliseconds jittered(std::chrono::milliseconds interval) const {
        auto const half = interval.count() / 2;
        return std::chrono::milliseconds{
            half + static_cast<std::int64_t>(random.unit() * static_cast<double>(interval.count() - half))};
    }
};

}  // namespace leat::runtime
