#include "bench/scenarios.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "leat/leat.hpp"

namespace leat::cli::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kDrainTimeout{600};
constexpr std::size_t kWindow = 10'000;  // tasks handed over at once
constexpr int kProducers = 2;            // windows under way
constexpr std::string_view kStampStart = "{\"t\":";

// A payload that carries the time of its dispatch at a fixed place, filled up to the wanted size.
std::string stamped_payload(std::size_t bytes) {
    auto text = std::string(kStampStart) + std::to_string(steady_ns()) + ",\"text\":\"";
    text.append(bytes > text.size() + 2 ? bytes - text.size() - 2 : 0, 'x');
    return text + "\"}";
}

std::int64_t age_ns(Task const& task) {
    auto const text = std::string_view(task.payload_text()).substr(kStampStart.size());
    std::int64_t stamp = 0;
    std::from_chars(text.data(), text.data() + text.size(), stamp);
    return steady_ns() - stamp;
}

// Ages of tasks as their handlers saw them. Thread-safe.
class Ages {
  public:
    explicit Ages(std::int64_t expected) : values_(static_cast<std::size_t>(expected)) {}
    void add(std::int64_t ns) {
        auto const at = next_.fetch_add(1, std::memory_order_relaxed);
        if (at < values_.size()) values_[at] = ns;
    }
    [[nodiscard]] Percentiles read() {
        values_.resize(std::min(values_.size(), next_.load()));
        return percentiles(values_);
    }

  private:
    std::vector<std::int64_t> values_;
    std::atomic<std::size_t> next_{0};
};

// A worker on a thread of its own, stopped with this object.
class RunningWorker {
  public:
    explicit RunningWorker(std::unique_ptr<Worker> worker)
        : worker_(std::move(worker)), thread_([this] { result_ = worker_->run(); }) {}
    ~RunningWorker() {
        worker_->stop();
        thread_.join();
    }

  private:
    std::unique_ptr<Worker> worker_;
    Result<void> result_{};
    std::thread thread_;
};

std::unique_ptr<Worker> make_worker(ScenarioOptions const& options) {
    WorkerOptions worker;
    worker.redis = options.redis;
    worker.prefix = options.prefix;
    worker.handle_signals = false;
    return std::make_unique<Worker>(std::move(worker));
}

ClientOptions client_options(ScenarioOptions const& options) {
    ClientOptions client;
    client.redis = options.redis;
    client.prefix = options.prefix;
    return client;
}

void require(std::vector<Result<Receipt>> const& receipts) {
    for (auto const& receipt : receipts) {
        if (!receipt) throw std::runtime_error(receipt.error().message());
    }
}

// Dispatches `tasks` tasks in windows from a few threads.
void dispatch_all(Client& client, std::string const& agent, ScenarioOptions const& options) {
    std::atomic<std::int64_t> left{options.tasks};
    std::mutex mutex;
    std::exception_ptr thrown;
    auto const produce = [&] {
        try {
            while (true) {
                auto const before = left.fetch_sub(static_cast<std::int64_t>(kWindow));
                if (before <= 0) return;
                auto const count = std::min<std::int64_t>(before, static_cast<std::int64_t>(kWindow));
                std::vector<NewTask> window;
                window.reserve(static_cast<std::size_t>(count));
                for (std::int64_t i = 0; i < count; ++i)
                    window.push_back({stamped_payload(options.payload_bytes), {}});
                require(client.dispatch_many(agent, std::move(window)));
            }
        } catch (...) {
            std::lock_guard const lock(mutex);
            thrown = std::current_exception();
        }
    };
    std::vector<std::thread> producers;
    for (int i = 0; i < kProducers; ++i)
        producers.emplace_back(produce);
    for (auto& producer : producers)
        producer.join();
    if (thrown) std::rethrow_exception(thrown);
}

void wait_drained(ServerProbe& probe, ScenarioOptions const& options, std::string const& agent) {
    if (probe.wait_for_stat(options.prefix, agent, "succeeded", options.tasks, kDrainTimeout)) return;
    throw std::runtime_error("not every task had its outcome within 10 minutes");
}

void tell(ScenarioOptions const& options, std::string const& line) {
    if (options.on_progress) options.on_progress(line);
}

