#pragma once
// What a handler gets (`Task const&`, `Context&`) and what it may answer (`Verdict`).
//
// A handler is any callable of these shapes:
//   json    (Task const&, Context&)             blocking, runs on a pool of threads sized by the agent's concurrency
//   Verdict (Task const&, Context&)             the same, with full control over what happens next
//   boost::asio::awaitable<json or Verdict>     coroutine, runs on the worker's handler threads; thousands at once
//           (Task, Context&)
//   Out     (In, Context&)                      typed, by nlohmann conversions: worker.handle<In, Out>(…)
//   boost::asio::awaitable<Out> (In, Context&)  the same as a coroutine
//
// Returning JSON is success. Throwing anything is a retry, with `what()` as the error; throwing `Dead` or `RetryAfter`
// is the same as returning it. A handler that is asked to stop (Context::cancel_token()) has 30 s to return; after that
// its task is judged without it (EventKind::handler_stuck), what it returns later is not recorded, and its slot stays
// taken until then: nobody can end a thread from outside. A coroutine handler must not be a capturing lambda that
// outlives its captures: the worker keeps the callable alive until `run()` has returned, so captures are safe as long
// as the worker is.
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "leat/json.hpp"
#include "leat/task.hpp"

namespace leat {

// The attempt worked; `result` is recorded.
struct Success {
    std::string
        result_text{};  // JSON text; at most the result limit, else the task is dead with reason `result_too_large`
};
// The attempt failed; run again after the agent's backoff, at most `max_retries` times, then dead.
struct Retry {
    std::string error{};
};
// The attempt failed; run again after exactly `delay`. Counts as a retry.
struct RetryAfter {
    Milliseconds delay{0};
    std::string error = "retry requested";
};
// No further attempt: a dead letter with `reason`.
struct Dead {
    std::string reason{};
};
using Verdict = std::variant<Success, Retry, RetryAfter, Dead>;

// Why a running handler is asked to stop.
enum class CancelReason : std::uint8_t {
    none,
    cancelled,   // somebody cancelled the task: the outcome is `cancelled`
    timeout,     // the attempt ran longer than its timeout: a retry
    lease_lost,  // the worker could not renew the lease, or another worker owns the task: the verdict will be `stale`
    shutdown,    // the worker's grace period ended: the task goes back, nothing is counted
};
[[nodiscard]] std::string_view to_string(CancelReason reason) noexcept;

// Tells a handler that it should stop, and why. Cheap to copy, safe from any thread.
class CancelToken {
  public:
    CancelToken() : state_(std::make_shared<std::atomic<CancelReason>>(CancelReason::none)) {}

    // Cost: one atomic load.
    [[nodiscard]] bool cancelled() const noexcept { return reason() != CancelReason::none; }
    [[nodiscard]] CancelReason reason() const noexcept { return state_->load(std::memory_order_acquire); }

    // Sets the reason; the first one stays. Returns whether this call set it. Called by the worker.
    bool cancel(CancelReason reason) noexcept {
        auto expected = CancelReason::none;
        return state_->compare_exchange_strong(expected, reason, std::memory_order_acq_rel);
    }

  private:
    std::shared_ptr<std::atomic<CancelReason>> state_;
};

// The handler's view of its own run. Valid until the handler returns. Its functions may be called from any thread.
class Context {
  public:
    virtual ~Context() = default;

