#include "client/recent_tasks.hpp"

#include <gtest/gtest.h>

namespace leat::client {
namespace {

using namespace std::chrono_literals;

TaskWord at_entry(std::string entry) {
    return {.entry = std::move(entry)};
}

constexpr RecentTasks::TimePoint kStart{1h};

TEST(RecentTasks, TellWhatWasToldAMomentAgo) {
    RecentTasks recent;
    EXPECT_FALSE(recent.find("a", kStart));
    recent.dispatched("a", kStart);
    EXPECT_FALSE(recent.find("a", kStart)->ended);
    recent.ended("a", at_entry("7-0"), kStart);
    auto const word = recent.find("a", kStart + RecentTasks::kKeptFor);
    ASSERT_TRUE(word);
    EXPECT_TRUE(word->ended);
    EXPECT_EQ(word->entry, "7-0");
    EXPECT_FALSE(recent.find("b", kStart));
    EXPECT_FALSE(recent.find("a", kStart + RecentTasks::kKeptFor + 1ms));
}

TEST(RecentTasks, AnEndIsNotTakenBackByALateReceipt) {
    RecentTasks recent;
    recent.ended("a", at_entry("7-0"), kStart);
    recent.dispatched("a", kStart + 1ms);
    EXPECT_TRUE(recent.find("a", kStart + 1ms)->ended);
}

TEST(RecentTasks, AreBounded) {
    RecentTasks recent;
    for (std::size_t i = 0; i <= RecentTasks::kKept; ++i)
        recent.dispatched(std::to_string(i), kStart);
    EXPECT_FALSE(recent.find("0", kStart)) << "the oldest made room";
    EXPECT_TRUE(recent.find(std::to_string(RecentTasks::kKept), kStart));
}

TEST(RecentTasks, TheLastEndOfAnIdCounts) {
    RecentTasks recent;
    recent.ended("a", at_entry("1-0"), kStart);
    recent.dispatched("b", kStart);
    recent.ended("a", at_entry("2-0"), kStart + 400ms);
    EXPECT_EQ(recent.find("a", kStart + 500ms)->entry, "2-0");
    recent.clear();
    EXPECT_FALSE(recent.find("a", kStart + 500ms));
}

}  // namespace
}  // namespace leat::client