AgentOptions noop_agent(ScenarioOptions const& options) {
    AgentOptions agent;
    agent.concurrency = options.concurrency;
    return agent;
}

}  // namespace

std::vector<Phase> run_noop(ScenarioOptions const& options) {
    std::vector<Phase> phases;
    ServerProbe probe(options.redis);
    Client client(client_options(options));

    tell(options, "dispatching " + std::to_string(options.tasks) + " tasks");
    PhaseTimer dispatch(probe, "dispatch");
    dispatch_all(client, "noop", options);
    phases.push_back(dispatch.finish(options.tasks));

    tell(options, "draining them with one worker");
    Ages waits(options.tasks);
    PhaseTimer drain(probe, "drain");
    {
        auto worker = make_worker(options);
        worker->handle(
            "noop",
            [&waits](Task const& task, Context&) -> json {
                waits.add(age_ns(task));
                return nullptr;
            },
            noop_agent(options));
        RunningWorker const running(std::move(worker));
        wait_drained(probe, options, "noop");
        phases.push_back(drain.finish(options.tasks));
    }
    phases.back().latency = waits.read();
    phases.back().latency_of = "dispatch → start (the backlog's wait)";

    tell(options, "dispatching and working at once");
    Ages ages(options.tasks);
    {
        auto worker = make_worker(options);
        worker->handle(
            "both",
            [&ages](Task const& task, Context&) -> json {
                ages.add(age_ns(task));
                return nullptr;
            },
            noop_agent(options));
        RunningWorker const running(std::move(worker));
        PhaseTimer both(probe, "both");
        dispatch_all(client, "both", options);
        wait_drained(probe, options, "both");
        phases.push_back(both.finish(options.tasks));
    }
    phases.back().latency = ages.read();
    phases.back().latency_of = "dispatch → start";
    return phases;
}

std::vector<Phase> run_latency(ScenarioOptions const& options) {
    constexpr auto kEvery = 10ms;
    ServerProbe probe(options.redis);
    Client client(client_options(options));
    auto worker = make_worker(options);
    worker->handle(
        "latency", [](Task const&, Context&) -> json { return nullptr; }, noop_agent(options));
    RunningWorker const running(std::move(worker));

    auto const once = [&] {
        auto const started = steady_ns();
        auto const receipt = client.dispatch_text("latency", stamped_payload(options.payload_bytes));
        if (!receipt) throw std::runtime_error(receipt.error().message());
        auto const result = client.wait("latency", receipt->task_id, 10s);
        if (!result) throw std::runtime_error(result.error().message());
        return steady_ns() - started;
    };
    for (int i = 0; i < 20; ++i)
        static_cast<void>(once());  // connections, scripts and subscription are warm

    tell(options, "one task at a time, 100 a second");
    std::vector<std::int64_t> durations;
    PhaseTimer timer(probe, "latency");
    auto next = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < options.tasks; ++i) {
        next += kEvery;
        std::this_thread::sleep_until(next);
        durations.push_back(once());
    }
    auto phase = timer.finish(options.tasks);
    phase.latency = percentiles(durations);
    phase.latency_of = "dispatch → outcome seen by wait";
    return {phase};
}

std::vector<Phase> run_fanout(ScenarioOptions const& options, std::chrono::milliseconds sleep) {
    ServerProbe probe(options.redis);
    Client client(client_options(options));
    tell(options, "dispatching " + std::to_string(options.tasks) + " tasks");
    dispatch_all(client, "fanout", options);

    tell(options, std::to_string(options.concurrency) + " handlers asleep at once");
    std::atomic<std::int64_t> asleep{0};
    std::atomic<std::int64_t> most{0};
    PhaseTimer timer(probe, "fanout");
    auto worker = make_worker(options);
    worker->handle(
        "fanout",
        [&asleep, &most, sleep](Task, Context&) -> boost::asio::awaitable<json> {
            struct Nap {
                static boost::asio::awaitable<json> take(std::atomic<std::int64_t>& now,
                                                         std::atomic<std::int64_t>& peak,
                                                         std::chrono::milliseconds length) {
                    auto const count = ++now;
                    auto seen = peak.load();
                    while (count > seen && !peak.compare_exchange_weak(seen, count)) {
                    }
                    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, length);
                    co_await timer.async_wait(boost::asio::use_awaitable);
                    --now;
                    co_return nullptr;
                }
            };
            return Nap::take(asleep, most, sleep);
        },
        noop_agent(options));
    RunningWorker const running(std::move(worker));
    wait_drained(probe, options, "fanout");
    auto phase = timer.finish(options.tasks);
    phase.name = "fanout, " + std::to_string(most.load()) + " at once, RSS " +
                 std::to_string(static_cast<long>(resident_mib())) + " MiB, stale " +
                 std::to_string(probe.stat(options.prefix, "fanout", "stale"));
    return {phase};
}

