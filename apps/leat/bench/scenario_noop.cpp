// Tasks that do nothing: what Leat and Redis cost by themselves.
#include <signal.h>
#include <sys/wait.h>

#include <utility>

#include "bench/workload.hpp"
#include "config/environment.hpp"
#include "subprocess.hpp"

namespace leat::cli::bench {
namespace {

using namespace std::chrono_literals;

// Worker processes beside this one, ended with this object.
class WorkerProcesses {
  public:
    WorkerProcesses(ScenarioOptions const& options, std::string const& agent, int count) {
        for (int i = 0; i < count; ++i) {
            Subprocess process;
            process.arguments = {own_path(),
                                 "bench",
                                 "worker",
                                 agent,
                                 std::to_string(options.agents),
                                 std::to_string(options.concurrency)};
            process.environment = config::environment_of(options.connection);
            process.death_signal = SIGKILL;
            auto const pid = spawn(process);
            if (pid > 0) pids_.push_back(pid);
        }
    }
    ~WorkerProcesses() {
        for (auto const pid : pids_)
            ::kill(pid, SIGTERM);
        for (auto const pid : pids_)
            ::waitpid(pid, nullptr, 0);
    }
    WorkerProcesses(WorkerProcesses const&) = delete;
    WorkerProcesses& operator=(WorkerProcesses const&) = delete;
    [[nodiscard]] std::vector<pid_t> const& pids() const noexcept { return pids_; }

  private:
    std::vector<pid_t> pids_;
};

// This process' worker, for all agents. `durations` gets the ages of tasks at their start.
std::unique_ptr<Worker> noop_worker(ScenarioOptions const& options, std::vector<std::string> const& agents,
                                    Durations* durations) {
    auto agent = agent_options(options.concurrency);
    if (options.batch > 0) agent.concurrency = static_cast<int>(options.batch);
    auto worker = make_worker(options);
    for (auto const& name : agents) {
        worker->handle(
            name,
            [durations](Task const& task, Context&) -> json {
                if (durations != nullptr) durations->add(age_ns(task));
                return nullptr;
            },
            agent);
    }
    return worker;
}

Phase drain(ServerProbe& probe, ScenarioOptions const& options, std::vector<std::string> const& agents, Ends& ends) {
    Durations waits(options.tasks);
    PhaseTimer timer(probe, "drain");
    RunningWorker const running(noop_worker(options, agents, &waits));
    ends.wait(options.tasks);
    auto phase = timer.finish(options.tasks);
    phase.latency = waits.read();
    phase.latency_of = "dispatch → start (the backlog's wait)";
    return phase;
}

// Of the tasks that this process ran, the ages: the others look the same.
Phase both(ServerProbe& probe, ScenarioOptions const& options, Client& client) {
    auto const agents = agent_names("both", options.agents);
    Ends ends(probe, options, agents);
    Durations ages(options.tasks);
    RunningWorker const running(noop_worker(options, agents, &ages));
    WorkerProcesses const others(options, "both", options.processes - 1);
    PhaseTimer timer(probe, "both", others.pids());
    dispatch_all(client, agents, options.tasks, options);
    ends.wait(options.tasks);
    auto phase = timer.finish(options.tasks);
    phase.latency = ages.read();
    phase.latency_of = "dispatch → start";
    return phase;
}

}  // namespace

std::vector<Phase> run_noop(ScenarioOptions const& options) {
    std::vector<Phase> phases;
    ServerProbe probe(options.connection);
    if (options.private_server) probe.watch_slow_calls();
    Client client(client_options(options));
    auto const agents = agent_names("noop", options.agents);
    Ends ends(probe, options, agents);

    tell(options, "dispatching " + with_commas(options.tasks) + " tasks");
    auto const memory_before = probe.number("used_memory");
    PhaseTimer dispatch(probe, "dispatch");
    dispatch_all(client, agents, options.tasks, options);
    phases.push_back(dispatch.finish(options.tasks));
    phases.back().redis_bytes_a_task =
        (probe.number("used_memory") - memory_before) / static_cast<double>(options.tasks);

    tell(options, "draining them with one worker");
    phases.push_back(drain(probe, options, agents, ends));

    tell(options, "dispatching and working at once");
    phases.push_back(both(probe, options, client));
    return phases;
}

int run_noop_worker(ConnectionOptions const& connection, std::string const& agent, int agents, int concurrency) {
    WorkerOptions worker_options;
    static_cast<ConnectionOptions&>(worker_options) = connection;
    Worker worker(std::move(worker_options));
    for (auto const& name : agent_names(agent, agents)) {
        worker.handle(
            name, [](Task const&, Context&) -> json { return nullptr; }, agent_options(concurrency));
    }
    return worker.run() ? 0 : 1;
}

std::vector<Phase> run_soak(ScenarioOptions const& options, std::chrono::milliseconds retention) {
    constexpr std::int64_t kInSystemMax = 20'000;  // tasks that wait or run
    constexpr std::int64_t kBurst = 2'000;
    constexpr std::int64_t kRetriedOneIn = 1'000;
    constexpr std::int64_t kResultsKept = 10'000;
    ServerProbe probe(options.connection);
    Client client(client_options(options));
    Ends ends(probe, options, {"soak"});
    std::atomic<std::int64_t> done{0};
    auto agent = agent_options(options.concurrency);
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

    tell(options, "a steady stream of " + with_commas(options.tasks) + " tasks");
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
    ends.wait(options.tasks);
    return {timer.finish(options.tasks)};
}

}  // namespace leat::cli::bench
