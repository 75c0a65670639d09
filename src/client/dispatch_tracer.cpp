#include "client/dispatch_tracer.hpp"

#include <algorithm>
#include <utility>

#include "leat/span.hpp"

namespace leat::client {

void DispatchTracer::begin(std::vector<DispatchSpan>& spans, std::size_t index, store::DispatchItem& item) {
    DispatchSpan span;
    auto const parent = tasks::parse_traceparent(item.traceparent);
    if (parent && !parent->sampled) return;
    {
        std::lock_guard const lock(mutex_);
        span.context = parent ? tasks::child_of(*parent, random_) : tasks::new_trace(random_);
    }
    if (parent) span.parent_id = parent->span_id();
    span.index = index;
    span.task_id = item.id;
    span.lane = item.lane;
    span.payload_bytes = static_cast<std::int64_t>(item.payload.size());
    span.started_at_ns = clock_.wall_ns();
    item.traceparent = span.context.text();
    spans.push_back(std::move(span));
}

DispatchTracer::Done DispatchTracer::ending(std::string agent, std::vector<DispatchSpan> spans, Done done) const {
    return
        [this, agent = std::move(agent), spans = std::move(spans), done = std::move(done)](Receipts receipts) mutable {
            for (auto const& span : spans)
                tell(agent, span, receipts[span.index]);
            done(std::move(receipts));
        };
}

void DispatchTracer::tell(std::string_view agent, DispatchSpan const& begun, Result<Receipt> const& receipt) const {
    Span span;
    span.kind = SpanKind::dispatch;
    span.trace_id = begun.context.trace_id();
    span.span_id = begun.context.span_id();
    span.parent_id = begun.parent_id;
    span.started_at_ns = begun.started_at_ns;
    span.ended_at_ns = std::max(begun.started_at_ns, clock_.wall_ns());
    span.agent = agent;
    span.task = begun.task_id;
    span.lane = begun.lane;
    span.payload_bytes = begun.payload_bytes;
    auto const error = receipt ? std::string() : receipt.error().message();
    if (receipt) {
        span.outcome = to_string(receipt->status);
    } else {
        span.outcome = "failed";
        span.error = error;
        span.error_kind = to_string(receipt.error().code);
    }
    listener_(span);
}

}  // namespace leat::client
