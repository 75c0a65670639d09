#include "async/signal.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace leat::async {

// A timer of its own per waiter: changing the expiry of a shared one would wake the others.
class Signal::Waiter {
  public:
    Waiter(Signal& signal, std::chrono::steady_clock::time_point deadline)
        : signal_(&signal), timer_(signal.executor_, deadline) {
        signal.waiters_.push_back(this);
    }
    ~Waiter() {
        if (signal_ != nullptr) std::erase(signal_->waiters_, this);
    }
    Waiter(Waiter const&) = delete;
    Waiter& operator=(Waiter const&) = delete;

    // The signal has taken this waiter off its list.
    void wake() {
        signal_ = nullptr;
        notified_ = true;
        timer_.cancel();
    }
    void forget() { signal_ = nullptr; }
    [[nodiscard]] bool notified() const { return notified_; }
    [[nodiscard]] boost::asio::steady_timer& timer() { return timer_; }

  private:
    Signal* signal_;
    boost::asio::steady_timer timer_;
    bool notified_ = false;
};

Signal::Signal(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

Signal::~Signal() {
    for (Waiter* waiter : waiters_)
        waiter->forget();
}

void Signal::notify() {
    if (waiters_.empty()) {
        notified_ = true;
        return;
    }
    for (Waiter* waiter : waiters_)
        waiter->wake();  // resumes nobody inline: timers post
    waiters_.clear();
}

boost::asio::awaitable<void> Signal::wait() {
    co_await wait_until(std::chrono::steady_clock::time_point::max());
}

boost::asio::awaitable<bool> Signal::wait_for(std::chrono::nanoseconds timeout) {
    auto const now = std::chrono::steady_clock::now();
    auto const longest = std::chrono::steady_clock::time_point::max() - now;
    auto const deadline = now + std::min<std::chrono::nanoseconds>(timeout, longest);
    co_return co_await wait_until(deadline);
}

boost::asio::awaitable<bool> Signal::wait_until(std::chrono::steady_clock::time_point deadline) {
    if (std::exchange(notified_, false)) co_return true;
    Waiter waiter(*this, deadline);
    co_await waiter.timer().async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    // Asked of the waiter, not of the timer's error: notify() may come between expiry and this line and must not be
    // lost.
    co_return waiter.notified();
}

}  // namespace leat::async
