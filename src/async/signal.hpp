#pragma once
// A wake-up between coroutines of one thread: notify() wakes every waiter; a notify without waiter is kept for the
// next.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <vector>

namespace leat::async {

// All functions on the executor's one thread. Waiters must have left before destruction; one whose coroutine is
// destroyed later by its executor does no harm.
class Signal {
  public:
    explicit Signal(boost::asio::any_io_executor executor);
    ~Signal();
    Signal(Signal const&) = delete;
    Signal& operator=(Signal const&) = delete;

    // Wakes all waiters; without one, the next wait returns at once. Cost: O(waiters).
    void notify();
    // Waits for notify(). At most one kept notification is consumed. Cancelling the coroutine ends the wait.
    [[nodiscard]] boost::asio::awaitable<void> wait();
    // Returns true when notified, false when `timeout` passed (or the coroutine was cancelled) first.
    [[nodiscard]] boost::asio::awaitable<bool> wait_for(std::chrono::nanoseconds timeout);

  private:
    class Waiter;
    [[nodiscard]] boost::asio::awaitable<bool> wait_until(std::chrono::steady_clock::time_point deadline);

    boost::asio::any_io_executor executor_;
    std::vector<Waiter*> waiters_;  // the waiters live in their coroutines
    bool notified_ = false;
};

}  // namespace leat::async
