// `leat top` as a whole: a real program on a real terminal, against a real server.
#include <chrono>
#include <csignal>

#include "cli_fixture.hpp"
#include "pty_leat.hpp"
#include "store/store_worker.hpp"

namespace leat::cli::testing {
namespace {

using namespace std::chrono_literals;
using store::SettleVerdict;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kTakesOver = "\x1b[?1049h";
constexpr char const* kGivesBack = "\x1b[?7h\x1b[?25h\x1b[?1049l";

class TopTest : public CliFixture {
  protected:
    TopTest() { dead("t1", "\x1b[31mboom"); }

    // Without colours a line is in one piece.
    PtyLeat top(unsigned short columns = 110, unsigned short rows = 30,
                std::map<std::string, std::string> variables = {{"NO_COLOR", "1"}}) {
        variables["LEAT_REDIS"] = server.url();
        return {{"top", "--interval", "100ms"}, variables, columns, rows};
    }
    static void expect_restored(PtyLeat const& program, termios const& before) {
        EXPECT_THAT(program.output(), EndsWith(kGivesBack));
        auto const now = program.state();
        EXPECT_EQ(now.c_lflag, before.c_lflag);
        EXPECT_EQ(now.c_iflag, before.c_iflag);
        EXPECT_EQ(now.c_oflag, before.c_oflag);
    }
    [[nodiscard]] std::string paused() const { return ask({"HGET", keys.control, "paused"}); }
};

TEST_F(TopTest, OnceIsPlainText) {
    auto const outcome =
        run_leat({"top", "--once"}, {{"LEAT_REDIS", server.url()}, {"COLUMNS", "60"}, {"TERM", "xterm"}});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("AGENT"), HasSubstr("sentiment  unserved"), Not(HasSubstr("\x1b"))));
    EXPECT_THAT(outcome.out, Not(HasSubstr("SCHEDULED")));  // too narrow
    EXPECT_THAT(text({"top", "--once"}), HasSubstr("SCHEDULED"));
}

TEST_F(TopTest, JsonIsOneObject) {
    auto const seconds = std::stoll(ask({"TIME"}));
    ask({"HSET", keys.stats_minute(seconds / 60), "dead", "3"});
    auto document = json::parse(text({"top", "--json"}));
    auto& agents = document.at("agents");
    ASSERT_EQ(agents.size(), 1U);
    auto& agent = agents.at(0);
    EXPECT_EQ(agent.at("rates_per_s").size(), 60U);
    double sum = 0;
    for (auto const& rate : agent.at("rates_per_s"))
        sum += rate.get<double>();
    EXPECT_GT(sum, 0);
    EXPECT_EQ(agent.at("error_share"), 1.0);
    EXPECT_EQ(agent.at("dead_letters"), 1);
    for (auto const* const member : {"p50_ms", "p99_ms", "condition", "ready", "running", "scheduled", "slots",
                                     "oldest_ready_ms", "totals", "problem"})
        EXPECT_TRUE(agent.contains(member)) << member;
    agents.clear();
    document.at("now") = 0;
    document.at("redis") = json::object();
    EXPECT_EQ(document.dump(), R"({"agents":[],"all_agents":true,"now":0,"redis":{},"troubles":[],"workers":0})");
    text({"dispatch", "sentiment", "1"});
    auto const troubles = json::parse(text({"top", "--json", "--once"})).at("troubles");
    ASSERT_EQ(troubles.size(), 1U);
    EXPECT_EQ(troubles[0].at("agent"), "sentiment");
    EXPECT_EQ(troubles[0].at("severe"), true);
}

TEST_F(TopTest, NeedsATerminal) {
    expect_failure({"top"}, ExitCode::usage, "leat top --once");
    expect_failure({"top", "--interval", "1ms"}, ExitCode::usage, "100ms to 1h");
}

