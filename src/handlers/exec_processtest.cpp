// The exec handler with real subprocesses: what their answers and failures become.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/types.h>

#include <set>
#include <stdexcept>

#include "handlers/exec_harness.hpp"

namespace leat::handlers {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(ExecHandler, Success) {
    HandlerHost host(exec_handler(python("succeed({'echo': task['payload']})")));
    EXPECT_EQ(result_of(host.run("t-1", R"({"text":"hé"})")), (json{{"echo", {{"text", "hé"}}}}));
}

TEST(ExecHandler, TheRequestCarriesTheWholeTask) {
    HandlerHost host(exec_handler(python("succeed(task)")));
    Task task("t-1", "sentiment", "[1]");
    task.retry_count = 2;
    task.max_retries = 5;
    auto const seen = result_of(host.start(std::move(task))->verdict());
    EXPECT_EQ(seen["task_id"], "t-1");
    EXPECT_EQ(seen["agent"], "sentiment");
    EXPECT_EQ(seen["payload"], json::array({1}));
    EXPECT_EQ(seen["attempt"], 1);
    EXPECT_EQ(seen["retry_count"], 2);
    EXPECT_EQ(seen["max_retries"], 5);
    EXPECT_EQ(seen["idempotency_key"], "sentiment/t-1");
    EXPECT_EQ(seen["traceparent"], "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    EXPECT_TRUE(seen["deadline_ms"].is_null());
}

TEST(ExecHandler, RetryAndDeadAreTheAgentsToSay) {
    HandlerHost host(exec_handler(python(R"(if text == "retry": answer(status="retry", error="busy")
elif text == "later": answer(status="retry", error="limit", delay_ms=250)
else: answer(status="dead", reason="no such customer"))")));
    EXPECT_EQ(retry_of(host.run("t-1", doing("retry"))), "busy");
    auto const later = std::get<RetryAfter>(host.run("t-2", doing("later")));
    EXPECT_EQ(later.delay, Milliseconds(250));
    EXPECT_EQ(later.error, "limit");
    EXPECT_EQ(std::get<Dead>(host.run("t-3", doing("dead"))).reason, "no such customer");
}

TEST(ExecHandler, AnIdleProcessIsUsedAgain) {
    HandlerHost host(exec_handler(python("succeed(os.getpid())")));
    auto const first = result_of(host.run("t-1"));
    EXPECT_EQ(result_of(host.run("t-2")), first);
    EXPECT_EQ(result_of(host.run("t-3")), first);
}

TEST(ExecHandler, ProgressAndLogAndErrorOutput) {
    HandlerHost host(exec_handler(python(R"(write(progress=0.5, note="half")
write(log="from stdout")
print("from stderr", file=sys.stderr, flush=True)
succeed())")));
    auto const attempt = host.start("t-1");
    result_of(attempt->verdict());
    EXPECT_EQ(attempt->context.progresses(), (std::vector<std::pair<double, std::string>>{{0.5, "half"}}));
    EXPECT_THAT(attempt->context.lines(), testing::UnorderedElementsAre("from stdout", "from stderr"));
}

TEST(ExecHandler, ExitBeforeTheAnswerCostsOneAttempt) {
    HandlerHost host(exec_handler(python(R"(if text == "exit": print("giving up", file=sys.stderr); sys.exit(3)
succeed(os.getpid()))")));
    auto const before = result_of(host.run("t-1"));
    EXPECT_EQ(retry_of(host.run("t-2", doing("exit"))),
              "agent process exited with status 3 before answering; last line on stderr: \"giving up\"");
    EXPECT_NE(result_of(host.run("t-3")), before);
}

TEST(ExecHandler, DeathBySignalIsNamed) {
    HandlerHost host(exec_handler(python(R"(if text == "crash": os.kill(os.getpid(), signal.SIGSEGV)
succeed())")));
    EXPECT_EQ(retry_of(host.run("t-1", doing("crash"))),
              "agent process was killed by signal 11 (SIGSEGV) before answering");
    result_of(host.run("t-2"));
}

TEST(ExecHandler, AnAnswerCountsThoughTheProcessEndsAtOnce) {
    HandlerHost host(exec_handler(python("succeed(os.getpid()); os._exit(1)")));
    auto const first = result_of(host.run("t-1"));
    expect_end_of(first.get<pid_t>());
    EXPECT_NE(result_of(host.run("t-2")), first);
}

TEST(ExecHandler, RubbishCostsOneAttempt) {
    HandlerHost host(exec_handler(python(R"(if text == "rubbish": print("\x1b[31mHello", flush=True)
succeed(os.getpid()))")));
    auto const before = result_of(host.run("t-1"));
    EXPECT_EQ(retry_of(host.run("t-2", doing("rubbish"))),
              "agent process wrote a line that is no JSON: \"\\u{1b}[31mHello\"");
    EXPECT_NE(result_of(host.run("t-3")), before);
}

TEST(ExecHandler, AnUnfinishedLastLineIsNamed) {
    HandlerHost host(exec_handler(shell(R"(read line; printf '{"task_id":"t-1","sta')")));
    EXPECT_EQ(retry_of(host.run("t-1")),
              "agent process exited with status 0 before answering; its last line had no newline");
}

TEST(ExecHandler, AHugeLineCostsOneAttempt) {
    auto options = python(R"(if text == "huge":
    while True: sys.stdout.write("x" * 100000)
succeed("y" * 900))");
    options.output_bytes_max = 1'000;
    HandlerHost host(exec_handler(std::move(options)));
    EXPECT_THAT(retry_of(host.run("t-1", doing("huge"))),
                StartsWith("agent process wrote a line longer than 1000 bytes: \"xxx"));
    EXPECT_EQ(result_of(host.run("t-2")), std::string(900, 'y'));
}

TEST(ExecHandler, AMegabyteGoesInAndOut) {
    HandlerHost host(exec_handler(python("succeed(task['payload'])")));
    json const payload = {{"text", std::string(1'000'000, 'z')}};
    EXPECT_EQ(result_of(host.run("t-1", payload.dump())), payload);
    EXPECT_EQ(result_of(host.run("t-2", payload.dump())), payload);
}

TEST(ExecHandler, AProcessThatClosesItsOutputAndLivesIsReplaced) {
    auto options = python(R"(if text == "close":
    write(log="pid " + str(os.getpid()))
    os.close(1)
    time.sleep(1000)
succeed())");
    HandlerHost host(exec_handler(std::move(options)));
    auto const attempt = host.start("t-1", doing("close"));
    EXPECT_EQ(retry_of(attempt->verdict()), "agent process closed its standard output before answering");
    EXPECT_EQ(::kill(std::stoi(attempt->context.wait_for_line("pid ")), 0), -1);
    result_of(host.run("t-2"));
}

TEST(ExecHandler, AProcessThatDoesNotReadItsRequestIsReplaced) {
    HandlerHost host(exec_handler(shell("exec <&-; exec sleep 1000")));
    EXPECT_EQ(retry_of(host.run("t-1", json(std::string(1'000'000, 'x')).dump())),
              "agent process closed its standard input before answering");
}

TEST(ExecHandler, LateLinesAreIgnored) {
    auto options = python(R"(succeed(1)
answer(status="dead", reason="late")
write(log="late"))");
    options.processes = 1;
    HandlerHost host(exec_handler(std::move(options)));
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(result_of(host.run("t-" + std::to_string(i))), 1);
}

TEST(ExecHandler, TwoHundredTasksThroughFourProcesses) {
    auto options = python("succeed([os.getpid(), task['payload']])");
    options.processes = 4;
    HandlerHost host(exec_handler(std::move(options)));
    std::vector<std::unique_ptr<RunningAttempt>> attempts;
    attempts.reserve(200);
    for (int i = 0; i < 200; ++i)
        attempts.push_back(host.start("t-" + std::to_string(i), std::to_string(i)));
    std::set<int> processes;
    for (int i = 0; i < 200; ++i) {
        auto const result = result_of(attempts[static_cast<std::size_t>(i)]->verdict());
        EXPECT_EQ(result[1], i);
        processes.insert(result[0].get<int>());
    }
    EXPECT_EQ(processes.size(), 4U);
}

TEST(ExecHandler, CrashesLeaveTheOthersAlone) {
    auto options = python(R"(if task["payload"] % 5 == 0: os._exit(9)
succeed(task["payload"]))");
    options.processes = 3;
    HandlerHost host(exec_handler(std::move(options)));
    std::vector<std::unique_ptr<RunningAttempt>> attempts;
    attempts.reserve(30);
    for (int i = 1; i <= 30; ++i)
        attempts.push_back(host.start("t-" + std::to_string(i), std::to_string(i)));
    for (int i = 1; i <= 30; ++i) {
        auto const verdict = attempts[static_cast<std::size_t>(i - 1)]->verdict();
        if (i % 5 == 0) {
            EXPECT_THAT(retry_of(verdict), HasSubstr("exited with status 9"));
        } else {
            EXPECT_EQ(result_of(verdict), i);
        }
    }
}

TEST(ExecHandler, APayloadThatIsNoJsonIsDead) {
    HandlerHost host(exec_handler(python("succeed()")));
    EXPECT_EQ(std::get<Dead>(host.run("t-1", "not json")).reason, "the payload is no JSON");
    result_of(host.run("t-2"));
}

TEST(ExecHandler, TheDeadlineIsPassedOn) {
    HandlerHost host(exec_handler(python("succeed(task['deadline_ms'])")));
    auto const attempt =
        host.start_at(std::chrono::steady_clock::now() + std::chrono::hours(1), Task("t-1", "test", "{}"));
    auto const left = result_of(attempt->verdict()).get<std::int64_t>();
    EXPECT_GT(left, 0);
    EXPECT_LE(left, 3'600'000);
}

TEST(ExecHandler, NodeSpeaksItToo) {
    ExecOptions options;
    options.command = {"node", "-e", R"(
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const task = JSON.parse(line);
  console.log(JSON.stringify({ task_id: task.task_id, status: "success", result: task.payload.n * 2 }));
});)"};
    HandlerHost host(exec_handler(std::move(options)));
    EXPECT_EQ(result_of(host.run("t-1", R"({"n":21})")), 42);
}

TEST(ExecHandler, MisuseIsRefusedAtOnce) {
    EXPECT_THROW((void)exec_handler(ExecOptions{}), std::invalid_argument);
    auto bad = shell("true");
    bad.processes = -1;
    EXPECT_THROW((void)exec_handler(bad), std::invalid_argument);
    bad = shell("true");
    bad.environment["A=B"] = "c";
    EXPECT_THROW((void)exec_handler(bad), std::invalid_argument);
    bad = shell("true");
    bad.command.emplace_back("a\0b", 3);
    EXPECT_THROW((void)exec_handler(bad), std::invalid_argument);
    bad = shell("true");
    bad.start_timeout = Milliseconds(0);
    EXPECT_THROW((void)exec_handler(bad), std::invalid_argument);
}

}  // namespace
}  // namespace leat::handlers
