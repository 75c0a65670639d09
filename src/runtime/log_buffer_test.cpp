#include "runtime/log_buffer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace leat::runtime {
namespace {

store::LogLine said(std::string text) {
    return {.task_id = "a", .text = std::move(text)};
}
store::LogLine reached(std::int64_t percent) {
    return {.task_id = "a", .percent = percent};
}

TEST(LogBuffer, TellsOfTheFirstLineOnly) {
    LogBuffer buffer;
    EXPECT_TRUE(buffer.empty());
    EXPECT_TRUE(buffer.add(said("1")).tell);
    EXPECT_FALSE(buffer.add(said("2")).tell);
    EXPECT_FALSE(buffer.empty());
    EXPECT_EQ(buffer.take(1).lines.size(), 1U);
    EXPECT_FALSE(buffer.add(said("3")).tell);  // whoever takes goes on
    EXPECT_EQ(buffer.take(10).lines.size(), 2U);
    EXPECT_TRUE(buffer.empty());
    EXPECT_TRUE(buffer.add(said("4")).tell);
    EXPECT_EQ(buffer.take(10).lines.at(0).text, "4");
    EXPECT_TRUE(buffer.take(10).lines.empty());
}

TEST(LogBuffer, KeepsTheLatestStepOfEachAttempt) {
    LogBuffer buffer;
    LogBuffer::Step one;
    LogBuffer::Step other;
    EXPECT_FALSE(buffer.add(reached(1), &one).replaced);
    EXPECT_FALSE(buffer.add(reached(10), &other).replaced);
    EXPECT_FALSE(buffer.add(said("between")).replaced);
    EXPECT_TRUE(buffer.add(reached(2), &one).replaced);
    auto taken = buffer.take(2).lines;
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken[0].percent, 2);
    EXPECT_EQ(taken[1].percent, 10);
    // What was taken is not replaced any more.
    EXPECT_FALSE(buffer.add(reached(3), &one).replaced);
    EXPECT_TRUE(buffer.add(reached(4), &one).replaced);
    taken = buffer.take(10).lines;
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken[0].text, "between");
    EXPECT_EQ(taken[1].percent, 4);
}

TEST(LogBuffer, TellsOnceThatItIsHalfFull) {
    LogBuffer buffer;
    int told = 0;
    for (std::size_t i = 0; i < kLogBufferLines; ++i)
        told += buffer.add(said("x")).tell ? 1 : 0;
    EXPECT_EQ(told, 2) << "of the first line, and of the half";
    EXPECT_TRUE(buffer.half_full());
    (void)buffer.take(kLogBufferLines);
    EXPECT_FALSE(buffer.half_full());
}

TEST(LogBuffer, IsBoundedInLinesAndCountsTheRest) {
    LogBuffer buffer;
    for (std::size_t i = 0; i < kLogBufferLines + 5; ++i)
        buffer.add(said("x"));
    auto const taken = buffer.take(2 * kLogBufferLines);
    EXPECT_EQ(taken.lines.size(), kLogBufferLines);
    EXPECT_EQ(taken.dropped, 5);
    EXPECT_EQ(buffer.take(1).dropped, 0);
}

TEST(LogBuffer, IsBoundedInBytesAndCountsTheRest) {
    LogBuffer buffer;
    for (int i = 0; i < 600; ++i)
        buffer.add(said(std::string(1'000, 'x')));
    auto const taken = buffer.take(600);
    EXPECT_LT(taken.lines.size() * 1'000, kLogBufferBytes);
    EXPECT_GT(taken.lines.size() * 1'000, kLogBufferBytes / 2);
    EXPECT_EQ(taken.dropped, static_cast<std::int64_t>(600 - taken.lines.size()));
}

TEST(LogBuffer, WhatWasDroppedWaitsForItsCountingToo) {
    LogBuffer buffer;
    EXPECT_TRUE(buffer.count_dropped(3));
    EXPECT_FALSE(buffer.empty());
    EXPECT_FALSE(buffer.count_dropped(1));
    EXPECT_EQ(buffer.take(1).dropped, 4);
    EXPECT_TRUE(buffer.empty());
    EXPECT_FALSE(buffer.count_dropped(0));
}

}  // namespace
}  // namespace leat::runtime
