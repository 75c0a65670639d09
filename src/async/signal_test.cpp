#include "async/signal.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "async/task_group.hpp"
#include "support/coroutine.hpp"

namespace leat::async {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

class SignalTest : public ::testing::Test {
  protected:
    asio::io_context context_{1};
    Signal signal_{context_.get_executor()};
    TaskGroup group_{context_.get_executor()};
    int woken_ = 0;

    // As far as it goes without waiting for anything outside.
    void run_ready() {
        context_.restart();
        context_.poll();
    }
    void run_all() { testing::run(context_, group_.join()); }
};

awaitable<void> count_wake_up(Signal& signal, int& woken) {
    co_await signal.wait();
    ++woken;
}

awaitable<void> store_wait_for(Signal& signal, std::chrono::nanoseconds timeout, std::optional<bool>& notified) {
    notified = co_await signal.wait_for(timeout);
}

awaitable<void> wait_cancelled_by(Signal& never, Signal& other, int& woken) {
    using namespace asio::experimental::awaitable_operators;
    co_await (never.wait() || other.wait());
    ++woken;
}

TEST_F(SignalTest, NotifyWakesEveryWaiter) {
    group_.spawn(count_wake_up(signal_, woken_));
    group_.spawn(count_wake_up(signal_, woken_));
    run_ready();
    EXPECT_EQ(woken_, 0);
    signal_.notify();
    EXPECT_EQ(woken_, 0) << "nobody runs inside notify()";
    run_all();
    EXPECT_EQ(woken_, 2);
}

TEST_F(SignalTest, OneNotificationIsKeptForTheNextWait) {
    signal_.notify();
    signal_.notify();
    group_.spawn(count_wake_up(signal_, woken_));
    run_ready();
    EXPECT_EQ(woken_, 1);
    group_.spawn(count_wake_up(signal_, woken_));
    run_ready();
    EXPECT_EQ(woken_, 1) << "two notifications without a waiter are one";
    signal_.notify();
    run_all();
}

TEST_F(SignalTest, NotifyWithWaitersKeepsNothing) {
    group_.spawn(count_wake_up(signal_, woken_));
    run_ready();
    signal_.notify();
    run_ready();
    group_.spawn(count_wake_up(signal_, woken_));
    run_ready();
    EXPECT_EQ(woken_, 1);
    signal_.notify();
    run_all();
}

TEST_F(SignalTest, WaitForTellsWhatEndedIt) {
    std::optional<bool> notified;
    group_.spawn(store_wait_for(signal_, std::chrono::nanoseconds(0), notified));
    run_all();
    EXPECT_EQ(notified, false);

    group_.spawn(store_wait_for(signal_, std::chrono::nanoseconds::max(), notified));
    run_ready();
    signal_.notify();
    run_all();
    EXPECT_EQ(notified, true);
}

TEST_F(SignalTest, NotificationAfterExpiryIsNotLost) {
    std::optional<bool> notified;
    group_.spawn(store_wait_for(signal_, std::chrono::nanoseconds(0), notified));
    context_.restart();
    context_.poll_one();  // it waits now; its timer has expired, and it has not run yet
    ASSERT_FALSE(notified);
    signal_.notify();
    run_all();
    EXPECT_EQ(notified, true);
}

TEST_F(SignalTest, AWaiterWithDeadlineDoesNotDisturbTheOthers) {
    std::optional<bool> notified;
    group_.spawn(count_wake_up(signal_, woken_));
    run_ready();
    group_.spawn(store_wait_for(signal_, std::chrono::nanoseconds(0), notified));
    while (!notified) {
        context_.restart();
        context_.run_one();
    }
    EXPECT_EQ(woken_, 0);
    signal_.notify();
    run_all();
    EXPECT_EQ(woken_, 1);
}

TEST_F(SignalTest, CancellationEndsTheWait) {
    Signal other(context_.get_executor());
    group_.spawn(wait_cancelled_by(signal_, other, woken_));
    run_ready();
    other.notify();
    run_all();
    EXPECT_EQ(woken_, 1);
    // The cancelled waiter has left: this notification is kept.
    signal_.notify();
    group_.spawn(count_wake_up(signal_, woken_));
    run_all();
    EXPECT_EQ(woken_, 2);
}

TEST(Signal, MayGoBeforeCoroutinesThatTheExecutorDestroys) {
    auto context = std::make_unique<asio::io_context>(1);
    auto signal = std::make_unique<Signal>(context->get_executor());
    int woken = 0;
    asio::co_spawn(*context, count_wake_up(*signal, woken), [](std::exception_ptr) {});
    context->poll();
    signal.reset();
    context.reset();
    EXPECT_EQ(woken, 0);
}

}  // namespace
}  // namespace leat::async
