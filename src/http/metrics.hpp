#pragma once
// The metrics of a whole installation, from one overview: O(agents), never O(tasks).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/histogram.hpp"
#include "http/request_times.hpp"
#include "http/span_counts.hpp"
#include "inspect/alerts.hpp"
#include "inspect/model.hpp"
#include "outbound/poster.hpp"

namespace leat::http {

// What the server knows of itself.
struct ServerCounters {
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;  // connections over the limit
    std::size_t connections = 0;
    std::size_t streams = 0;
    std::uint64_t traceparents_ignored = 0;  // malformed headers
    SpanCounter spans{};
    double overview_age_seconds = 0;
    outbound::PostCounts webhook{};
    RequestTimes const* times = nullptr;  // none: nothing about them
};

// `overview`: none while Redis does not answer. `firing`: the alerts that fire.
[[nodiscard]] std::string metrics_text(inspect::Overview const* overview, ServerCounters const& counters,
                                       std::vector<inspect::Alert> const& firing = {});

// A histogram of an agent's counters: the buckets of `family` ("run", "wait", "end").
[[nodiscard]] core::Histogram histogram_of(store::Counters const& counters, std::string_view family);
// A counter, 0 where it is absent or negative.
[[nodiscard]] std::int64_t counter_of(store::Counters const& counters, std::string_view name);

}  // namespace leat::http
