// How long a task takes while the system is not busy: paced load, and delayed tasks.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "async/task_group.hpp"
#include "bench/workload.hpp"

namespace leat::cli::bench {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;

constexpr std::string_view kAgent = "latency";
constexpr double kIdleRate = 100;
constexpr double kLightRate = 1'000;
constexpr int kWarmUp = 50;

// Above 1,000/s tasks come in groups, one a millisecond: a timer for each would measure the timers.
constexpr std::int64_t kTickNs = 1'000'000;

// Tasks under way at once in a closed loop: enough to fill the batches.
constexpr int kLoops = 256;

enum class Until : std::uint8_t { stored, outcome };

// An open loop: tasks come at their time, whatever became of the others, and are measured from the time they were due.
class PacedLoad {
  public:
    PacedLoad(ScenarioOptions const& options, Client& client, Until until, double rate, std::int64_t tasks)
        : options_(options),
          client_(client),
          until_(until),
          interval_ns_(1e9 / rate),
          tasks_(tasks),
          outcomes_(tasks),
          group_(client.executor()) {}

    // Blocks until each task is stored, or has its outcome.
    void run() { run(produce()); }
    // The same in a closed loop, as fast as it goes.
    void run_unpaced() { run(produce_in_loops()); }
    [[nodiscard]] Percentiles outcomes() { return outcomes_.read(); }

  private:
    void run(awaitable<void> producer) {
        boost::asio::co_spawn(client_.executor(), std::move(producer), boost::asio::use_future).get();
        if (failed_) throw std::runtime_error("a task of the paced load failed: " + failure_);
    }
    awaitable<void> produce() {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
        auto const start = steady_ns();
        for (std::int64_t sent = 0; sent < tasks_; ++sent) {
            auto const due = start + due_ns(sent);
            if (auto const ahead = due - steady_ns(); ahead > 0) {
                timer.expires_after(std::chrono::nanoseconds(ahead));
                co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
            }
            group_.spawn(one(due));
        }
        co_await group_.join();
    }
    awaitable<void> produce_in_loops() {
        auto left = tasks_;
        for (int i = 0; i < kLoops; ++i)
            group_.spawn(loop(left));
        co_await group_.join();
    }
    awaitable<void> loop(std::int64_t& left) {
        while (left > 0) {
            --left;
            co_await one(steady_ns());
        }
    }
    // When this task comes, after the start.
    [[nodiscard]] std::int64_t due_ns(std::int64_t task) const {
        auto const due = static_cast<std::int64_t>(interval_ns_ * static_cast<double>(task));
        return (due + kTickNs - 1) / kTickNs * kTickNs;
    }

    awaitable<void> one(std::int64_t due) {
        std::vector<NewTask> tasks;
        tasks.push_back({stamped_payload(options_.payload_bytes, due), {}});
        auto const receipts = co_await client_.async_dispatch_many(std::string(kAgent), std::move(tasks));
        if (!receipts.front()) co_return fail(receipts.front().error());
        if (until_ == Until::stored) co_return;
        auto const result = co_await client_.async_wait(std::string(kAgent), receipts.front()->task_id, 10s);
        if (!result) co_return fail(result.error());
        outcomes_.add(steady_ns() - due);
    }
    void fail(Error const& error) {
        failed_ = true;
        failure_ = error.message();
    }

    ScenarioOptions const& options_;
    Client& client_;
    Until until_;
    double interval_ns_;
    std::int64_t tasks_;
    Durations outcomes_;
    bool failed_ = false;
    std::string failure_;
    async::TaskGroup group_;
};

// The rate at which dispatch and work together keep up, as a saturated run shows it: of batches that nobody waits for,
// or of single tasks each of which somebody waits for.
double maximum(ServerProbe& probe, ScenarioOptions const& options, Client& client, Until until) {
    auto const tasks = (until == Until::stored ? 100 : 40) * options.tasks;
    Ends ends(probe, options, {std::string(kAgent)});
    PhaseTimer timer(probe, "maximum");
    if (until == Until::stored) {
        dispatch_all(client, {std::string(kAgent)}, tasks, options);
    } else {
        PacedLoad(options, client, until, kIdleRate, tasks).run_unpaced();
    }
    ends.wait(tasks);
    return timer.finish(tasks).per_second();
}

std::string rate_name(double rate) {
    return with_commas(static_cast<std::int64_t>(rate)) + " a second";
}

// How old tasks are when their handlers start; those of one load at a time.
class Starts {
  public:
    void begin(std::int64_t tasks) {
        std::lock_guard const lock(mutex_);
        ages_ = std::make_unique<Durations>(tasks);
    }
    void add(std::int64_t age) {
        std::lock_guard const lock(mutex_);
        if (ages_) ages_->add(age);
    }
    [[nodiscard]] Percentiles end() {
        std::lock_guard const lock(mutex_);
        return std::exchange(ages_, nullptr)->read();
    }

