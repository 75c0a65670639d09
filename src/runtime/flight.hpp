#pragma once
// A flight: one delivery that this worker holds, from fetch until its verdict is recorded.
#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "leat/handler.hpp"
#include "leat/task.hpp"
#include "runtime/attempt_span.hpp"
#include "store/store.hpp"
#include "tasks/message.hpp"

namespace leat::runtime {

using SteadyTime = std::chrono::steady_clock::time_point;

class AgentService;
struct Flight;
using FlightList = std::list<std::shared_ptr<Flight>>;

struct Flight {
    // Fixed once accepted.
    AgentService* service = nullptr;
    Lane lane = Lane::normal;
    std::string entry_id;
    std::int64_t count = 1;  // delivery count; with the consumer name this is the fence
    tasks::Message message;  // its payload has moved into `task`
    Task task;
    std::int64_t attempt = 1;
    std::string idempotency_key;
    std::unique_ptr<AttemptSpan> span;  // null where nothing is traced; its end is the engine's to write
    CancelToken token;

    // Engine thread only.
    SteadyTime confirmed;                  // when the last renewal that succeeded was sent
    SteadyTime deadline;                   // attempt timeout
    std::optional<SteadyTime> give_up_at;  // cancelled, and the handler has not come back by then
    bool finished = false;                 // the handler came back (or never ran): the slot is free
    bool abandoned = false;                // judged without the handler, which still runs
    bool dropped = false;                  // the fence is lost: no verdict will be recorded
    bool missing = false;                  // somebody deleted the message: it is put back when the handler is done
    bool listed = false;                   // in the agent's list, at `position`
    FlightList::iterator position;
    std::int64_t ruled_at = 0;  // estimate of server ms when the run ended or was given up

    // Written by the handler's thread: when it started (also as an estimate of server ms, 0 before) …
    std::atomic<SteadyTime> started{};
    std::atomic<std::int64_t> started_at{0};
    // … and before it hands the flight back.
    SteadyTime ended;
    Verdict verdict;

    // Coroutine handlers: how to interrupt them, and on which context they live.
    boost::asio::cancellation_signal interrupt;
    boost::asio::io_context* home = nullptr;

    void start(SteadyTime now, std::int64_t server_ms) noexcept {
        started.store(now, std::memory_order_relaxed);
        started_at.store(server_ms, std::memory_order_release);
    }
    [[nodiscard]] std::string const& traceparent() const noexcept {
        return span ? span->traceparent : task.traceparent;
    }
    [[nodiscard]] store::Held held() const noexcept { return {lane, entry_id, count, task.id()}; }
};

}  // namespace leat::runtime
