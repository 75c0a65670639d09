#include "handlers/agent_process.hpp"

#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <utility>

namespace leat::handlers {
namespace asio = boost::asio;
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kDrainBytesMax = 1U << 20;  // of what is left in a pipe; pipes hold 64 KiB
constexpr Milliseconds kExitAfterClose{1'000};    // a process that ends closes its pipes a moment before
constexpr Milliseconds kDeathAfterKill{5'000};    // longer only while the kernel cannot let it go

}  // namespace

AgentProcess::AgentProcess(asio::any_io_executor executor, async::TaskGroup& group, ChildProcess child,
                           std::size_t line_bytes_max)
    : group_(group),
      pid_(child.pid),
      start_(executor, child.start.release()),
      input_(executor, child.input.release()),
      output_(executor, child.output.release()),
      errors_(executor, child.errors.release()),
      exit_watch_(executor, child.exit.release()),
      output_lines_(line_bytes_max),
      error_lines_(Limits::error_bytes),
      ended_(executor) {
    for (auto* descriptor : {&output_, &errors_})
        descriptor->native_non_blocking(true);  // drain() reads them directly
}

Result<std::shared_ptr<AgentProcess>> AgentProcess::start(asio::any_io_executor executor, async::TaskGroup& group,
                                                          LaunchPlan const& plan, std::size_t line_bytes_max) {
    auto child = start_child(plan);
    if (!child) return std::unexpected(child.error());
    auto self = std::make_shared<AgentProcess>(std::move(executor), group, std::move(*child), line_bytes_max);
    group.spawn(watch_start(self));
    group.spawn(watch_lines(self, Source::output));
    group.spawn(watch_lines(self, Source::errors));
    group.spawn(watch_exit(self));
    return self;
}

asio::awaitable<Result<void>> AgentProcess::loaded(LaunchPlan const& plan, Milliseconds timeout, Interrupt& interrupt) {
    auto const deadline = Clock::now() + timeout;
    interrupt_ = &interrupt;
    while (!loaded_ && !start_failure_ && !interrupt.raised && Clock::now() < deadline) {
        auto const left = deadline - Clock::now();
        co_await interrupt.changed.wait_for(left);
    }
    interrupt_ = nullptr;
    if (loaded_) co_return Result<void>();
    if (start_failure_) co_return fail(ErrorCode::unavailable, "exec", start_failure_->message(plan));
    if (interrupt.raised) co_return fail(ErrorCode::cancelled, "exec", "the attempt was cancelled");
    co_return fail(ErrorCode::timeout, "exec",
                   "loading the program took longer than " + std::to_string(timeout.count()) + " ms");
}

asio::awaitable<bool> AgentProcess::serve(std::string request, ExecAttempt& attempt, Interrupt& interrupt) {
    attempt_ = &attempt;
    interrupt_ = &interrupt;
    if (auto const lines = std::exchange(lines_between_tasks_, 0); lines > 0) {
        auto const note = "ignored " + std::to_string(lines) + " lines that the agent process wrote between two tasks";
        attempt.on_error_output(Line{note});
    }
    writing_ = true;
    group_.spawn(write(shared_from_this(), std::move(request)));
    while (!attempt.end() && !interrupt.raised) {
        if (exit_) {
            attempt.on_exit(*exit_, output_lines_.unfinished());
        } else if (!closed_stream_.empty() && Clock::now() >= closed_at_ + kExitAfterClose) {
            attempt.on_closed(closed_stream_);
        } else if (!closed_stream_.empty()) {
            auto const left = closed_at_ + kExitAfterClose - Clock::now();
            co_await interrupt.changed.wait_for(left);
        } else {
            co_await interrupt.changed.wait();
        }
    }
    if (!exit_) drain(Source::errors);  // what it said before its answer belongs to this attempt
    attempt_ = nullptr;
    interrupt_ = nullptr;
    bool const good = attempt.end() && attempt.end()->reusable;
    has_answered_ = has_answered_ || good;
    co_return good && !writing_ && usable();
}

asio::awaitable<void> AgentProcess::stop(Self self, Farewell farewell, Milliseconds grace) {
    if (farewell == Farewell::polite && !self->exit_) {
        boost::system::error_code ignored;
        self->input_.close(ignored);
        co_await self->ended_.wait_for(grace);
    }
    for (int const signal : {SIGTERM, SIGKILL}) {
        if (self->exit_) break;
        signal_group(self->pid_, signal);
        auto const patience = signal == SIGTERM ? grace : kDeathAfterKill;
        co_await self->ended_.wait_for(patience);
    }
    self->close_all();
}

bool AgentProcess::usable() noexcept {
    return !exit_ && closed_stream_.empty() && !has_ended(exit_watch_.native_handle());
}

asio::awaitable<void> AgentProcess::watch_start(Self self) {
    StartFailure failure;
    auto const buffer = asio::buffer(&failure, sizeof failure);
    auto const [error, bytes] = co_await asio::async_read(self->start_, buffer, kToken);
    if (bytes == sizeof failure) {
        self->start_failure_ = failure;
    } else if (error == asio::error::eof) {
        self->loaded_ = true;
    }
    self->wake();
}

asio::awaitable<void> AgentProcess::watch_lines(Self self, Source source) {
    std::array<char, kReadBytes> space{};
    for (;;) {
        auto const buffer = asio::buffer(space);
        auto const [error, bytes] = co_await self->stream(source).async_read_some(buffer, kToken);
        if (bytes > 0) self->take(source, std::string_view(space.data(), bytes));
        if (error) break;
    }
    if (source == Source::output && !self->exit_) self->note_closed("output");
}

asio::awaitable<void> AgentProcess::watch_exit(Self self) {
    auto const [error] = co_await self->exit_watch_.async_wait(asio::posix::stream_descriptor::wait_read, kToken);
    if (error) co_return;
    // What it wrote before its end is in the pipes: an answer counts even if the process ended at once after it.
    self->drain(Source::output);
    self->drain(Source::errors);
    signal_group(self->pid_, SIGKILL);  // its children do not outlive it
    self->exit_ = reap(self->pid_);
    self->wake();
    self->ended_.notify();
    self->close_all();
}

asio::awaitable<void> AgentProcess::write(Self self, std::string request) {
    auto const buffer = asio::buffer(request);
    auto const [error, bytes] = co_await asio::async_write(self->input_, buffer, kToken);
    self->writing_ = false;
    if (error && !self->exit_) self->note_closed("input");
}

asio::posix::stream_descriptor& AgentProcess::stream(Source source) noexcept {
    return source == Source::output ? output_ : errors_;
}

void AgentProcess::take(Source source, std::string_view bytes) {
    auto& lines = source == Source::output ? output_lines_ : error_lines_;
    lines.append(bytes, [this, source](Line line) {
        if (attempt_ == nullptr) {
            ++lines_between_tasks_;
        } else if (source == Source::output) {
            attempt_->on_output(line);
        } else {
            attempt_->on_error_output(line);
        }
    });
    if (attempt_ != nullptr && attempt_->end()) wake();
}

// Reads what is there now, without waiting.
void AgentProcess::drain(Source source) {
    std::array<char, kReadBytes> space{};
    for (std::size_t total = 0; total < kDrainBytesMax && stream(source).is_open();) {
        auto const bytes = ::read(stream(source).native_handle(), space.data(), space.size());
        if (bytes <= 0) return;
        total += static_cast<std::size_t>(bytes);
        take(source, std::string_view(space.data(), static_cast<std::size_t>(bytes)));
    }
}

void AgentProcess::note_closed(std::string_view stream) {
    if (!closed_stream_.empty()) return;
    closed_stream_ = stream;
    closed_at_ = Clock::now();
    wake();
}

void AgentProcess::wake() {
    if (interrupt_ != nullptr) interrupt_->changed.notify();
}

// Ends the coroutines that still read or write.
void AgentProcess::close_all() {
    boost::system::error_code ignored;
    for (auto* descriptor : {&start_, &input_, &output_, &errors_, &exit_watch_})
        descriptor->close(ignored);
}

}  // namespace leat::handlers
