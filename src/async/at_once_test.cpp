#include "async/at_once.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <stdexcept>
#include <vector>

#include "async/task_group.hpp"

namespace leat::async {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Work {
    explicit Work(asio::any_io_executor executor) : go(std::move(executor)) {}
    Signal go;
    std::vector<std::size_t> begun{};
    std::size_t under_way = 0;
    std::size_t most = 0;
    bool all_done = false;
    bool thrown = false;
};

awaitable<void> one(Work& work, std::size_t index) {
    work.begun.push_back(index);
    work.most = std::max(work.most, ++work.under_way);
    co_await work.go.wait();
    --work.under_way;
    if (index == 1 && work.thrown) throw std::runtime_error("one");
}

awaitable<void> all(asio::any_io_executor executor, Work& work, std::size_t count, std::size_t width) {
    auto const start = [&work](std::size_t index) { return one(work, index); };
    try {
        co_await at_once(std::move(executor), count, width, start);
    } catch (std::runtime_error const&) {
        work.begun.clear();
    }
    work.all_done = true;
}

class AtOnceTest : public ::testing::Test {
  protected:
    asio::io_context context_{1};
    Work work_{context_.get_executor()};
    TaskGroup group_{context_.get_executor()};

    void run(std::size_t count, std::size_t width) {
        group_.spawn(all(context_.get_executor(), work_, count, width));
        run_ready();
    }
    void run_ready() {
        context_.restart();
        context_.poll();
    }
};

TEST_F(AtOnceTest, KeepsSoManyUnderWay) {
    run(5, 2);
    EXPECT_THAT(work_.begun, ElementsAre(0, 1));
    while (!work_.all_done) {
        work_.go.notify();
        run_ready();
    }
    EXPECT_THAT(work_.begun, ElementsAre(0, 1, 2, 3, 4));
    EXPECT_EQ(work_.most, 2U);
}

TEST_F(AtOnceTest, NothingIsDoneAtOnce) {
    run(0, 4);
    EXPECT_TRUE(work_.all_done);
    EXPECT_THAT(work_.begun, IsEmpty());
}

TEST_F(AtOnceTest, AnExceptionComesOutAtTheEnd) {
    work_.thrown = true;
    run(3, 3);
    EXPECT_FALSE(work_.all_done);
    work_.go.notify();
    run_ready();
    EXPECT_TRUE(work_.all_done);
    EXPECT_THAT(work_.begun, IsEmpty()) << "it was caught";
}

}  // namespace
}  // namespace leat::async
