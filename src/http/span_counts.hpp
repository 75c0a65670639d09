#pragma once
// What became of the spans of this process, for its metrics.
#include <cstdint>
#include <functional>

#include "http/metrics_text.hpp"

namespace leat::http {

struct SpanCounts {
    std::uint64_t exported = 0;
    std::uint64_t overflowed = 0;   // dropped: more came than the queue holds
    std::uint64_t undelivered = 0;  // dropped: the collector was away, slow, or refused them
};
// From any thread. Empty where nothing is traced.
using SpanCounter = std::function<SpanCounts()>;

inline void add_spans(MetricsText& text, SpanCounter const& counter) {
    if (!counter) return;
    auto const counts = counter();
    text.family("leat_spans_exported_total", "counter", "Spans that the collector took.");
    text.sample({}, static_cast<double>(counts.exported));
    text.family("leat_spans_dropped_total", "counter", "Spans that were given up, by cause.");
    text.sample({{"cause", "overflow"}}, static_cast<double>(counts.overflowed));
    text.sample({{"cause", "collector"}}, static_cast<double>(counts.undelivered));
}

}  // namespace leat::http
