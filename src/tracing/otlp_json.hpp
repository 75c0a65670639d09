#pragma once
// Spans as OTLP in JSON (https://opentelemetry.io/docs/specs/otlp/). No I/O.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "leat/span.hpp"
#include "tracing/settings.hpp"

namespace leat::tracing {

// A span with its own texts.
struct SpanRecord {
    explicit SpanRecord(Span const& span);

    SpanKind kind;
    std::string trace_id, span_id, parent_id;
    std::int64_t started_at_ns, ended_at_ns;
    std::string agent, task;
    Lane lane;
    std::int64_t payload_bytes;
    std::string outcome, error, error_kind, worker;
    std::int64_t attempt, queue_wait_ms;
};

// One request to a collector. Invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::string otlp_json(Attributes const& resource, std::span<SpanRecord const> spans);

// What the collector's answer to that says: how many spans it did not take, and why (untrusted).
struct Rejection {
    std::uint64_t spans = 0;
    std::string reason{};
};
[[nodiscard]] Rejection read_answer(std::string_view body);

}  // namespace leat::tracing
