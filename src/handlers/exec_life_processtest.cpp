// The exec handler with real subprocesses: how they start, what they inherit, and how they end.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "handlers/exec_harness.hpp"

namespace leat::handlers {
namespace {

using testing::HasSubstr;

TEST(ExecLife, CancellingEndsTheProcessAndTheAttempt) {
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

TEST(ExecLife, AProcessThatIgnoresTermIsKilled) {
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

TEST(ExecLife, ChildrenAreKilledWithTheGroup) {
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

TEST(ExecLife, CancellingAnAttemptThatWaitsLeavesTheProcessAlone) {
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

TEST(ExecLife, TheEnvironmentIsClean) {
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

TEST(ExecLife, NothingElseIsInherited) {
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

TEST(ExecLife, ArgumentsPassThroughNoShell) {
    ExecOptions options;
    options.command = {kPython, "-c", R"(
import json, sys
for line in sys.stdin:
    print(json.dumps({"task_id": json.loads(line)["task_id"], "status": "success", "result": sys.argv[1:]}), flush=True)
)", "$(id)", "a b", "; echo", "*"};
    HandlerHost host(exec_handler(std::move(options)));
    EXPECT_EQ(result_of(host.run("t-1")), (json{"$(id)", "a b", "; echo", "*"}));
}

TEST(ExecLife, WorkingDirectoryAndPathAreUsed) {
    auto options = python("succeed(os.getcwd())");
    options.command.front() = "python3";
    options.environment["PATH"] = "/nowhere:/usr/bin";
    options.working_directory = "/usr";
    HandlerHost host(exec_handler(std::move(options)));
    EXPECT_EQ(result_of(host.run("t-1")), "/usr");
}

TEST(ExecLife, LimitsAreSet) {
    auto options = python(R"(import resource
succeed([resource.getrlimit(r)[0] for r in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE)]))");
    options.limits = ExecLimits{std::uint64_t{4} << 30U, 60, 64};
    HandlerHost host(exec_handler(std::move(options)));
    EXPECT_EQ(result_of(host.run("t-1")), (json{std::uint64_t{4} << 30U, 60, 64}));
}

TEST(ExecLife, TheLimitOfProcessesIsSet) {
    auto options = python("import resource\nsucceed(resource.getrlimit(resource.RLIMIT_NPROC)[0])");
    options.limits.user_processes = 4'000;
    HandlerHost host(exec_handler(std::move(options)));
    EXPECT_EQ(result_of(host.run("t-1")), 4'000);
}

TEST(ExecLife, AnAgentThatEatsAllMemoryFailsAloneAndTheNextTaskRuns) {
    auto options = python(R"(if text == "eat":
    hoard = []
    while True: hoard.append(bytearray(64 << 20))
succeed("full"))");
    options.limits.memory_bytes = std::uint64_t{1} << 29U;
    options.processes = 2;
    HandlerHost host(exec_handler(std::move(options)));
    auto const eater = host.start("t-1", R"({"do":"eat"})");
    EXPECT_EQ(result_of(host.run("t-2")), "full");
    EXPECT_THAT(retry_of(eater->verdict()), HasSubstr("before answering"));
    EXPECT_EQ(result_of(host.run("t-3")), "full");
}

// Children of children of children: the end of the attempt is the end of all of them.
TEST(ExecLife, AForkBombEndsWithItsAttempt) {
    auto options = python(R"(born, bear = os.pipe()
def grow(depth):
    for _ in range(3):
        if depth > 0 and os.fork() == 0:
            os.write(bear, b"%8d" % os.getpid())
            grow(depth - 1)
            time.sleep(1000)
grow(4)
pids = b""
while len(pids) < 8 * (3 + 9 + 27 + 81): pids += os.read(born, 8)
sys.stderr.write("pids " + pids.decode() + "\n")
sys.stderr.flush()
time.sleep(1000))");
    HandlerHost host(exec_handler(std::move(options)));
    auto const attempt = host.start("t-1");
    std::istringstream pids(attempt->context.wait_for_line("pids "));
    attempt->cancel(CancelReason::timeout);
    (void)attempt->verdict();
    int ended = 0;
    for (pid_t pid = 0; pids >> pid; ++ended)
        expect_end_of(pid);
    EXPECT_EQ(ended, 120);
}

TEST(ExecLife, ACommandThatCannotBeStartedIsNamed) {
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

TEST(ExecLife, StartsThatKeepFailingAreSpacedOut) {
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

TEST(ExecLife, ShutdownEndsAllProcesses) {
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

TEST(ExecLife, ShutdownKillsAProcessThatStays) {
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

TEST(ExecLife, ProcessesDieWithTheWorker) {
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

}  // namespace
}  // namespace leat::handlers
