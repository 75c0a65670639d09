// The password appears nowhere: not in answers, logs and errors, not in arguments and variables of any process.
#include <fstream>
#include <iterator>
#include <sstream>

#include "cli_fixture.hpp"
#include "support/replicas.hpp"

namespace leat::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char const* kSecret = "hunter2-and-more";

class SecretsTest : public CliFixture {
  protected:
    SecretsTest() {
        ask({"ACL", "SETUSER", "bob", "on", std::string(">") + kSecret, "~*", "&*", "+@all"});
        ask({"CONFIG", "SET", "maxmemory", "1gb"});
    }

    Outcome as_bob(Arguments const& arguments, std::string const& password = kSecret) {
        return run_leat(
            arguments,
            {{"LEAT_REDIS", server.url()}, {"LEAT_REDIS_USERNAME", "bob"}, {"LEAT_REDIS_PASSWORD", password}});
    }
    // Runs it and looks at everything it printed.
    Outcome quiet_about_it(Arguments const& arguments) {
        auto outcome = as_bob(arguments);
        EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr(kSecret))) << ::testing::PrintToString(arguments);
        return outcome;
    }
    // A process that this one has started and that is the program itself by now; empty where there is none.
    static std::string child_of(int parent) {
        auto const pid = std::to_string(parent);
        std::istringstream children(content("/proc/" + pid + "/task/" + pid + "/children"));
        for (std::string child; children >> child;) {
            if (content("/proc/" + child + "/cmdline").find("worker") != std::string::npos) return child;
        }
        return {};
    }
    static std::string content(std::filesystem::path const& file) {
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    }
};

TEST_F(SecretsTest, NoCommandPrintsIt) {
    for (auto const& arguments : std::vector<Arguments>{{"config", "show"},
                                                        {"config", "show", "--json"},
                                                        {"config", "check"},
                                                        {"dispatch", "sentiment", "1", "--id", "a"},
                                                        {"task", "show", "sentiment", "a"},
                                                        {"agent", "list"},
                                                        {"pending"},
                                                        {"workers", "--json"},
                                                        {"doctor"},
                                                        {"doctor", "--json"},
                                                        {"--help"}}) {
        auto const outcome = quiet_about_it(arguments);
        EXPECT_TRUE(outcome.exit_code == 0 || arguments.front() == "doctor") << outcome.err;
    }
}

TEST_F(SecretsTest, NoErrorPrintsIt) {
    auto const secret = std::string(kSecret);
    for (auto const& url : {"redis://bob:" + secret + "@127.0.0.1:1", "redis://bob:" + secret + "@[bad",
                            "http://" + secret, "redis://:" + secret + "@no host"}) {
        for (auto const& arguments : std::vector<Arguments>{{"agent", "list"}, {"config", "show"}, {"doctor"}}) {
            auto const outcome = run_leat(arguments, {{"LEAT_REDIS", url}, {"LEAT_REDIS_CONNECT_TIMEOUT", "100ms"}});
            EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr(secret))) << url;
        }
    }
    auto const wrong = as_bob({"agent", "list"}, secret + "-wrong");
    EXPECT_EQ(wrong.exit_code, static_cast<int>(ExitCode::denied));
    EXPECT_THAT(wrong.out + wrong.err, Not(HasSubstr(secret)));
}

// The agent looks at its worker from inside, and then ends it.
TEST_F(SecretsTest, NoWorkerPrintsItOrHandsItOn) {
    auto const script = server.folder() / "agent.sh";
    auto const seen = server.folder() / "seen";
    std::ofstream(script) << "exec 3>" << seen.string() << "\nenv >&3\ntr '\\0' '\\n' </proc/$PPID/cmdline >&3\n"
                          << "read -r line\necho \"$line\" >&3\n"
                          << "echo '{\"task_id\":\"a\",\"status\":\"success\"}'\nkill -TERM $PPID\nread -r line\n";
    add({.id = "a", .payload = "1"});
    auto const outcome =
        quiet_about_it({"worker", "--agent", "sentiment", "--exec", "sh " + script.string(), "--log-json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_NE(outcome.err, "");
    auto const inside = content(seen);
    EXPECT_THAT(inside, HasSubstr("--exec"));
    EXPECT_THAT(inside, HasSubstr("\"task_id\""));
    EXPECT_THAT(inside, Not(HasSubstr(kSecret)));
    EXPECT_THAT(inside, Not(HasSubstr("LEAT_REDIS_PASSWORD")));
}

// The same with a URL that holds it: the worker overwrites its own arguments.
TEST_F(SecretsTest, NoWorkerShowsTheUrlOfItsArguments) {
    ::leat::testing::TcpServer const tcp({"--requirepass", kSecret});
    auto const script = server.folder() / "agent.sh";
    auto const seen = server.folder() / "seen";
    std::ofstream(script) << "tr '\\0' '\\n' </proc/$PPID/cmdline >" << seen.string()
                          << "\nread -r line\necho '{\"task_id\":\"a\",\"status\":\"success\"}'\nkill -TERM $PPID\n"
                          << "read -r line\n";
    auto const url = "redis://:" + std::string(kSecret) + "@" + tcp.address();
    auto const dispatched = run_leat({"--redis", url, "dispatch", "sentiment", "1", "--id", "a"});
    EXPECT_EQ(dispatched.exit_code, 0) << dispatched.err;
    auto const outcome = run_leat({"worker", "--redis=" + url, "--agent", "sentiment", "--exec",
                                   "sh " + script.string(), "--set", "redis.password=" + std::string(kSecret)});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    auto const arguments = content(seen);
    EXPECT_THAT(arguments, HasSubstr("--redis=redis://:xxx"));
    EXPECT_THAT(arguments, HasSubstr("@" + tcp.address()));
    EXPECT_THAT(arguments, HasSubstr("redis.password=xxx"));
    EXPECT_THAT(arguments, Not(HasSubstr(kSecret)));
}

// Users whose benchmarks may only reach the server as somebody else, and with all that the connection needs.
TEST_F(SecretsTest, ABenchmarkUsesItAndHandsItToItsProcessesUnseen) {
    ask({"ACL", "SETUSER", "default", "resetkeys", "~leat:*"});
    RunningLeat bench({"bench", "noop", "--tasks", "5000", "--runs", "1", "--processes", "2", "--json"},
                      {{"LEAT_REDIS", server.url()}, {"LEAT_REDIS_USERNAME", "bob"}, {"LEAT_REDIS_PASSWORD", kSecret}});
    std::string child;
    EXPECT_TRUE(client.until([&] {
        child = child_of(bench.pid());
        return !child.empty();
    }));
    auto const arguments = content("/proc/" + child + "/cmdline");
    auto const variables = content("/proc/" + child + "/environ");
    if (!arguments.empty()) {
        EXPECT_THAT(arguments, HasSubstr("bench"));
        EXPECT_THAT(arguments, Not(HasSubstr(kSecret)));
        EXPECT_THAT(variables, HasSubstr("LEAT_REDIS_PASSWORD=" + std::string(kSecret)));
    }
    auto const report = json::parse(bench.read_line());
    EXPECT_EQ(report.at("phases").size(), 3U);
    EXPECT_EQ(bench.wait(), 0);
}

TEST_F(SecretsTest, ItHasNoFlag) {
    auto const outcome = leat({"agent", "list", "--redis-password", kSecret});
    EXPECT_EQ(outcome.exit_code, static_cast<int>(ExitCode::usage));
    EXPECT_THAT(leat({"worker", "--help"}).out, Not(HasSubstr("--redis-password")));
}

}  // namespace
}  // namespace leat::cli::testing
