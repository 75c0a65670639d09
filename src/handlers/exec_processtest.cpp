// The exec handler with real subprocesses.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "handlers/child_process.hpp"
#include "handlers/exec_harness.hpp"
#include "leat/exec.hpp"

namespace leat::handlers {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char const* kPython = "/usr/bin/python3";

// An agent in Python that serves each request with the body `serve`, which sees `task` and `answer(**fields)`.
ExecOptions python(std::string const& serve) {
    std::string const frame = R"(
import json, os, signal, subprocess, sys, time
for line in sys.stdin:
    task = json.loads(line)
    def write(**fields):
        print(json.dumps(fields), flush=True)
    def answer(**fields):
        write(task_id=task["task_id"], **fields)
    def succeed(result=None):
        answer(status="success", result=result)
    text = task["payload"].get("do", "") if isinstance(task["payload"], dict) else ""
)";
    std::string body;
    for (std::size_t at = 0; at < serve.size();) {
        auto const end = std::min(serve.find('\n', at), serve.size());
        body += "    " + serve.substr(at, end - at) + "\n";
        at = end + 1;
    }
    ExecOptions options;
    options.command = {kPython, "-c", frame + body};
    options.kill_grace = Milliseconds(5'000);
    return options;
}

ExecOptions shell(std::string const& script) {
    ExecOptions options;
    options.command = {"/bin/sh", "-c", script};
    return options;
}

json result_of(Verdict const& verdict) {
    if (auto const* success = std::get_if<Success>(&verdict)) return json::parse(success->result_text);
    if (auto const* retry = std::get_if<Retry>(&verdict)) ADD_FAILURE() << "retry: " << retry->error;
    if (auto const* dead = std::get_if<Dead>(&verdict)) ADD_FAILURE() << "dead: " << dead->reason;
    return nullptr;
}

std::string retry_of(Verdict const& verdict) {
    auto const* retry = std::get_if<Retry>(&verdict);
    EXPECT_NE(retry, nullptr) << "not a retry but " << verdict.index();
    return retry == nullptr ? "" : retry->error;
}

std::string doing(std::string_view what) {
    return json{{"do", what}}.dump();
}

// Waits for the end of a process that is not our child. Fails the test where it lives on for ten seconds.
void expect_end_of(pid_t pid) {
    auto const watch = open_exit_watch(pid);
    if (watch.get() < 0) return;  // gone and collected
    pollfd query{watch.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&query, 1, 10'000), 1) << "process " << pid << " still runs";
}

TEST(ExecHandler, Success) {
    HandlerHost host(exec_handler(python("succeed({'echo': task['payload']})")));
    EXPECT_EQ(result_of(host.run("t-1", R"({"text":"hé"})")), (json{{"echo", {{"text", "hé"}}}}));
}

TEST(ExecHandler, TheRequestCarriesTheWholeTask) {
    HandlerHost host(exec_handler(python("succeed(task)")));
    Task task("t-1", "sentiment", "[1]");
    task.retry_count = 2;
    task.max_retries = 5;
    task.traceparent = "00-aa-bb-01";
    auto const seen = result_of(host.start(std::move(task))->verdict());
    EXPECT_EQ(seen["task_id"], "t-1");
    EXPECT_EQ(seen["agent"], "sentiment");
    EXPECT_EQ(seen["payload"], json::array({1}));
    EXPECT_EQ(seen["attempt"], 1);
    EXPECT_EQ(seen["retry_count"], 2);
    EXPECT_EQ(seen["max_retries"], 5);
    EXPECT_EQ(seen["idempotency_key"], "sentiment/t-1");
    EXPECT_EQ(seen["traceparent"], "00-aa-bb-01");
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

TEST(ExecHandler, CancellingEndsTheProcessAndTheAttempt) {
    HandlerHost host(exec_handler(python(R"(write(log="pid " + str(os.getpid()))
while text == "hang": time.sleep(1000)
succeed())")));
    auto const attempt = host.start("t-1", doing("hang"));
    auto const pid = std::stoi(attempt->context.wait_for_line("pid "));
    attempt->cancel(CancelReason::timeout);
    EXPECT_EQ(retry_of(attempt->verdict()), "the attempt was ended: timeout");
    EXPECT_EQ(::kill(pid, 0), -1);  // ended and collected before the handler returned
    result_of(host.run("t-2"));
}

TEST(ExecHandler, AProcessThatIgnoresTermIsKilled) {
    auto options = python(R"(signal.signal(signal.SIGTERM, lambda *a: write(log="no"))
write(log="pid " + str(os.getpid()))
while True: time.sleep(1000))");
    options.kill_grace = Milliseconds(50);
    HandlerHost host(exec_handler(std::move(options)));
    auto const attempt = host.start("t-1");
    auto const pid = std::stoi(attempt->context.wait_for_line("pid "));
    attempt->cancel(CancelReason::cancelled);
    EXPECT_EQ(retry_of(attempt->verdict()), "the attempt was ended: cancelled");
    EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ExecHandler, ChildrenAreKilledWithTheGroup) {
    HandlerHost host(
        exec_handler(python(R"(child = subprocess.Popen(["/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"])
write(log="child " + str(child.pid))
while text == "hang": time.sleep(1000)
sys.exit(1))")));
    auto const hanging = host.start("t-1", doing("hang"));
    auto const child_of_hanging = std::stoi(hanging->context.wait_for_line("child "));
    hanging->cancel(CancelReason::timeout);
    retry_of(hanging->verdict());
    expect_end_of(child_of_hanging);

    auto const crashing = host.start("t-2");
    retry_of(crashing->verdict());
    expect_end_of(std::stoi(crashing->context.wait_for_line("child ")));
}

TEST(ExecHandler, CancellingAnAttemptThatWaitsLeavesTheProcessAlone) {
    auto options = python(R"(write(log="busy")
if text == "wait": open(task["payload"]["fifo"]).read()
succeed(os.getpid()))");
    options.processes = 1;
    HandlerHost host(exec_handler(std::move(options)));
    auto const fifo = std::filesystem::temp_directory_path() / ("leat-exec-" + std::to_string(::getpid()));
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    auto const first = host.start("t-1", json{{"do", "wait"}, {"fifo", fifo}}.dump());
    EXPECT_EQ(first->context.wait_for_line("busy"), "");
    auto const second = host.start("t-2");
    auto const third = host.start("t-3");
    second->cancel(CancelReason::shutdown);
    EXPECT_EQ(retry_of(second->verdict()), "the attempt was ended: shutdown");
    EXPECT_TRUE(second->context.lines().empty());
    std::ofstream(fifo) << "go";
    auto const pid = result_of(first->verdict());
    EXPECT_EQ(result_of(third->verdict()), pid);
    std::filesystem::remove(fifo);
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

TEST(ExecHandler, TheEnvironmentIsClean) {
    ASSERT_EQ(::setenv("LEAT_TEST_SECRET", "s3cret", 1), 0);
    auto options = python("succeed(dict(os.environ))");
    options.environment = {{"MODE", "test"}, {"LANG", "C.UTF-8"}};
    HandlerHost host(exec_handler(std::move(options)));
    auto const environment = result_of(host.run("t-1"));
    EXPECT_EQ(environment["MODE"], "test");
    EXPECT_EQ(environment["LANG"], "C.UTF-8");
    EXPECT_TRUE(environment.contains("PATH"));
    std::set<std::string> const allowed{"PATH", "HOME", "LANG",
                                        "TZ",   "MODE", "LC_CTYPE"};  // Python sets LC_CTYPE itself
    for (auto const& [name, value] : environment.items())
        EXPECT_TRUE(allowed.contains(name)) << name;
}

TEST(ExecHandler, NothingElseIsInherited) {
    PosixFd const leaking(::open("/dev/null", O_RDONLY));  // on purpose without O_CLOEXEC
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    struct sigaction before {};
    ::sigaction(SIGUSR1, &ignore, &before);
    HandlerHost host(
        exec_handler(python(R"(status = dict(l.split(":\t", 1) for l in open("/proc/self/status") if ":\t" in l)
fds = {n: os.path.exists("/proc/self/fd/" + n) and os.readlink("/proc/self/fd/" + n) for n in os.listdir("/proc/self/fd")}
succeed({"fds": [n for n, path in fds.items() if path and path.startswith("/dev/null")],
         "blocked": int(status["SigBlk"], 16), "usr1": signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL,
         "no_new_privs": status["NoNewPrivs"].strip(), "group": os.getpgid(0) == os.getpid()}))")));
    auto const seen = result_of(host.run("t-1"));
    ::sigaction(SIGUSR1, &before, nullptr);
    EXPECT_EQ(seen["fds"], json::array());
    EXPECT_EQ(seen["blocked"], 0);
    EXPECT_EQ(seen["usr1"], true);
    EXPECT_EQ(seen["no_new_privs"], "1");
    EXPECT_EQ(seen["group"], true);
}

TEST(ExecHandler, ArgumentsPassThroughNoShell) {
    ExecOptions options;
    options.command = {kPython, "-c", R"(
import json, sys
for line in sys.stdin:
    print(json.dumps({"task_id": json.loads(line)["task_id"], "status": "success", "result": sys.argv[1:]}), flush=True)
)", "$(id)", "a b", "; echo", "*"};
    HandlerHost host(exec_handler(std::move(options)));
    EXPECT_EQ(result_of(host.run("t-1")), (json{"$(id)", "a b", "; echo", "*"}));
}

TEST(ExecHandler, WorkingDirectoryAndPathAreUsed) {
    auto options = python("succeed(os.getcwd())");
    options.command.front() = "python3";
    options.environment["PATH"] = "/nowhere:/usr/bin";
    options.working_directory = "/usr";
    HandlerHost host(exec_handler(std::move(options)));
    EXPECT_EQ(result_of(host.run("t-1")), "/usr");
}

TEST(ExecHandler, LimitsAreSet) {
    auto options = python(R"(import resource
succeed([resource.getrlimit(r)[0] for r in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE)]))");
    options.limits = ExecLimits{std::uint64_t{4} << 30U, 60, 64};
    HandlerHost host(exec_handler(std::move(options)));
    EXPECT_EQ(result_of(host.run("t-1")), (json{std::uint64_t{4} << 30U, 60, 64}));
}

TEST(ExecHandler, ACommandThatCannotBeStartedIsNamed) {
    ExecOptions options;
    options.command = {"no-such-program-here"};
    options.environment["PATH"] = "/usr/bin";
    HandlerHost missing(exec_handler(options));
    EXPECT_EQ(retry_of(missing.run("t-1")),
              "agent process cannot be started: no program 'no-such-program-here' in PATH (/usr/bin)");
    options.command = {"/etc/passwd"};
    HandlerHost no_program(exec_handler(options));
    EXPECT_EQ(retry_of(no_program.run("t-1")),
              "agent process cannot be started: cannot run '/etc/passwd': Permission denied");
    options.command = {kPython};
    options.working_directory = "/no/such/folder";
    HandlerHost no_folder(exec_handler(options));
    EXPECT_EQ(retry_of(no_folder.run("t-1")),
              "agent process cannot be started: cannot enter the folder '/no/such/folder': No such file or directory");
}

TEST(ExecHandler, StartsThatKeepFailingAreSpacedOut) {
    auto const record = std::filesystem::temp_directory_path() / ("leat-starts-" + std::to_string(::getpid()));
    auto options = shell("echo start >> " + record.string() + "; exit 1");
    HandlerHost host(exec_handler(std::move(options)));
    retry_of(host.run("t-0"));
    std::vector<std::unique_ptr<RunningAttempt>> attempts;
    for (int i = 1; i <= 50; ++i)
        attempts.push_back(host.start("t-" + std::to_string(i)));
    for (auto& attempt : attempts)
        EXPECT_THAT(retry_of(attempt->verdict()), HasSubstr("exited with status 1 before answering"));
    std::ifstream file(record);
    auto const starts = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
    EXPECT_GE(starts, 2);
    EXPECT_LE(starts, 10);
    std::filesystem::remove(record);
}

TEST(ExecHandler, TwoHundredTasksThroughFourProcesses) {
    auto options = python("succeed([os.getpid(), task['payload']])");
    options.processes = 4;
    HandlerHost host(exec_handler(std::move(options)));
    std::vector<std::unique_ptr<RunningAttempt>> attempts;
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

TEST(ExecHandler, ShutdownEndsAllProcesses) {
    auto const record = std::filesystem::temp_directory_path() / ("leat-ends-" + std::to_string(::getpid()));
    std::vector<pid_t> pids;
    {
        auto options = python("succeed(os.getpid())");
        options.command.back() += "open('" + record.string() + "', 'a').write('end of input\\n')\n";
        options.processes = 2;
        HandlerHost host(exec_handler(std::move(options)));
        auto const first = host.start("t-1");
        auto const second = host.start("t-2");
        pids.push_back(result_of(first->verdict()).get<pid_t>());
        pids.push_back(result_of(second->verdict()).get<pid_t>());
    }
    for (auto const pid : pids)
        EXPECT_EQ(::kill(pid, 0), -1);
    std::ifstream file(record);
    EXPECT_GE(std::count(std::istreambuf_iterator<char>(file), {}, '\n'), 1);
    std::filesystem::remove(record);
}

TEST(ExecHandler, ShutdownKillsAProcessThatStays) {
    pid_t pid = -1;
    {
        auto options = python(R"(signal.signal(signal.SIGTERM, signal.SIG_IGN)
succeed(os.getpid()))");
        options.command.back() += "while True: time.sleep(1000)\n";
        options.kill_grace = Milliseconds(50);
        HandlerHost host(exec_handler(std::move(options)));
        pid = result_of(host.run("t-1")).get<pid_t>();
    }
    EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ExecHandler, ProcessesDieWithTheWorker) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
    PosixFd const from_worker(pipe[0]), to_test(pipe[1]);
    pid_t const worker = ::fork();
    ASSERT_GE(worker, 0);
    if (worker == 0) {
        HandlerHost host(exec_handler(python("succeed(os.getpid())\ntime.sleep(1000)")));
        auto const agent = result_of(host.run("t-1")).get<pid_t>();
        [[maybe_unused]] auto const sent = ::write(to_test.get(), &agent, sizeof agent);
        for (;;)
            ::pause();
    }
    pid_t agent = -1;
    ASSERT_EQ(::read(from_worker.get(), &agent, sizeof agent), static_cast<ssize_t>(sizeof agent));
    ::kill(worker, SIGKILL);
    ::waitpid(worker, nullptr, 0);
    expect_end_of(agent);
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
