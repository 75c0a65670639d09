#pragma once
// Structured concurrency: every coroutine has an owner that ends it.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <exception>
#include <memory>

namespace leat::async {

// Owns background coroutines on one single-threaded executor. All functions on that thread.
class TaskGroup {
  public:
    explicit TaskGroup(boost::asio::any_io_executor executor);
    // Every task must have ended: join() before destruction (asserted).
    ~TaskGroup();
    TaskGroup(TaskGroup const&) = delete;
    TaskGroup& operator=(TaskGroup const&) = delete;

    // Starts a coroutine. An exception out of it is a defect: it is kept and rethrown by join().
    void spawn(boost::asio::awaitable<void> task);
    // Waits until every task has ended (their owners have told them to). Rethrows the first exception.
    [[nodiscard]] boost::asio::awaitable<void> join();
    [[nodiscard]] std::size_t size() const noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace leat::async
