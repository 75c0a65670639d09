#include "runtime/task_log.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace leat::runtime {

using boost::asio::awaitable;

TaskLog::TaskLog(WorkerCore& core, store::AgentKeys const& keys)
    : Service(core, "task_log"), keys_(keys), calls_(core.engine) {}

bool TaskLog::add(store::LogLine line, LogBuffer::Step* step) {
    auto const added = buffer_.add(std::move(line), step);
    if (added.tell) call_engine();
    return !added.replaced;
}

void TaskLog::count_dropped() {
    if (buffer_.count_dropped(1)) call_engine();
}

void TaskLog::call_engine() {
    boost::asio::post(core_.engine, [this] {
        if (idle_ || buffer_.half_full()) notify();
    });
}

awaitable<void> TaskLog::run() {
    while (!stopping_) {
        idle_ = true;
        co_await wake_.wait();
        idle_ = false;
        while (!stopping_ && !buffer_.empty()) {
            send(kLogCalls);
            auto const pause = failing_ ? kLogRetryEvery : kLogEvery;
            co_await wake_.wait_for(pause);
        }
    }
    send(kLogCallsMax);
    ended_ = true;
    co_await calls_.join();
}

void TaskLog::send_now() {
    if (!failing_) send(kLogCallsMax);
}

// Without a connection what was said waits here, where it is bounded.
void TaskLog::send(std::size_t calls_max) {
    while (!ended_ && !buffer_.empty() && calls_.size() < calls_max && core_.command.connected())
        calls_.spawn(write(buffer_.take(kLogBatch)));
}

awaitable<void> TaskLog::write(LogBuffer::Taken taken) {
    bool const has_lines = !taken.lines.empty();
    auto const written = co_await store::write_log(core_.command, keys_, std::move(taken.lines), taken.dropped);
    if (written.error) {
        tell(*written.error);
    } else if (has_lines) {
        failing_.reset();
    }
    if (buffer_.count_dropped(written.lost)) call_engine();
}

void TaskLog::tell(Error const& error) {
    if (error.code == ErrorCode::cancelled || failing_ == error.code) return;  // cancelled: the worker ends at once
    failing_ = error.code;
    auto const detail = error.message() + "; what handlers say is dropped meanwhile, and counted (log_dropped)";
    core_.emit({.kind = EventKind::service_error, .agent = keys_.agent, .task = name_, .detail = detail, .count = 1});
}

}  // namespace leat::runtime
