// A worker of a run: serves the run's agents and writes down what their handlers do and what the runtime tells.
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "chaos/history_file.hpp"
#include "chaos/load.hpp"
#include "chaos/setup.hpp"
#include "leat/event.hpp"
#include "leat/exec.hpp"
#include "leat/worker.hpp"
#include "subprocess.hpp"

namespace leat::cli::chaos {
namespace {

using boost::asio::awaitable;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds kLookEvery{5};  // how fast a blocking handler sees that it shall end
constexpr std::chrono::milliseconds kKillGrace{500};

// What a run of a handler leaves in the history. Thread-safe.
class Recorder {
  public:
    Recorder(std::string name, HistoryWriter history, HistoryWriter ledger)
        : name_(std::move(name)), history_(std::move(history)), ledger_(std::move(ledger)) {}

    [[nodiscard]] HistoryWriter const& history() const noexcept { return history_; }

    // The begin of a run: its fence.
    [[nodiscard]] Entry begin(Task const& task, Context const& context) {
        Entry entry{.op = Op::run, .phase = Phase::begin, .agent = task.agent(), .task = task.id()};
        entry.fence = name_ + "/" + std::to_string(++runs_);
        entry.worker = context.worker();
        entry.attempt = context.attempt();
        entry.count = task.crashes;
        history_.write(entry);
        return entry;
    }
    // The effect, then the end with its verdict.
    void end(Entry run, Verdict const& verdict, std::string const& digest) {
        run.t = 0;
        run.digest = digest;
        run.count = 0;
        run.op = Op::effect;
        run.phase = Phase::none;
        ledger_.write(run);
        run.op = Op::run;
        run.phase = Phase::end;
        run.status = status_of(verdict);
        if (auto const* const later = std::get_if<RetryAfter>(&verdict)) run.value = later->delay.count();
        history_.write(std::move(run));
    }

  private:
    static std::string status_of(Verdict const& verdict) {
        if (std::holds_alternative<Success>(verdict)) return "success";
        return std::holds_alternative<Dead>(verdict) ? "dead" : "retry";
    }

    std::string name_;
    HistoryWriter history_;
    HistoryWriter ledger_;
    std::atomic<std::uint64_t> runs_{0};
};

// A verdict of the handler, the way it was asked for: some retries are exceptions.
Verdict give(Errand const& errand, Context const& context, std::string const& fence, std::string const& digest,
             Recorder& recorder, Entry const& run) {
    auto const verdict = context.cancel_token().cancelled() ? Verdict{Retry{mark_fence("interrupted", fence)}}
                                                            : answer(errand, context.attempt(), fence, digest);
    recorder.end(run, verdict, digest);
    if (auto const* const retry = std::get_if<Retry>(&verdict); retry != nullptr && errand.retry_after < 0)
        throw std::runtime_error(retry->error);
    return verdict;
}

Verdict run_blocking(Recorder& recorder, Task const& task, Context& context) {
    auto const run = recorder.begin(task, context);
    auto const errand = errand_of(task.payload());
    auto const until = std::chrono::steady_clock::now() + Milliseconds(errand.run_ms);
    while (!context.cancel_token().cancelled() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(kLookEvery);
    return give(errand, context, run.fence, task_digest(task.id(), task.payload_text()), recorder, run);
}

awaitable<Verdict> run_coroutine(Recorder& recorder, Task task, Context& context) {
    auto const run = recorder.begin(task, context);
    auto const errand = errand_of(task.payload());
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    timer.expires_after(Milliseconds(errand.run_ms));
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return give(errand, context, run.fence, task_digest(task.id(), task.payload_text()), recorder, run);
}

// The fence goes into the subprocess' answer, which knows nothing of it.
Verdict marked(Verdict verdict, std::string const& fence) {
    if (auto* const success = std::get_if<Success>(&verdict)) {
        auto const told = json::parse(success->result_text, nullptr, false);
        success->result_text = json{{"digest", told.is_string() ? told : json("none")}, {"run", fence}}.dump();
    } else if (auto* const retry = std::get_if<Retry>(&verdict)) {
        retry->error = mark_fence(retry->error, fence);
    } else if (auto* const later = std::get_if<RetryAfter>(&verdict)) {
        later->error = mark_fence(later->error, fence);
    } else {
        auto& dead = std::get<Dead>(verdict);
        dead.reason = mark_fence(dead.reason, fence);
    }
    return verdict;
}

awaitable<Verdict> run_exec(Recorder& recorder, CoroutineHandler const& inner, Task task, Context& context) {
    auto const run = recorder.begin(task, context);
    auto const digest = task_digest(task.id(), task.payload_text());
    auto verdict = co_await inner(task, context);
    verdict = marked(std::move(verdict), run.fence);
    recorder.end(run, verdict, digest);
    co_return verdict;
}

Handler handler_of(ChaosAgent const& agent, Recorder& recorder) {
    if (agent.runner == Runner::blocking) {
        return make_handler([&recorder](Task const& task, Context& context) -> Verdict {
            return run_blocking(recorder, task, context);
        });
    }
    if (agent.runner == Runner::coroutine) {
        return make_handler([&recorder](Task task, Context& context) -> awaitable<Verdict> {
            return run_coroutine(recorder, std::move(task), context);
        });
    }
    ExecOptions options;
    options.command = {own_path(), "chaos", "agent"};
    options.kill_grace = kKillGrace;
    auto const inner = std::make_shared<CoroutineHandler>(std::get<CoroutineHandler>(exec_handler(std::move(options))));
    return make_handler([&recorder, inner](Task task, Context& context) -> awaitable<Verdict> {
        return run_exec(recorder, *inner, std::move(task), context);
    });
}

bool is_telling(EventKind kind) noexcept {
    return kind != EventKind::task_started && kind != EventKind::task_progress && kind != EventKind::task_log;
}

}  // namespace

Result<void> run_worker_process(Setup const& setup, std::string const& name) {
    auto history = HistoryWriter::open(setup.history_of(name), name);
    if (!history) return std::unexpected(history.error());
    auto ledger = HistoryWriter::open(setup.ledger_of(name), name);
    if (!ledger) return std::unexpected(ledger.error());
    Recorder recorder(name, std::move(*history), std::move(*ledger));

    WorkerOptions options;
    static_cast<ConnectionOptions&>(options) = setup.connection;
    options.name = name;
    // An answer that does not come must not cost the lease.
    options.command_timeout = setup.lease / 3;
    options.grace = kDrainGrace;
    options.front_door.enabled = true;
    options.front_door.stream = setup.front_stream();
    options.on_event = [&recorder](Event const& event) {
        if (!is_telling(event.kind)) return;
        Entry entry{.op = Op::event, .agent = std::string(event.agent), .task = std::string(event.task)};
        entry.status = to_string(event.kind);
        entry.detail = event.detail;
        entry.attempt = event.attempt;
        entry.value = event.value;
        entry.count = event.count;
        recorder.history().write(std::move(entry));
    };
    Worker worker(std::move(options));
    for (auto const& agent : kAgents)
        worker.add(std::string(agent.name), handler_of(agent, recorder), agent_options(agent, setup.lease));
    Entry serve{.op = Op::serve, .worker = worker.consumer()};
    recorder.history().write(std::move(serve));
    return worker.run();
}

}  // namespace leat::cli::chaos
