#pragma once
// A wake-up between coroutines of one thread: notify() wakes every waiter; a notify without waiter is kept for the next.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

namespace leat::async {

class Signal {
  public:
    explicit Signal(boost::asio::any_io_executor executor);
    // Wakes all waiters; without one, the next wait returns at once. Cost: O(waiters).
    void notify();
    // Waits for notify(). At most one kept notification is consumed.
    [[nodiscard]] boost::asio::awaitable<void> wait();
    // Returns true when notified, false when `timeout` passed first.
    [[nodiscard]] boost::asio::awaitable<bool> wait_for(std::chrono::nanoseconds timeout);

  private:
    boost::asio::steady_timer timer_;
    bool notified_ = false;
    int waiters_ = 0;
};

}  // namespace leat::async
