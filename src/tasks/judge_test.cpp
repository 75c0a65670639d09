#include "tasks/judge.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "core/escape.hpp"

namespace leat::tasks {
namespace {

using std::chrono::milliseconds;

// A task on its third attempt: two retries so far, three allowed.
struct JudgeTest : ::testing::Test {
    JudgeTest() {
        message.task_id = "t-1";
        message.retry_count = 2;
        message.max_retries = 3;
        message.attempts = 2;
    }
    Ruling rule(Verdict verdict, CancelReason reason = CancelReason::none) {
        return judge(std::move(verdict), reason, message, count, options, random);
    }

    Message message;
    AgentOptions options;
    std::int64_t count = 1;
    core::Random random{1};
};

TEST_F(JudgeTest, SuccessKeepsTheResult) {
    auto const ruling = rule(Success{R"({"score":1})"});
    EXPECT_EQ(ruling.kind, RulingKind::success);
    EXPECT_EQ(ruling.text, R"({"score":1})");
    EXPECT_EQ(ruling.attempt, 3);
    EXPECT_EQ(ruling.retry_count, 2);
    EXPECT_EQ(ruling.crashes, 0);
}

TEST_F(JudgeTest, SuccessWithoutTextIsNull) {
    EXPECT_EQ(rule(Success{}).text, "null");
}

TEST_F(JudgeTest, SuccessWithInvalidUtf8IsRepaired) {
    EXPECT_EQ(rule(Success{"\"\xFF\""}).text, "\"\xEF\xBF\xBD\"");
}

TEST_F(JudgeTest, ResultAtTheLimitIsKeptAndAboveItIsDead) {
    options.result_bytes_max = 10;
    EXPECT_EQ(rule(Success{std::string(10, '1')}).kind, RulingKind::success);
    auto const ruling = rule(Success{std::string(11, '1')});
    EXPECT_EQ(ruling.kind, RulingKind::dead);
    EXPECT_EQ(ruling.dead_kind, kDeadResultTooLarge);
    EXPECT_EQ(ruling.text, "the result has 11 bytes; the limit is 10 (result_bytes_max)");
}

TEST_F(JudgeTest, AResultThatIsNestedTooDeeplyIsDead) {
    auto const nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
    EXPECT_EQ(rule(Success{nested(64)}).kind, RulingKind::success);
    auto const ruling = rule(Success{nested(65)});
    EXPECT_EQ(ruling.kind, RulingKind::dead);
    EXPECT_EQ(ruling.dead_kind, kDeadResultTooLarge);
    EXPECT_EQ(ruling.text, "the result is nested deeper than 64 levels");
}

TEST_F(JudgeTest, RetryWaitsAndCounts) {
    auto const ruling = rule(Retry{"model is busy"});
    EXPECT_EQ(ruling.kind, RulingKind::retry);
    EXPECT_EQ(ruling.text, "model is busy");
    EXPECT_EQ(ruling.retry_count, 3);
    EXPECT_EQ(ruling.attempt, 3);
    EXPECT_GE(ruling.delay, milliseconds(0));
    EXPECT_LE(ruling.delay, milliseconds(4'000));  // 1 s doubled twice
}

TEST_F(JudgeTest, RetryWithoutRetriesLeftIsDead) {
    message.retry_count = 3;
    auto const ruling = rule(Retry{"model is busy"});
    EXPECT_EQ(ruling.kind, RulingKind::dead);
    EXPECT_EQ(ruling.dead_kind, kDeadFailed);
    EXPECT_EQ(ruling.text, "model is busy");
    EXPECT_EQ(ruling.retry_count, 3);
}

TEST_F(JudgeTest, NegativeMaxRetriesMeansNone) {
    message.retry_count = 0;
    message.max_retries = -5;
    EXPECT_EQ(rule(Retry{"x"}).dead_kind, kDeadFailed);
}

TEST_F(JudgeTest, RetryAfterKeepsItsDelayWithinTheLimits) {
    EXPECT_EQ(rule(RetryAfter{milliseconds(1'234), "later"}).delay, milliseconds(1'234));
    EXPECT_EQ(rule(RetryAfter{milliseconds(-1), "later"}).delay, milliseconds(0));
    EXPECT_EQ(rule(RetryAfter{milliseconds::max(), "later"}).delay, Limits::delay_max);
    EXPECT_EQ(rule(RetryAfter{milliseconds(1), "later"}).text, "later");
}

TEST_F(JudgeTest, RetryAfterWithoutRetriesLeftIsDead) {
    message.retry_count = 3;
    EXPECT_EQ(rule(RetryAfter{milliseconds(1), "later"}).dead_kind, kDeadFailed);
}

TEST_F(JudgeTest, DeadIsRefused) {
    auto const ruling = rule(Dead{"not a picture"});
    EXPECT_EQ(ruling.kind, RulingKind::dead);
    EXPECT_EQ(ruling.dead_kind, kDeadRefused);
    EXPECT_EQ(ruling.text, "not a picture");
}

TEST_F(JudgeTest, TextsAreValidAndCut) {
    EXPECT_EQ(rule(Retry{""}).text, "the handler gave no reason");
    EXPECT_EQ(rule(Dead{""}).text, "the handler gave no reason");
    auto const text = rule(Retry{"\xC3" + std::string(10'000, 'x')}).text;
    EXPECT_EQ(text.size(), Limits::error_bytes);
    EXPECT_TRUE(text.ends_with("…"));
    EXPECT_TRUE(core::is_utf8(text));
}

TEST_F(JudgeTest, CancelledEndsEverythingButSuccess) {
    for (Verdict const& verdict : {Verdict{Retry{"x"}}, Verdict{RetryAfter{}}, Verdict{Dead{"x"}}}) {
        auto const ruling = rule(verdict, CancelReason::cancelled);
        EXPECT_EQ(ruling.kind, RulingKind::cancelled);
        EXPECT_EQ(ruling.attempt, 3);
        EXPECT_FALSE(ruling.text.empty());
    }
    EXPECT_EQ(rule(Success{"1"}, CancelReason::cancelled).kind, RulingKind::success);
}

TEST_F(JudgeTest, ShutdownGivesBackWhatDidNotFinish) {
    EXPECT_EQ(rule(Retry{"x"}, CancelReason::shutdown).kind, RulingKind::release);
    EXPECT_EQ(rule(RetryAfter{}, CancelReason::shutdown).kind, RulingKind::release);
    EXPECT_EQ(rule(Success{"1"}, CancelReason::shutdown).kind, RulingKind::success);
    EXPECT_EQ(rule(Dead{"x"}, CancelReason::shutdown).dead_kind, kDeadRefused);
}

TEST_F(JudgeTest, TimeoutIsARetryWithItsOwnText) {
    message.timeout_ms = 250;
    for (Verdict const& verdict : {Verdict{Retry{"aborted"}}, Verdict{RetryAfter{Limits::delay_max, "later"}}}) {
        auto const ruling = rule(verdict, CancelReason::timeout);
        EXPECT_EQ(ruling.kind, RulingKind::retry);
        EXPECT_EQ(ruling.text, "timed out after 250 ms");
        EXPECT_LE(ruling.delay, milliseconds(4'000));
    }
    EXPECT_EQ(rule(Success{"1"}, CancelReason::timeout).kind, RulingKind::success);
    EXPECT_EQ(rule(Dead{"x"}, CancelReason::timeout).dead_kind, kDeadRefused);
    message.retry_count = 3;
    EXPECT_EQ(rule(Retry{"x"}, CancelReason::timeout).dead_kind, kDeadFailed);
}

TEST_F(JudgeTest, LeaseLostRecordsNothing) {
    for (Verdict const& verdict : {Verdict{Success{"1"}}, Verdict{Retry{"x"}}, Verdict{Dead{"x"}}}) {
        EXPECT_EQ(rule(verdict, CancelReason::lease_lost).kind, RulingKind::drop);
    }
}

TEST_F(JudgeTest, CrashesOfAllMessagesAreCarriedOn) {
    message.crashes = 1;
    count = 3;
    EXPECT_EQ(rule(Retry{"x"}).crashes, 3);
    EXPECT_EQ(rule(Success{"1"}).crashes, 3);
}

TEST_F(JudgeTest, ATaskOverItsCrashLimitIsPoison) {
    message.crashes = 1;
    EXPECT_FALSE(judge_before_run(message, 1, options));
    EXPECT_FALSE(judge_before_run(message, 3, options));  // three crashes: the limit
    auto const ruling = judge_before_run(message, 4, options);
    ASSERT_TRUE(ruling);
    EXPECT_EQ(ruling->kind, RulingKind::dead);
    EXPECT_EQ(ruling->dead_kind, kDeadPoison);
    EXPECT_EQ(ruling->crashes, 4);
    EXPECT_EQ(ruling->attempt, 3);
    EXPECT_EQ(ruling->text, "4 deliveries ended without a verdict; the limit is 3 (max_crashes)");
}

// I4: whatever happens, a task runs at most (max_retries + 1) + max_crashes times.
TEST(Judge, RunsAreBounded) {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        core::Random random(seed);
        AgentOptions options;
        options.max_crashes = static_cast<int>(random.below(5));
        Message message;
        message.max_retries = static_cast<std::int64_t>(random.below(5));
        std::int64_t runs = 0, count = 1;
        while (!judge_before_run(message, count, options)) {
            ++runs;
            if (random.below(2) == 0) {
                ++count;
                continue;
            }
            auto const ruling = judge(Retry{"x"}, CancelReason::none, message, count, options, random);
            if (ruling.kind == RulingKind::dead) break;
            message.attempts = ruling.attempt;
            message.retry_count = ruling.retry_count;
            message.crashes = ruling.crashes;
            count = 1;
        }
        EXPECT_LE(runs, message.max_retries + 1 + options.max_crashes) << "seed " << seed;
    }
}

TEST(Judge, CountersOfHostileMessagesDoNotOverflow) {
    constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
    AgentOptions const options;
    core::Random random(1);
    Message message;
    message.crashes = kMax;
    message.attempts = kMax;
    message.retry_count = kMax - 1;
    message.max_retries = kMax;
    EXPECT_EQ(crashes_so_far(message, kMax), kMax);
    auto const ruling = judge(Retry{"x"}, CancelReason::none, message, kMax, options, random);
    EXPECT_EQ(ruling.attempt, kMax);
    EXPECT_EQ(ruling.retry_count, kMax);
    message.crashes = std::numeric_limits<std::int64_t>::min();
    EXPECT_EQ(crashes_so_far(message, std::numeric_limits<std::int64_t>::min()), 0);
}

TEST(TimeoutOf, PrefersTheTaskOverTheAgent) {
    AgentOptions options;
    options.timeout = milliseconds(5'000);
    Message message;
    EXPECT_EQ(timeout_of(message, options), milliseconds(5'000));
    message.timeout_ms = 100;
    EXPECT_EQ(timeout_of(message, options), milliseconds(100));
    message.timeout_ms = 0;
    EXPECT_EQ(timeout_of(message, options), milliseconds(5'000));
    message.timeout_ms = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(timeout_of(message, options), Limits::delay_max);
}

}  // namespace
}  // namespace leat::tasks