  private:
    std::mutex mutex_;
    std::unique_ptr<Durations> ages_;
};

struct Load {
    std::string name;
    double rate;  // tasks/s
    Until until;
};

// A phase for the outcomes, where somebody waits for them, and one for the starts.
void measure(ServerProbe& probe, ScenarioOptions const& options, Client& client, Starts& starts, Load const& load,
             std::vector<Phase>& phases) {
    auto const tasks = std::max<std::int64_t>(
        options.tasks, static_cast<std::int64_t>(load.rate * static_cast<double>(options.tasks) / 100));
    tell(options, load.name + ", " + rate_name(load.rate));
    starts.begin(tasks);
    Ends ends(probe, options, {std::string(kAgent)});
    PacedLoad producer(options, client, load.until, load.rate, tasks);
    PhaseTimer timer(probe, load.name);
    producer.run();
    ends.wait(tasks);
    auto phase = timer.finish(tasks);
    if (load.until == Until::outcome) {
        phase.name = load.name + ": outcome";
        phase.latency = producer.outcomes();
        phase.latency_of = "dispatch → outcome seen by wait";
        phases.push_back(phase);
    }
    phase.name = load.name + ": start";
    phase.latency = starts.end();
    phase.latency_of = "dispatch → start";
    phases.push_back(std::move(phase));
}

}  // namespace

std::vector<Phase> run_latency(ScenarioOptions const& options) {
    ServerProbe probe(options.connection);
    if (options.private_server) probe.watch_slow_calls();
    Client client(client_options(options));
    Starts starts;
    auto worker = make_worker(options);
    worker->handle(
        std::string(kAgent),
        [&starts](Task const& task, Context&) -> json {
            starts.add(age_ns(task));
            return nullptr;
        },
        agent_options(options.concurrency));
    RunningWorker const running(std::move(worker));

    // Connections, scripts and the subscription are warm before anything is measured.
    PacedLoad(options, client, Until::outcome, kIdleRate, kWarmUp).run();
    tell(options, "the rates of saturated runs");
    auto const half = maximum(probe, options, client, Until::stored) / 2;
    auto const half_waited = maximum(probe, options, client, Until::outcome) / 2;

    std::vector<Phase> phases;
    for (auto const& load :
         {Load{"100 a second", kIdleRate, Until::outcome}, Load{"1,000 a second", kLightRate, Until::outcome},
          Load{"half of the maximum", half, Until::stored},
          Load{"half of the maximum with waits", half_waited, Until::outcome}})
        measure(probe, options, client, starts, load, phases);
    return phases;
}

std::vector<Phase> run_delayed(ScenarioOptions const& options, std::chrono::milliseconds spread) {
    ServerProbe probe(options.connection);
    Client client(client_options(options));
    Ends ends(probe, options, {"delayed"});
    Durations lateness(options.tasks);
    auto worker = make_worker(options);
    worker->handle(
        "delayed",
        [&](Task const& task, Context&) -> json {
            lateness.add(age_ns(task) - task.payload().at("delay_ms").get<std::int64_t>() * 1'000'000);
            return nullptr;
        },
        agent_options(options.concurrency));
    RunningWorker const running(std::move(worker));

    tell(options, with_commas(options.tasks) + " delayed tasks");
    std::vector<NewTask> tasks;
    for (std::int64_t i = 0; i < options.tasks; ++i) {
        auto const delay = 200ms + spread * i / options.tasks;
        NewTask task;
        task.options.delay = std::chrono::duration_cast<Milliseconds>(delay);
        task.payload_text = delayed_payload(task.options.delay);
        tasks.push_back(std::move(task));
    }
    PhaseTimer timer(probe, "delayed");
    require(client.dispatch_many("delayed", std::move(tasks)));
    ends.wait(options.tasks);
    auto phase = timer.finish(options.tasks);
    phase.latency = lateness.read();
    phase.latency_of = "due → start (clock of the producer)";
    return {phase};
}

}  // namespace leat::cli::bench
