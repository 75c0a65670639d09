#pragma once
// The benchmarks' scenarios: each runs against a server and answers the figures of its phases.
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/measure.hpp"

namespace leat::cli::bench {

struct ScenarioOptions {
    std::string redis;                  // URL
    std::string prefix = "leat-bench";  // keys of a benchmark never meet others
    std::int64_t tasks = 200'000;
    std::size_t payload_bytes = 140;
    int concurrency = 256;
    std::function<void(std::string const&)> on_progress;  // one line, for people
};

// Dispatch alone, drain of that backlog by one worker, and both at once. Blocking handlers that do nothing.
[[nodiscard]] std::vector<Phase> run_noop(ScenarioOptions const& options);
// Dispatch → outcome seen by wait, one task at a time, 100 a second, on an otherwise idle system.
[[nodiscard]] std::vector<Phase> run_latency(ScenarioOptions const& options);
// `concurrency` coroutine handlers asleep at once for `sleep`.
[[nodiscard]] std::vector<Phase> run_fanout(ScenarioOptions const& options, std::chrono::milliseconds sleep);
// Delayed tasks spread over `spread`: how late they start.
[[nodiscard]] std::vector<Phase> run_delayed(ScenarioOptions const& options, std::chrono::milliseconds spread);

// A steady stream through one worker that keeps up, for as many tasks as wanted: what grows, leaks. One task in a
// thousand is retried once. Records live for `retention` only, so that memory can become steady.
[[nodiscard]] std::vector<Phase> run_soak(ScenarioOptions const& options, std::chrono::milliseconds retention);

}  // namespace leat::cli::bench
