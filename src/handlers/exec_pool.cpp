#include "handlers/exec_pool.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <utility>

namespace leat::handlers {
namespace asio = boost::asio;
namespace {

using Clock = std::chrono::steady_clock;

// Writing to a process that has gone raises SIGPIPE in the writing thread; blocked there, it is only the error EPIPE.
void block_sigpipe() {
    sigset_t broken_pipe;
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
}

std::optional<Milliseconds> time_left(Context const& context) {
    auto const deadline = context.deadline();
    if (deadline == Clock::time_point::max()) return std::nullopt;
    auto const left = std::chrono::duration_cast<Milliseconds>(deadline - Clock::now());
    return std::max(left, Milliseconds(0));
}

Verdict interrupted(ExecRun const& run) {
    return Retry{"the attempt was ended: " + std::string(to_string(run.context->cancel_token().reason()))};
}

Verdict cannot_start(std::string_view why) {
    return Retry{std::string("agent process cannot be started: ").append(why)};
}

}  // namespace

ExecPool::ExecPool(ExecOptions options)
    : processes_max_(static_cast<std::size_t>(options.processes)),
      line_bytes_max_(options.output_bytes_max),
      start_timeout_(options.start_timeout),
      kill_grace_(options.kill_grace),
      plan_(make_launch_plan(options)),
      thread_("leat-exec"),
      group_(thread_.context().get_executor()) {
    asio::post(thread_.context(), block_sigpipe);
}

ExecPool::~ExecPool() {
    asio::co_spawn(thread_.context(), shut_down(), asio::use_future).get();
}

void ExecPool::submit(std::shared_ptr<ExecRun> run) {
    asio::post(thread_.context(), [this, run = std::move(run)]() mutable { group_.spawn(conduct(std::move(run))); });
}

void ExecPool::interrupt(std::shared_ptr<ExecRun> run) {
    asio::post(thread_.context(), [run = std::move(run)] {
        run->interrupt.raised = true;
        run->interrupt.changed.notify();
    });
}

asio::awaitable<void> ExecPool::conduct(std::shared_ptr<ExecRun> run) {
    Verdict verdict;
    try {
        verdict = co_await attempt(*run);
    } catch (...) {
        verdict = verdict_of_current_exception();
    }
    if (run->has_slot) release_slot();
    auto finish = std::move(run->finish);
    run->context = nullptr;
    finish(std::move(verdict));
}

asio::awaitable<Verdict> ExecPool::attempt(ExecRun& run) {
    co_await acquire_slot(run);
    if (run.interrupt.raised) co_return interrupted(run);
    auto process = take_idle();
    if (!process) {
        auto started = co_await start_process(run);
        if (!started) co_return run.interrupt.raised ? interrupted(run) : cannot_start(started.error().detail);
        process = std::move(*started);
    }
    RequestInfo const info{run.context->attempt(), run.context->idempotency_key(), run.context->traceparent(),
                           time_left(*run.context)};
    auto request = encode_request(run.task, info);
    if (!request) {
        idle_.push_back(std::move(process));
        co_return Dead{request.error().detail};
    }
    co_return co_await serve(run, std::move(process), std::move(*request));
}

asio::awaitable<Verdict> ExecPool::serve(ExecRun& run, Process process, std::string request) {
    ExecAttempt decisions(run.task.id(), *run.context);
    bool const reusable = co_await process->serve(std::move(request), decisions, run.interrupt);
    auto const& answer = decisions.end();
    if (process->has_answered()) {
        backoff_.worked();
    } else if (answer) {
        note_start_failure(std::get<Retry>(answer->verdict).error);
    }
    if (reusable) {
        idle_.push_back(std::move(process));
    } else {
        co_await process->stop(AgentProcess::Farewell::firm, kill_grace_);
    }
    co_return answer ? answer->verdict : interrupted(run);
}

asio::awaitable<void> ExecPool::acquire_slot(ExecRun& run) {
    if (processes_max_ == 0 || slots_taken_ < processes_max_) {
        ++slots_taken_;
        run.has_slot = true;
        co_return;
    }
    waiting_.push_back(&run);
    while (!run.has_slot && !run.interrupt.raised) {
        co_await run.interrupt.changed.wait();
    }
    if (!run.has_slot) std::erase(waiting_, &run);
}

void ExecPool::release_slot() {
    if (waiting_.empty()) {
        --slots_taken_;
        return;
    }
    auto* const next = waiting_.front();  // takes the slot over
    waiting_.pop_front();
    next->has_slot = true;
    next->interrupt.changed.notify();
}

// Waits while starting the command keeps failing.
asio::awaitable<void> ExecPool::pause_before_start(ExecRun& run) {
    auto const until = backoff_.next();
    while (!run.interrupt.raised && Clock::now() < until) {
        auto const left = until - Clock::now();
        co_await run.interrupt.changed.wait_for(left);
    }
}

asio::awaitable<Result<ExecPool::Process>> ExecPool::start_process(ExecRun& run) {
    co_await pause_before_start(run);
    if (run.interrupt.raised) co_return fail(ErrorCode::cancelled, "exec", "cancelled");
    // Another attempt tries just now; its failure would be ours.
    if (!backoff_.may_start(Clock::now())) co_return fail(ErrorCode::unavailable, "exec", last_start_error_);
    auto process = AgentProcess::start(executor(), group_, plan_, line_bytes_max_);
    if (!process) {
        note_start_failure(process.error().detail);
        co_return process;
    }
    auto loaded = co_await (*process)->loaded(plan_, start_timeout_, run.interrupt);
    if (loaded) co_return process;
    if (!run.interrupt.raised) note_start_failure(loaded.error().detail);
    co_await (*process)->stop(AgentProcess::Farewell::firm, kill_grace_);
    co_return std::unexpected(std::move(loaded.error()));
}

void ExecPool::note_start_failure(std::string_view why) {
    backoff_.failed(Clock::now());
    last_start_error_ = why;
}

// The one that was used last is still warm; those that ended meanwhile are dropped.
ExecPool::Process ExecPool::take_idle() {
    while (!idle_.empty()) {
        auto process = std::move(idle_.back());
        idle_.pop_back();
        if (process->usable()) return process;
        retire(process, AgentProcess::Farewell::firm);
    }
    return nullptr;
}

// Ends a process that nobody waits for.
void ExecPool::retire(Process const& process, AgentProcess::Farewell farewell) {
    group_.spawn(process->stop(farewell, kill_grace_));
}

asio::awaitable<void> ExecPool::shut_down() {
    for (auto& process : std::exchange(idle_, {}))
        retire(process, AgentProcess::Farewell::polite);
    co_await group_.join();
}

}  // namespace leat::handlers