std::vector<Phase> run_delayed(ScenarioOptions const& options, std::chrono::milliseconds spread) {
    ServerProbe probe(options.redis);
    Client client(client_options(options));
    std::vector<std::int64_t> lateness;
    std::mutex mutex;
    auto worker = make_worker(options);
    worker->handle(
        "delayed",
        [&](Task const& task, Context&) -> json {
            // Age minus the delay it was given, which the payload repeats as its length-independent field.
            auto const delay_ms = task.payload().at("delay_ms").get<std::int64_t>();
            auto const late = steady_ns() - task.payload().at("t").get<std::int64_t>() - delay_ms * 1'000'000;
            std::lock_guard const lock(mutex);
            lateness.push_back(late);
            return nullptr;
        },
        noop_agent(options));
    RunningWorker const running(std::move(worker));

    tell(options, std::to_string(options.tasks) + " delayed tasks");
    std::vector<NewTask> tasks;
    for (std::int64_t i = 0; i < options.tasks; ++i) {
        auto const delay = 200ms + spread * i / options.tasks;
        NewTask task;
        task.options.delay = std::chrono::duration_cast<Milliseconds>(delay);
        task.payload_text = json{{"t", steady_ns()}, {"delay_ms", task.options.delay.count()}}.dump();
        tasks.push_back(std::move(task));
    }
    PhaseTimer timer(probe, "delayed");
    require(client.dispatch_many("delayed", std::move(tasks)));
    wait_drained(probe, options, "delayed");
    auto phase = timer.finish(options.tasks);
    phase.latency = percentiles(lateness);
    phase.latency_of = "due → start (clock of the producer)";
    return {phase};
}

std::vector<Phase> run_soak(ScenarioOptions const& options, std::chrono::milliseconds retention) {
    constexpr std::int64_t kInSystemMax = 20'000;  // tasks that wait or run
    constexpr std::int64_t kBurst = 2'000;
    constexpr std::int64_t kRetriedOneIn = 1'000;
    constexpr std::int64_t kResultsKept = 10'000;
    ServerProbe probe(options.redis);
    Client client(client_options(options));
    std::atomic<std::int64_t> done{0};
    auto agent = noop_agent(options);
    agent.retention = retention;
    agent.results_kept = kResultsKept;
    auto worker = make_worker(options);
    worker->handle(
        "soak",
        [&done](Task const& task, Context&) -> json {
            auto const number = done.load(std::memory_order_relaxed);
            if (number % kRetriedOneIn == 0 && task.retry_count == 0) throw RetryAfter{0ms, "once more"};
            done.fetch_add(1, std::memory_order_relaxed);
            return nullptr;
        },
        agent);
    RunningWorker const running(std::move(worker));

    tell(options, "a steady stream of " + std::to_string(options.tasks) + " tasks");
    PhaseTimer timer(probe, "soak");
    for (std::int64_t sent = 0; sent < options.tasks;) {
        if (sent - done.load() > kInSystemMax - kBurst) {
            std::this_thread::sleep_for(1ms);
            continue;
        }
        std::vector<NewTask> burst;
        for (std::int64_t i = std::min(kBurst, options.tasks - sent); i > 0; --i)
            burst.push_back({stamped_payload(options.payload_bytes), {}});
        sent += std::ssize(burst);
        require(client.dispatch_many("soak", std::move(burst)));
    }
    wait_drained(probe, options, "soak");
    return {timer.finish(options.tasks)};
}

}  // namespace leat::cli::bench
