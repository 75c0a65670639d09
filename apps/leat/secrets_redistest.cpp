// The password appears nowhere: not in answers, logs and errors, not in arguments and variables of any process.
#include <fstream>
#include <iterator>

#include "cli_fixture.hpp"

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

TEST_F(SecretsTest, ItHasNoFlag) {
    auto const outcome = leat({"agent", "list", "--redis-password", kSecret});
    EXPECT_EQ(outcome.exit_code, static_cast<int>(ExitCode::usage));
    EXPECT_THAT(leat({"worker", "--help"}).out, Not(HasSubstr("--redis-password")));
}

}  // namespace
}  // namespace leat::cli::testing
