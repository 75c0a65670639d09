#include "async/task_group.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "async/signal.hpp"
#include "support/coroutine.hpp"

namespace leat::async {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

awaitable<void> wait_then_count(Signal& signal, int& ended) {
    co_await signal.wait();
    ++ended;
}

awaitable<void> fail_with(char const* text) {
    throw std::runtime_error(text);
    co_return;
}

awaitable<void> join_then_mark(TaskGroup& group, bool& joined) {
    co_await group.join();
    joined = true;
}

awaitable<void> spawn_another(TaskGroup& group, Signal& signal, int& ended) {
    co_await signal.wait();
    group.spawn(wait_then_count(signal, ended));
}

class TaskGroupTest : public ::testing::Test {
  protected:
    asio::io_context context_{1};
    Signal signal_{context_.get_executor()};
    TaskGroup group_{context_.get_executor()};
    TaskGroup joiner_{context_.get_executor()};
    int ended_ = 0;
    bool joined_ = false;

    void run_ready() {
        context_.restart();
        context_.poll();
    }
};

TEST_F(TaskGroupTest, JoinWaitsForEveryTask) {
    group_.spawn(wait_then_count(signal_, ended_));
    group_.spawn(wait_then_count(signal_, ended_));
    joiner_.spawn(join_then_mark(group_, joined_));
    run_ready();
    EXPECT_EQ(group_.size(), 2U);
    EXPECT_FALSE(joined_);
    signal_.notify();
    run_ready();
    EXPECT_TRUE(joined_);
    EXPECT_EQ(ended_, 2);
    EXPECT_EQ(group_.size(), 0U);
}

TEST_F(TaskGroupTest, JoinWaitsForTasksSpawnedMeanwhile) {
    group_.spawn(spawn_another(group_, signal_, ended_));
    joiner_.spawn(join_then_mark(group_, joined_));
    run_ready();
    signal_.notify();
    run_ready();
    EXPECT_FALSE(joined_);
    signal_.notify();
    run_ready();
    EXPECT_TRUE(joined_);
    EXPECT_EQ(ended_, 1);
}

TEST_F(TaskGroupTest, JoinOfAnEmptyGroupReturnsAtOnce) {
    testing::run(context_, group_.join());
    testing::run(context_, group_.join());
}

TEST_F(TaskGroupTest, JoinRethrowsTheFirstExceptionAfterAllHaveEnded) {
    group_.spawn(wait_then_count(signal_, ended_));
    group_.spawn(fail_with("first"));
    group_.spawn(fail_with("second"));
    run_ready();
    EXPECT_EQ(group_.size(), 1U);
    signal_.notify();
    try {
        testing::run(context_, group_.join());
        FAIL() << "nothing was thrown";
    } catch (std::runtime_error const& error) {
        EXPECT_STREQ(error.what(), "first");
    }
    EXPECT_EQ(ended_, 1);
    testing::run(context_, group_.join());  // told once
}

}  // namespace
}  // namespace leat::async
