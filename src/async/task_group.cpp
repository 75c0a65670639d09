#include "async/task_group.hpp"

#include <boost/asio/co_spawn.hpp>
#include <cassert>
#include <utility>

#include "async/signal.hpp"

namespace leat::async {

// Shared with the completion handlers: an executor that is destroyed with tasks in it outlives the group.
struct TaskGroup::State {
    explicit State(boost::asio::any_io_executor executor_in) : executor(std::move(executor_in)), ended(executor) {}

    boost::asio::any_io_executor executor;
    Signal ended;
    std::size_t running = 0;
    std::exception_ptr first_exception;
};

TaskGroup::TaskGroup(boost::asio::any_io_executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup() {
    // While an exception unwinds, that exception is the better report.
    assert(state_->running == 0 || std::uncaught_exceptions() > 0);
}

void TaskGroup::spawn(boost::asio::awaitable<void> task) {
    ++state_->running;
    boost::asio::co_spawn(state_->executor, std::move(task), [state = state_](std::exception_ptr exception) {
        if (exception && !state->first_exception) state->first_exception = std::move(exception);
        if (--state->running == 0) state->ended.notify();
    });
}

boost::asio::awaitable<void> TaskGroup::join() {
    auto const state = state_;
    while (state->running > 0)
        co_await state->ended.wait();
    if (state->first_exception) std::rethrow_exception(std::exchange(state->first_exception, nullptr));
}

std::size_t TaskGroup::size() const noexcept {
    return state_->running;
}

}  // namespace leat::async
