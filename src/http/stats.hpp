#pragma once
// Counters per minute as points of a chart.
#include <cstdint>
#include <map>
#include <vector>

#include "core/histogram.hpp"
#include "leat/json.hpp"
#include "store/store_inspect.hpp"

namespace leat::http {

// Adds up the minutes of several agents.
class StatsSum {
  public:
    void add(std::vector<store::MinuteCounters> const& minutes);
    // {"step_minutes", "points": [{"at", "succeeded", …, "run": {"count", "p50_ms", "p95_ms", "p99_ms"}, "wait",
    // "end", "depth": {"ready": {"mean", "max"}, "running", "scheduled"} or null}]}, oldest first; each point holds
    // `step` minutes (the first one perhaps fewer).
    [[nodiscard]] json to_json(std::int64_t step) const;

  private:
    std::map<std::int64_t, store::Counters> minutes_;
};

}  // namespace leat::http
