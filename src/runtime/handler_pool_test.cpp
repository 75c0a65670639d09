#include "runtime/handler_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace leat::runtime {
namespace {

std::vector<std::shared_ptr<Flight>> flights(std::size_t count) {
    std::vector<std::shared_ptr<Flight>> made;
    for (std::size_t i = 0; i < count; ++i)
        made.push_back(std::make_shared<Flight>());
    return made;
}

TEST(HandlerPool, RunsEveryFlightOnce) {
    std::atomic<int> runs{0};
    std::promise<void> all;
    {
        HandlerPool pool(4, [&](auto const&) {
            if (++runs == 100) all.set_value();
        });
        pool.submit(flights(100));
        all.get_future().wait();
    }
    EXPECT_EQ(runs, 100);
}

TEST(HandlerPool, GrowsWhileWorkWaitsAndNotBeyondItsLimit) {
    std::promise<void> open;
    auto const gate = open.get_future().share();
    std::atomic<int> started{0};
    HandlerPool pool(5, [&](auto const&) {
        ++started;
        gate.wait();
    });
    pool.submit(flights(20));
    EXPECT_EQ(pool.threads(), 1U);
    while (pool.threads() < 5)
        pool.grow();
    EXPECT_FALSE(pool.grow()) << "the limit is reached";
    while (started < 5)
        std::this_thread::yield();
    EXPECT_EQ(pool.threads(), 5U);
    EXPECT_EQ(pool.withdraw().size(), 15U);
    open.set_value();
}

TEST(HandlerPool, WhatWasWithdrawnNeverRuns) {
    std::promise<void> open;
    auto const gate = open.get_future().share();
    std::atomic<int> runs{0};
    {
        HandlerPool pool(1, [&](auto const&) {
            ++runs;
            gate.wait();
        });
        pool.submit(flights(3));
        while (runs == 0)
            std::this_thread::yield();
        EXPECT_EQ(pool.withdraw().size(), 2U);
        EXPECT_TRUE(pool.withdraw().empty());
        open.set_value();
    }
    EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace leat::runtime
