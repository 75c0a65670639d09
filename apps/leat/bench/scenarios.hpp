#pragma once
// The benchmarks' scenarios: each runs against a server and answers the figures of its phases.
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/measure.hpp"
#include "leat/options.hpp"

namespace leat::cli::bench {

struct ScenarioOptions {
    // Keys of a benchmark never meet others: they have their own prefix.
    ConnectionOptions connection{.prefix = "leat-bench"};
    bool private_server = false;  // its settings may be changed
    std::int64_t tasks = 200'000;
    std::size_t payload_bytes = 140;
    int concurrency = 256;
    std::size_t batch = 0;                                // noop: at most so many tasks a call; 0: as they gather
    int agents = 1;                                       // noop
    int processes = 1;                                    // noop: that work
    std::vector<int> slots;                               // article
    std::chrono::milliseconds run{75};                    // article: how long a handler takes
    std::int64_t waiting = 1'000'000;                     // fanout: tasks that wait at once
    std::int64_t delayed = 100'000;                       // fanout: tasks that are due together
    std::vector<int> subprocesses;                        // exec
    std::function<void(std::string const&)> on_progress;  // one line, for people
};

// The ceiling: the same scripts and commands, batch by batch, by a loop that does nothing else: no worker, no client.
[[nodiscard]] std::vector<Phase> run_limit(ScenarioOptions const& options);
// Dispatch alone, drain of that backlog, and both at once. Blocking handlers that do nothing.
[[nodiscard]] std::vector<Phase> run_noop(ScenarioOptions const& options);
// Paced load, 100 and 1,000 a second and at half of what dispatch and work together reach: from dispatch to the
// handler's start, and to the outcome seen by wait.
[[nodiscard]] std::vector<Phase> run_latency(ScenarioOptions const& options);
// Handlers that take `run`, in each number of slots: the rate against the possible, and at half of that rate what is
// added to the handler's own time.
[[nodiscard]] std::vector<Phase> run_article(ScenarioOptions const& options);
// `concurrency` coroutine handlers asleep at once for a second; `waiting` tasks that wait; `delayed` tasks due
// together.
[[nodiscard]] std::vector<Phase> run_fanout(ScenarioOptions const& options);
// Delayed tasks spread over `spread`: how late they start.
[[nodiscard]] std::vector<Phase> run_delayed(ScenarioOptions const& options, std::chrono::milliseconds spread);
// Tasks through subprocesses that answer at once, for each number of them.
[[nodiscard]] std::vector<Phase> run_exec(ScenarioOptions const& options);
// A steady stream through one worker that keeps up, for as many tasks as wanted: what grows, leaks. One task in a
// thousand is retried once. Records live for `retention` only, so that memory can become steady.
[[nodiscard]] std::vector<Phase> run_soak(ScenarioOptions const& options, std::chrono::milliseconds retention);

// The other processes of a scenario: a worker that serves the agents `noop…` or `both…` until SIGTERM, …
[[nodiscard]] int run_noop_worker(ConnectionOptions const& connection, std::string const& agent, int agents,
                                  int concurrency);
// … and a subprocess that answers each line at once.
void run_answerer();

}  // namespace leat::cli::bench
