#pragma once
// What the scenarios share: payloads that carry the time of their dispatch, a worker beside them, and the way to
// dispatch many tasks and to wait for their end.
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/scenarios.hpp"
#include "leat/leat.hpp"

namespace leat::cli::bench {

// A payload that carries the time of its dispatch at a fixed place, filled up to the wanted size.
[[nodiscard]] std::string stamped_payload(std::size_t bytes, std::int64_t stamp_ns = steady_ns());
// The same with the delay that the task gets.
[[nodiscard]] std::string delayed_payload(Milliseconds delay);
// Nanoseconds since the dispatch of a task with such a payload.
[[nodiscard]] std::int64_t age_ns(Task const& task);

// Durations of tasks as their handlers saw them. Thread-safe.
class Durations {
  public:
    explicit Durations(std::int64_t expected) : values_(static_cast<std::size_t>(expected)) {}
    void add(std::int64_t ns) {
        auto const at = next_.fetch_add(1, std::memory_order_relaxed);
        if (at < values_.size()) values_[at] = ns;
    }
    // Once, after the last add().
    [[nodiscard]] Percentiles read();

  private:
    std::vector<std::int64_t> values_;
    std::atomic<std::size_t> next_{0};
};

// A worker on a thread of its own, stopped with this object.
class RunningWorker {
  public:
    explicit RunningWorker(std::unique_ptr<Worker> worker);
    ~RunningWorker();
    RunningWorker(RunningWorker const&) = delete;
    RunningWorker& operator=(RunningWorker const&) = delete;

  private:
    std::unique_ptr<Worker> worker_;
    Result<void> result_{};
    std::thread thread_;
};
[[nodiscard]] std::unique_ptr<Worker> make_worker(ScenarioOptions const& options, EventListener listener = {});

// Counts what a crowd must not cost: leases that were lost, verdicts that came too late. Outlives the worker.
class Losses {
  public:
    [[nodiscard]] EventListener listener();
    void report(Phase& phase) const;

  private:
    std::atomic<std::int64_t> lost_leases_{0};
    std::atomic<std::int64_t> stale_verdicts_{0};
};
[[nodiscard]] AgentOptions agent_options(int concurrency);
[[nodiscard]] ClientOptions client_options(ScenarioOptions const& options);
// "noop", or "noop0", "noop1" … for several.
[[nodiscard]] std::vector<std::string> agent_names(std::string const& name, int count);
// Throws std::runtime_error unless each was stored.
void require(std::vector<Result<Receipt>> const& receipts);
// Dispatches `tasks` tasks from a few threads, shared between the agents; `options` says how large and in which
// batches.
void dispatch_all(Client& client, std::vector<std::string> const& agents, std::int64_t tasks,
                  ScenarioOptions const& options);

// Waits for the ends of tasks of some agents that are dispatched after its construction.
class Ends {
  public:
    Ends(ServerProbe& probe, ScenarioOptions const& options, std::vector<std::string> agents);
    // Throws std::runtime_error where they take more than 10 minutes. The tasks are shared as dispatch_all() does it.
    void wait(std::int64_t tasks);

  private:
    ServerProbe& probe_;
    std::string prefix_;
    std::vector<std::string> agents_;
    std::vector<std::int64_t> before_;
};
// How many of `tasks` one of `agents` agents gets.
[[nodiscard]] std::int64_t share_of(std::int64_t tasks, std::size_t agent, std::size_t agents);

void tell(ScenarioOptions const& options, std::string const& line);
// 1234567 as "1,234,567".
[[nodiscard]] std::string with_commas(std::int64_t number);

}  // namespace leat::cli::bench
