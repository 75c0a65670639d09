// Slow handlers in slots, and crowds: handlers asleep at once, tasks that wait, tasks that are due together.
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>
#include <semaphore>
#include <stdexcept>
#include <utility>

#include "bench/workload.hpp"

namespace leat::cli::bench {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;

constexpr std::chrono::milliseconds kWorkedFor{10'000};  // with short handlers, about
constexpr std::int64_t kWavesMin = 2;
constexpr std::chrono::minutes kStartTimeout{1};
constexpr std::chrono::milliseconds kPaceStep{1};

struct Slots {
    int count = 0;
    std::chrono::milliseconds run{};
    std::int64_t tasks = 0;

    [[nodiscard]] double possible_per_s() const { return count * 1e3 / static_cast<double>(run.count()); }
};

// Each slot gets so many tasks that the run takes some seconds.
Slots slots_of(int count, std::chrono::milliseconds run) {
    return {count, run, count * std::max<std::int64_t>(kWavesMin, kWorkedFor / run)};
}

std::string name_of(Slots const& slots) {
    auto const seconds = slots.run >= 1s;
    return with_commas(slots.count) + " slots of " +
           (seconds
                ? std::to_string(slots.run.count() / 1'000) + "." + std::to_string(slots.run.count() / 100 % 10) + " s"
                : std::to_string(slots.run.count()) + " ms");
}

awaitable<json> nap(std::chrono::milliseconds length) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, length);
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return nullptr;
}

// A backlog, so that no slot is ever without work. Begins with the first handler: a worker starts once in its life.
Phase full(ServerProbe& probe, ScenarioOptions const& options, Client& client, Slots const& slots) {
    auto const agent = "full" + std::to_string(slots.count);
    Ends ends(probe, options, {agent});
    dispatch_all(client, {agent}, slots.tasks, options);
    auto worker = make_worker(options);
    std::atomic_flag is_begun;
    std::binary_semaphore begun(0);
    worker->handle(
        agent,
        [&is_begun, &begun, run = slots.run](Task const&, Context&) {
            if (!is_begun.test_and_set()) begun.release();
            return nap(run);
        },
        agent_options(slots.count));
    RunningWorker const running(std::move(worker));
    if (!begun.try_acquire_for(kStartTimeout)) throw std::runtime_error("no handler began within a minute");
    PhaseTimer timer(probe, name_of(slots) + ", all busy");
    ends.wait(slots.tasks);
    auto phase = timer.finish(slots.tasks);
    phase.possible_per_s = slots.possible_per_s();
    return phase;
}

// Half as many tasks as the slots can take, evenly spread.
void pace(ScenarioOptions const& options, Client& client, std::string const& agent, Slots const& slots,
          std::int64_t tasks) {
    auto const start = std::chrono::steady_clock::now();
    for (std::int64_t sent = 0; sent < tasks;) {
        auto const passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        auto const due = std::min(tasks, 1 + static_cast<std::int64_t>(passed * slots.possible_per_s() / 2));
        std::vector<NewTask> burst;
        for (; sent < due; ++sent)
            burst.push_back({stamped_payload(options.payload_bytes), {}});
        if (burst.empty()) {
            std::this_thread::sleep_for(kPaceStep);
        } else {
            require(client.dispatch_many(agent, std::move(burst)));
        }
    }
}

Phase half(ServerProbe& probe, ScenarioOptions const& options, Client& client, Slots const& slots) {
    auto const agent = "half" + std::to_string(slots.count);
    auto const tasks = std::max<std::int64_t>(1, slots.tasks / 2);
    Ends ends(probe, options, {agent});
    Durations overheads(tasks);
    struct Nap {
        static awaitable<json> take(Task task, std::chrono::milliseconds length, Durations& overheads) {
            co_await nap(length);
            overheads.add(age_ns(task) - std::chrono::nanoseconds(length).count());
            co_return nullptr;
        }
    };
    auto worker = make_worker(options);
    worker->handle(
        agent,
        [&overheads, run = slots.run](Task task, Context&) { return Nap::take(std::move(task), run, overheads); },
        agent_options(slots.count));
    RunningWorker const running(std::move(worker));
    PhaseTimer timer(probe, name_of(slots) + ", half busy");
    pace(options, client, agent, slots, tasks);
    ends.wait(tasks);
    auto phase = timer.finish(tasks);
    phase.latency = overheads.read();
    phase.latency_of = "dispatch → the handler's end, without the handler's own time";
    return phase;
}

// `concurrency` coroutine handlers asleep at once; the phase's name says how many there really were.
Phase asleep_at_once(ServerProbe& probe, ScenarioOptions const& options, Client& client) {
    static constexpr std::chrono::milliseconds kNap{1'000};
    Ends ends(probe, options, {"fanout"});
    dispatch_all(client, {"fanout"}, options.tasks, options);
    struct Counts {
        std::atomic<std::int64_t> now{0};
        std::atomic<std::int64_t> most{0};

        static awaitable<json> sleep(Counts& counts) {
            auto const count = ++counts.now;
            auto seen = counts.most.load();
            while (count > seen && !counts.most.compare_exchange_weak(seen, count)) {
            }
            co_await nap(kNap);
            --counts.now;
            co_return nullptr;
        }
    };
    Counts counts;
    Losses losses;
    auto worker = make_worker(options, losses.listener());
    worker->handle(
        "fanout", [&counts](Task const&, Context&) { return Counts::sleep(counts); },
        agent_options(options.concurrency));
    PhaseTimer timer(probe, "fanout");
    RunningWorker const running(std::move(worker));
    ends.wait(options.tasks);
    auto phase = timer.finish(options.tasks);
    phase.name = with_commas(counts.most.load()) + " handlers asleep at once";
    losses.report(phase);
    return phase;
}

// A backlog that is built, then drained.
void add_waiting(ServerProbe& probe, ScenarioOptions const& options, Client& client, std::vector<Phase>& phases) {
    Ends ends(probe, options, {"waiting"});
    auto const memory_before = probe.number("used_memory");
    PhaseTimer dispatch(probe, with_commas(options.waiting) + " tasks dispatched");
    dispatch_all(client, {"waiting"}, options.waiting, options);
    phases.push_back(dispatch.finish(options.waiting));
    phases.back().redis_bytes_a_task =
        (probe.number("used_memory") - memory_before) / static_cast<double>(options.waiting);

    PhaseTimer drain(probe, with_commas(options.waiting) + " tasks drained");
    Losses losses;
    auto worker = make_worker(options, losses.listener());
    worker->handle(
        "waiting", [](Task const&, Context&) -> json { return nullptr; }, agent_options(options.concurrency));
    RunningWorker const running(std::move(worker));
    ends.wait(options.waiting);
    phases.push_back(drain.finish(options.waiting));
    losses.report(phases.back());
}

// All due at one moment, which is far enough for their dispatch.
Phase due_together(ServerProbe& probe, ScenarioOptions const& options, Client& client) {
    constexpr std::int64_t kDispatchedPerMs = 10;
    Ends ends(probe, options, {"due"});
    Durations lateness(options.delayed);
    auto const due =
        std::chrono::steady_clock::now() + 1s + std::chrono::milliseconds(options.delayed / kDispatchedPerMs);
    Losses losses;
    auto worker = make_worker(options, losses.listener());
    worker->handle(
        "due",
        [&lateness, due](Task const&, Context&) -> json {
            lateness.add(std::chrono::nanoseconds(std::chrono::steady_clock::now() - due).count());
            return nullptr;
        },
        agent_options(options.concurrency));
    RunningWorker const running(std::move(worker));
    PhaseTimer timer(probe, with_commas(options.delayed) + " tasks due together");
    constexpr std::int64_t kWindow = 1'000;
    for (std::int64_t sent = 0; sent < options.delayed;) {
        std::vector<NewTask> window;
        auto const delay =
            std::max(1ms, std::chrono::ceil<std::chrono::milliseconds>(due - std::chrono::steady_clock::now()));
        for (; sent < options.delayed && std::ssize(window) < kWindow; ++sent) {
            window.push_back({stamped_payload(options.payload_bytes), {}});
            window.back().options.delay = delay;
        }
        require(client.dispatch_many("due", std::move(window)));
    }
    ends.wait(options.delayed);
    auto phase = timer.finish(options.delayed);
    phase.latency = lateness.read();
    phase.latency_of = "due → start (clock of the producer)";
    losses.report(phase);
    return phase;
}

}  // namespace

std::vector<Phase> run_article(ScenarioOptions const& options) {
    ServerProbe probe(options.connection);
    if (options.private_server) probe.watch_slow_calls();
    Client client(client_options(options));
    std::vector<Phase> phases;
    for (auto const count : options.slots) {
        auto const slots = slots_of(count, options.run);
        tell(options, name_of(slots));
        phases.push_back(full(probe, options, client, slots));
        phases.push_back(half(probe, options, client, slots));
    }
    return phases;
}

std::vector<Phase> run_fanout(ScenarioOptions const& options) {
    ServerProbe probe(options.connection);
    if (options.private_server) probe.watch_slow_calls();
    Client client(client_options(options));
    std::vector<Phase> phases;
    tell(options, with_commas(options.concurrency) + " handlers asleep at once");
    phases.push_back(asleep_at_once(probe, options, client));
    if (options.waiting > 0) {
        tell(options, with_commas(options.waiting) + " tasks that wait");
        add_waiting(probe, options, client, phases);
    }
    if (options.delayed > 0) {
        tell(options, with_commas(options.delayed) + " tasks that are due together");
        phases.push_back(due_together(probe, options, client));
    }
    return phases;
}

}  // namespace leat::cli::bench
