#include "runtime/attempt_span.hpp"

#include <algorithm>
#include <chrono>

#include "leat/span.hpp"
#include "runtime/flight.hpp"
#include "runtime/worker_core.hpp"
#include "store/inspect_reply.hpp"

namespace leat::runtime {
namespace {

std::int64_t nanoseconds(std::chrono::nanoseconds duration) noexcept {
    return duration.count();
}

// From entering its lane, which the entry's id tells, to the start.
std::int64_t queue_wait_ms(Flight const& flight, std::int64_t started_at) {
    auto const entered = store::parse_entry_id(flight.entry_id);
    return entered ? std::max<std::int64_t>(0, started_at - static_cast<std::int64_t>(entered->ms)) : -1;
}

}  // namespace

std::unique_ptr<AttemptSpan> begin_span(Flight const& flight, core::Random& random) {
    auto const parent = tasks::parse_traceparent(flight.task.traceparent);
    if (parent && !parent->sampled) return nullptr;
    auto span = std::make_unique<AttemptSpan>();
    if (parent) {
        span->context = tasks::child_of(*parent, random);
        span->parent_id = parent->span_id();
    } else {
        span->context = tasks::trace_of_task(flight.idempotency_key, flight.task.created_at, random);
    }
    span->traceparent = span->context.text();
    return span;
}

void tell_span(WorkerCore const& core, Flight const& flight) {
    auto const started_at = flight.started_at.load(std::memory_order_acquire);
    if (!flight.span || started_at == 0) return;
    auto const now = core.now();
    auto const wall = core.clock.wall_ns();
    auto const started = flight.started.load(std::memory_order_relaxed);
    // The handler of a flight that was given up may still run, and write when it ended.
    auto const ended = flight.finished ? flight.ended : now;
    Span span;
    span.kind = SpanKind::attempt;
    span.trace_id = flight.span->context.trace_id();
    span.span_id = flight.span->context.span_id();
    span.parent_id = flight.span->parent_id;
    span.started_at_ns = wall - nanoseconds(now - started);
    span.ended_at_ns = std::max(span.started_at_ns, wall - nanoseconds(now - ended));
    span.agent = flight.task.agent();
    span.task = flight.task.id();
    span.lane = flight.lane;
    span.payload_bytes = static_cast<std::int64_t>(flight.task.payload_text().size());
    span.outcome = flight.span->outcome;
    if (span.outcome.empty()) span.outcome = flight.dropped ? "lost" : "released";
    span.error = flight.span->error;
    span.error_kind = flight.span->error_kind;
    span.worker = core.consumer;
    span.attempt = flight.attempt;
    span.queue_wait_ms = queue_wait_ms(flight, started_at);
    core.span_listener(span);
}

}  // namespace leat::runtime