TEST_F(TopTest, OpensAnAgentPausesItAndQuits) {
    auto program = top();
    auto const before = program.state();
    program.until(kTakesOver);
    EXPECT_THAT(program.until("Enter open"), HasSubstr("› sentiment"));
    EXPECT_NE(program.state().c_lflag, before.c_lflag);
    program.press("\r");
    EXPECT_THAT(program.until("Esc back"), HasSubstr("leat top › sentiment"));
    program.until("\\u{1b}[31mboom");  // the letter's error, which is read for the page
    program.press("p");
    program.until("Pause sentiment?");
    program.press("n");
    program.until("Nothing is changed.");
    EXPECT_NE(paused(), "1");
    program.press("p");
    program.until("Pause sentiment?");
    program.press("y");
    program.until("sentiment is paused.");
    EXPECT_EQ(paused(), "1");
    program.press("\x1b");  // Escape alone
    program.until("Enter open");
    program.press("?");
    program.until("go further, to the first");
    program.press("x");
    program.until("Enter open");
    program.press("q");
    EXPECT_EQ(program.wait(), 0);
    expect_restored(program, before);
}

TEST_F(TopTest, ShowsWhatHappens) {
    auto program = top();
    program.until("Enter open");
    text({"dispatch", "sentiment", "1"});
    program.until("! No live worker serves sentiment: 1 task cannot go on");
    program.press("\x03");
    EXPECT_EQ(program.wait(), 0);
}

TEST_F(TopTest, FollowsTheSizeOfItsWindow) {
    auto program = top(110, 30);
    program.until("Enter open");
    program.resize(40, 10);
    auto const narrow = program.until("Enter open");
    EXPECT_THAT(narrow, AllOf(HasSubstr("sentiment"), Not(HasSubstr("SCHEDULED"))));
    program.resize(150, 10);
    EXPECT_THAT(program.until("Enter open"), HasSubstr("SCHEDULED"));
    program.press("q");
    EXPECT_EQ(program.wait(), 0);
}

TEST_F(TopTest, GivesTheTerminalBackHoweverItEnds) {
    for (int const number : {SIGTERM, SIGHUP, SIGINT}) {
        auto program = top();
        auto const before = program.state();
        program.until("Enter open");
        program.signal(number);
        EXPECT_EQ(program.wait(), 0) << number;
        expect_restored(program, before);
    }
    auto program = top();
    auto const before = program.state();
    program.until("Enter open");
    program.signal(SIGABRT);
    EXPECT_EQ(program.wait(), 128 + SIGABRT);
    expect_restored(program, before);
}

TEST_F(TopTest, IsStoppedAndContinuedLikeAnyProgram) {
    auto program = top();
    program.until("Enter open");
    program.press("\x1a");
    program.until(kGivesBack);
    program.until_stopped();
    program.signal(SIGCONT);
    program.until(kTakesOver);
    program.until("Enter open");
    program.press("q");
    EXPECT_EQ(program.wait(), 0);
}

TEST_F(TopTest, TellsThatRedisIsAwayAndQuitsAllTheSame) {
    auto program = top();
    auto const before = program.state();
    program.until("Enter open");
    server.kill();
    program.until("Redis does not answer, trying again");
    program.press("q");
    EXPECT_EQ(program.wait(), 0);
    expect_restored(program, before);
    server.start();
}

TEST_F(TopTest, FailsLikeAnyCommandWhereRedisWasNeverThere) {
    server.kill();
    PtyLeat program({"top", "--connect-timeout", "100ms"}, {{"LEAT_REDIS", server.url()}}, 80, 24);
    EXPECT_EQ(program.wait(), static_cast<int>(ExitCode::unavailable));
    EXPECT_THAT(program.output(), AllOf(HasSubstr("leat: "), Not(HasSubstr(std::string(kTakesOver)))));
    server.start();
}

TEST_F(TopTest, ColoursAreForThoseWhoWantThem) {
    auto program = top(110, 30, {});
    program.until("Enter");
    EXPECT_THAT(program.output(), HasSubstr("\x1b[1mleat top\x1b[0m"));
    program.press("q");
    EXPECT_EQ(program.wait(), 0);
    auto plain = top();
    plain.until("Enter open");
    EXPECT_THAT(plain.output(), AllOf(HasSubstr("leat top"), Not(HasSubstr("\x1b[1m"))));
}

}  // namespace
}  // namespace leat::cli::testing
