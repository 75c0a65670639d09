// The password appears nowhere: not in answers, logs and errors, not in arguments and variables of any process.
#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
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

// What a program that is started meanwhile says on stderr.
class CapturedErrors {
  public:
    explicit CapturedErrors(std::filesystem::path const& file) : saved_(::dup(STDERR_FILENO)) {
        int const opened = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        ::dup2(opened, STDERR_FILENO);
        ::close(opened);
    }
    ~CapturedErrors() {
        ::dup2(saved_, STDERR_FILENO);
        ::close(saved_);
    }
    CapturedErrors(CapturedErrors const&) = delete;
    CapturedErrors& operator=(CapturedErrors const&) = delete;

  private:
    int saved_;
};

// The whole answer, as it comes.
std::string http_get(std::string const& port, std::string const& path) {
    namespace asio = boost::asio;
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    asio::ip::tcp::resolver resolver(context);
    asio::connect(socket, resolver.resolve("127.0.0.1", port));
    asio::write(socket,
                asio::buffer("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nConnection: close\r\n\r\n"));
    std::string answer;
    boost::system::error_code ended;
    asio::read(socket, asio::dynamic_buffer(answer), ended);
    return answer;
}

TEST_F(SecretsTest, NoPageOrLogOfTheServerHoldsIt) {
    dead("d", "boom");
    auto const log = server.folder() / "serve.log";
    std::unique_ptr<RunningLeat> serving;
    {
        CapturedErrors const errors(log);
        serving = std::make_unique<RunningLeat>(
            Arguments{"serve", "--listen", "127.0.0.1:0", "--json", "--log-json"},
            std::map<std::string, std::string>{
                {"LEAT_REDIS", server.url()}, {"LEAT_REDIS_USERNAME", "bob"}, {"LEAT_REDIS_PASSWORD", kSecret}});
    }
    auto const first = serving->read_line();
    EXPECT_THAT(first, Not(HasSubstr(kSecret)));
    auto const url = json::parse(first)["http"].get<std::string>();
    auto const port = url.substr(url.rfind(':') + 1);
    for (auto const* const path : {"/readyz", "/metrics", "/v1/session", "/v1/overview", "/v1/stats", "/v1/redis",
                                   "/v1/doctor", "/v1/workers", "/v1/agents", "/v1/agents/sentiment/dead",
                                   "/v1/tasks/sentiment/d", "/v1/tasks/sentiment/none", "/v1/openapi.json"}) {
        auto const answer = http_get(port, path);
        EXPECT_THAT(answer, ::testing::StartsWith("HTTP/1.1 ")) << path;
        EXPECT_THAT(answer, Not(HasSubstr(kSecret))) << path;
    }
    server.kill();  // errors have pages, and lines in the log, too
    EXPECT_THAT(http_get(port, "/v1/redis"), Not(HasSubstr(kSecret)));
    EXPECT_THAT(http_get(port, "/v1/agents"), Not(HasSubstr(kSecret)));
    serving->signal(SIGTERM);
    EXPECT_EQ(serving->wait(), 0);
    EXPECT_THAT(content(log), Not(HasSubstr(kSecret)));
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
