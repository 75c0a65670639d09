#include "handlers/exec_attempt.hpp"

#include <gtest/gtest.h>

#include "handlers/fake_context.hpp"
#include "handlers/start_backoff.hpp"

namespace leat::handlers {
namespace {

struct ExecAttemptTest : testing::Test {
    FakeContext context;
    ExecAttempt attempt{"t-1", context};

    [[nodiscard]] std::string retry_reason() const {
        EXPECT_TRUE(attempt.end());
        EXPECT_FALSE(attempt.end()->reusable);
        return std::get<Retry>(attempt.end()->verdict).error;
    }
};

TEST_F(ExecAttemptTest, AnAnswerEndsItAndKeepsTheProcess) {
    EXPECT_FALSE(attempt.end());
    attempt.on_output({R"({"task_id":"t-1","status":"success","result":7})"});
    ASSERT_TRUE(attempt.end());
    EXPECT_TRUE(attempt.end()->reusable);
    EXPECT_EQ(std::get<Success>(attempt.end()->verdict).result_text, "7");
}

TEST_F(ExecAttemptTest, TheFirstAnswerCounts) {
    attempt.on_output({R"({"task_id":"t-1","status":"success","result":1})"});
    attempt.on_output({R"({"task_id":"t-1","status":"dead","reason":"no"})"});
    attempt.on_output({"rubbish"});
    attempt.on_exit({ChildExit::Kind::exited, 1}, false);
    EXPECT_EQ(std::get<Success>(attempt.end()->verdict).result_text, "1");
    EXPECT_TRUE(attempt.end()->reusable);
}

TEST_F(ExecAttemptTest, LinesOfAnotherTaskAreIgnoredAndLogged) {
    attempt.on_output({R"({"task_id":"t-0","status":"success","result":1})"});
    attempt.on_output({R"({"task_id":"t-0","progress":0.5})"});
    attempt.on_output({R"({"task_id":"t-0","log":"x"})"});
    EXPECT_FALSE(attempt.end());
    EXPECT_TRUE(context.progresses().empty());
    ASSERT_EQ(context.lines().size(), 3U);
    EXPECT_EQ(context.lines()[0], "ignored a late line of the agent process about task \"t-0\"");
}

TEST_F(ExecAttemptTest, ProgressAndLogReachTheContext) {
    attempt.on_output({R"({"progress":0.25,"note":"reading"})"});
    attempt.on_output({R"({"log":"opened the file"})"});
    attempt.on_error_output({"warning: slow"});
    attempt.on_output({""});
    EXPECT_FALSE(attempt.end());
    EXPECT_EQ(context.progresses(), (std::vector<std::pair<double, std::string>>{{0.25, "reading"}}));
    EXPECT_EQ(context.lines(), (std::vector<std::string>{"opened the file", "warning: slow"}));
}

TEST_F(ExecAttemptTest, RubbishCostsTheAttempt) {
    attempt.on_output({"Traceback"});
    EXPECT_EQ(retry_reason(), "agent process wrote a line that is no JSON: \"Traceback\"");
}

TEST_F(ExecAttemptTest, AHugeLineCostsTheAttempt) {
    attempt.on_output({"xxxx", true});
    EXPECT_EQ(retry_reason(), "agent process wrote a line longer than 4 bytes: \"xxxx\"");
}

TEST_F(ExecAttemptTest, ExitNamesTheStatus) {
    attempt.on_exit({ChildExit::Kind::exited, 3}, false);
    EXPECT_EQ(retry_reason(), "agent process exited with status 3 before answering");
}

TEST_F(ExecAttemptTest, ExitNamesTheSignal) {
    attempt.on_exit({ChildExit::Kind::killed, 11}, false);
    EXPECT_EQ(retry_reason(), "agent process was killed by signal 11 (SIGSEGV) before answering");
}

TEST_F(ExecAttemptTest, ExitTellsOfAnUnfinishedLineAndTheLastError) {
    attempt.on_error_output({"ModuleNotFoundError: No module named 'x'"});
    attempt.on_exit({ChildExit::Kind::exited, 1}, true);
    EXPECT_EQ(retry_reason(),
              "agent process exited with status 1 before answering; its last line had no newline; last line on stderr: "
              "\"ModuleNotFoundError: No module named 'x'\"");
}

TEST_F(ExecAttemptTest, AClosedStreamCostsTheAttempt) {
    attempt.on_closed("output");
    EXPECT_EQ(retry_reason(), "agent process closed its standard output before answering");
}

TEST_F(ExecAttemptTest, TheLogOfAnAttemptIsLimited) {
    std::string const line(4000, 'x');
    for (int i = 0; i < 1000; ++i)
        attempt.on_error_output({line});
    EXPECT_EQ(context.lines().size(), kLogBytesMax / line.size() + 1);
    EXPECT_EQ(context.lines().back(), "the log of this attempt is longer than 1 MiB; the rest is dropped");
}

TEST(StartBackoffTest, PausesDoubleUpToTheLimitAndEndWithAnAnswer) {
    StartBackoff backoff;
    StartBackoff::Time const now{std::chrono::hours(1)};
    EXPECT_TRUE(backoff.may_start(now));
    EXPECT_TRUE(backoff.may_start(now));  // nothing has failed: any number at once
    backoff.failed(now);
    EXPECT_EQ(backoff.next() - now, kStartPauseFirst);
    EXPECT_FALSE(backoff.may_start(now));
    backoff.failed(now);
    EXPECT_EQ(backoff.next() - now, 2 * kStartPauseFirst);
    for (int i = 0; i < 100; ++i)
        backoff.failed(now);
    EXPECT_EQ(backoff.next() - now, kStartPauseMax);
    backoff.worked();
    EXPECT_TRUE(backoff.may_start(now));
}

TEST(StartBackoffTest, OneStartPerPause) {
    StartBackoff backoff;
    StartBackoff::Time const now{std::chrono::hours(1)};
    backoff.failed(now);
    EXPECT_TRUE(backoff.may_start(now + kStartPauseFirst));
    EXPECT_FALSE(backoff.may_start(now + kStartPauseFirst));
}

}  // namespace
}  // namespace leat::handlers