    // Number of this attempt, from 1: one more than the attempts that ended in a verdict. A redelivery after a crash
    // keeps it.
    [[nodiscard]] virtual std::int64_t attempt() const noexcept = 0;
    // When the attempt's timeout cancels it; time_point::max() where the agent has none.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point deadline() const noexcept = 0;
    // Ask it in loops. Coroutine handlers are also cancelled at their next `co_await` (asio terminal cancellation).
    [[nodiscard]] virtual CancelToken const& cancel_token() const noexcept = 0;
    // The same for every run of this task, for effects that must happen once ("sentiment/order-17").
    [[nodiscard]] virtual std::string const& idempotency_key() const noexcept = 0;
    // The consumer name of this worker process.
    [[nodiscard]] virtual std::string const& worker() const noexcept = 0;
    // The W3C trace context to hand on: in DispatchOptions::traceparent of what this run dispatches, in the header
    // `traceparent` of what it calls. Where the worker traces (WorkerOptions::on_span), it names this attempt, in the
    // task's trace, or in one made for the task where it came without. Else, and in traces that are not sampled, it is
    // the task's own, as records nothing here; empty where the task has none.
    [[nodiscard]] virtual std::string const& traceparent() const noexcept = 0;
    // Reports progress, 0 to 1, with a short note: an event (`task_progress`) for those who listen to this worker, and
    // a step in the task's log. Steps may come as often as you like: what nobody has seen is replaced by the next one.
    virtual void progress(double fraction, std::string_view note = {}) = 0;
    // One line to the task's log, which others see within a second and for a day: 1,000 lines an attempt, each cut at
    // 1 KiB; what is more is dropped and counted. Also an event (`task_log`; cut at `Limits::error_bytes`, to be
    // escaped by whoever prints it). Never blocks, never fails. Cost: a copy of the line.
    virtual void log(std::string_view line) = 0;
};

using BlockingHandler = std::function<Verdict(Task const&, Context&)>;
using CoroutineHandler = std::function<boost::asio::awaitable<Verdict>(Task, Context&)>;
using Handler = std::variant<BlockingHandler, CoroutineHandler>;

// The verdict for an exception of a handler: `Dead` and `RetryAfter` as they are, std::exception as a retry with its
// what(), anything else as a retry with "threw something that is no std::exception". Call it inside a catch block only.
[[nodiscard]] Verdict verdict_of_current_exception();

// The verdict for a returned JSON value: Success with its serialised text. Invalid UTF-8 in strings is replaced by
// U+FFFD.
[[nodiscard]] Verdict verdict_of(json const& result);

namespace detail {

inline Verdict to_verdict(Verdict verdict) {
    return verdict;
}
inline Verdict to_verdict(Dead dead) {
    return dead;
}
inline Verdict to_verdict(RetryAfter later) {
    return later;
}
inline Verdict to_verdict(Retry retry) {
    return retry;
}
inline Verdict to_verdict(json const& result) {
    return verdict_of(result);
}

template <class T>
concept Answer = requires(T value) {
    to_verdict(std::move(value));
};

template <class T>
struct AwaitableValue {
    static constexpr bool is_awaitable = false;
};
template <class T>
struct AwaitableValue<boost::asio::awaitable<T>> {
    static constexpr bool is_awaitable = true;
    using type = T;
};

}  // namespace detail

// Turns any of the callable shapes above into a Handler. Fails to compile, with a sentence, for anything else.
template <class F>
Handler make_handler(F function) {
    using Returned = std::invoke_result_t<F&, Task const&, Context&>;
    if constexpr (detail::AwaitableValue<Returned>::is_awaitable) {
        using Value = typename detail::AwaitableValue<Returned>::type;
        static_assert(detail::Answer<Value>,
                      "a coroutine handler returns awaitable<leat::json> or awaitable<leat::Verdict>");
        struct Shell {
            std::shared_ptr<F> function;
            boost::asio::awaitable<Verdict> operator()(Task task, Context& context) const {
                return run(function, std::move(task), context);
            }
            static boost::asio::awaitable<Verdict> run(std::shared_ptr<F> function, Task task, Context& context) {
                auto value = co_await (*function)(std::move(task), context);
                co_return detail::to_verdict(std::move(value));
            }
        };
        return CoroutineHandler{Shell{std::make_shared<F>(std::move(function))}};
    } else {
        static_assert(detail::Answer<Returned>,
                      "a handler returns leat::json, leat::Verdict, leat::Dead or leat::RetryAfter");
        return BlockingHandler{[function = std::move(function)](Task const& task, Context& context) mutable -> Verdict {
            return detail::to_verdict(function(task, context));
        }};
    }
}

namespace detail {

// The payload as a handler's input type, or the end of a task whose payload is none.
template <class In>
std::expected<In, Dead> input_of(Task const& task) {
    try {
        return task.payload().template get<In>();
    } catch (nlohmann::json::exception const& error) {
        return std::unexpected(Dead{std::string("payload does not fit the handler's input type: ") + error.what()});
    }
}

template <class In, class Out, class F>
struct TypedCoroutine {
    F function;

    boost::asio::awaitable<Verdict> operator()(Task task, Context& context) {
        auto input = input_of<In>(task);
        if (!input) co_return std::move(input).error();
        Out output = co_await function(*std::move(input), context);
        co_return verdict_of(json(std::move(output)));
    }
};

template <class In, class Out, class F>
struct TypedFunction {
    F function;

    Verdict operator()(Task const& task, Context& context) {
        auto input = input_of<In>(task);
        if (!input) return std::move(input).error();
        Out output = function(*std::move(input), context);
        return verdict_of(json(std::move(output)));
    }
};

}  // namespace detail

// A typed handler: the payload is converted with `payload.get<In>()`, the answer with `json(out)`. A payload that does
// not convert makes the task dead at once (no retry would change it). Fails to compile, with a sentence, for a callable
// of another shape.
template <class In, class Out, class F>
Handler make_typed_handler(F function) {
    static_assert(std::is_invocable_v<F&, In, Context&>, "a typed handler takes (In, leat::Context&)");
    using Returned = std::invoke_result_t<F&, In, Context&>;
    if constexpr (detail::AwaitableValue<Returned>::is_awaitable) {
        static_assert(std::is_convertible_v<typename detail::AwaitableValue<Returned>::type, Out>,
                      "a typed coroutine handler returns boost::asio::awaitable<Out>");
        return make_handler(detail::TypedCoroutine<In, Out, F>{std::move(function)});
    } else {
        static_assert(std::is_convertible_v<Returned, Out>,
                      "a typed handler returns Out or boost::asio::awaitable<Out>");
        return make_handler(detail::TypedFunction<In, Out, F>{std::move(function)});
    }
}

}  // namespace leat
