// leat task log against a real server.
#include <csignal>

#include "cli_fixture.hpp"

namespace leat::cli::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class CliTaskLog : public CliFixture {
  protected:
    // As a handler would.
    void say(std::string const& id, std::string const& line) {
        ask({"XADD", keys.log, "*", "task_id", id, "attempt", "2", "log", line});
    }
    void progress(std::string const& id, std::string const& percent, std::string const& note) {
        ask({"XADD", keys.log, "*", "task_id", id, "attempt", "2", "progress", percent, "note", note});
    }
    std::string const log_shape_ = R"({"at":"*","attempt":2,"entry":"*","percent":null,"text":"one"},)"
                                   R"({"at":"*","attempt":2,"entry":"*","percent":50,"text":"half"})";
};

TEST_F(CliTaskLog, TaskLogPrintsWhatWasSaid) {
    add({.id = "a", .payload = "1"});
    EXPECT_EQ(leat({"task", "log", "sentiment", "a"}).err, "leat: Nothing was said within the last day.\n");
    say("other", "theirs");
    say("a", "one");
    progress("a", "50", "half");
    EXPECT_EQ(shape({"task", "log", "sentiment", "a"}), R"({"after":"*","cursor":null,"lines":[)" + log_shape_ + "]}");
    auto const printed = text({"task", "log", "sentiment", "a"});
    EXPECT_THAT(printed, HasSubstr("Z  #2  one\n"));
    EXPECT_THAT(printed, HasSubstr("Z  #2  50%  half\n"));
    expect_failure({"task", "log", "sentiment", "nope"}, ExitCode::not_found, "nope");
}

TEST_F(CliTaskLog, TaskLogIsPaged) {
    add({.id = "a", .payload = "1"});
    for (auto const* const line : {"one", "two", "three"})
        say("a", line);
    auto const first = leat({"task", "log", "sentiment", "a", "--limit", "2"});
    EXPECT_THAT(first.out, EndsWith("  two\n"));
    auto const cursor = first.err.substr(first.err.find("--cursor ") + 9);
    auto const rest = text({"task", "log", "sentiment", "a", "--cursor", cursor.substr(0, cursor.find('\n'))});
    EXPECT_THAT(rest, EndsWith("  three\n"));
    EXPECT_THAT(rest, Not(HasSubstr("two")));
    expect_failure({"task", "log", "sentiment", "a", "--cursor", "rubbish"}, ExitCode::usage, "cursor");
}

TEST_F(CliTaskLog, TaskLogSteersNoTerminal) {
    add({.id = "a", .payload = "1"});
    say("a", "\x1b[2J\x1b]0;title\x07 two\nlines \u202Egnp");
    EXPECT_THAT(text({"task", "log", "sentiment", "a"}),
                EndsWith("\\u{1b}[2J\\u{1b}]0;title\\u{7} two\\nlines \\u{202e}gnp\n"));
    EXPECT_THAT(text({"task", "log", "sentiment", "a", "--json"}), Not(HasSubstr("\x1b")));
}

TEST_F(CliTaskLog, TaskLogFollowsToTheEnd) {
    auto const delivery = start("w1", {.id = "a", .payload = "1"});
    say("a", "before");
    RunningLeat follower({"task", "log", "sentiment", "a", "--follow"}, {{"LEAT_REDIS", url()}});
    EXPECT_THAT(follower.read_line(), EndsWith("  #2  before"));
    progress("a", "75", "three quarters");
    EXPECT_THAT(follower.read_line(), EndsWith("  #2  75%  three quarters"));
    say("a", "the last words");
    ASSERT_TRUE(settle("w1", verdict(delivery, store::SettleVerdict::dead, "boom")));
    EXPECT_THAT(follower.read_line(), EndsWith("the last words"));
    EXPECT_EQ(follower.read_line(), "");
    EXPECT_EQ(follower.wait(), static_cast<int>(ExitCode::unsuccessful));
}

TEST_F(CliTaskLog, TaskLogFollowsInJson) {
    finished("a", store::SettleVerdict::success, "1");
    say("a", "said");
    RunningLeat follower({"--json", "task", "log", "sentiment", "a", "--follow"}, {{"LEAT_REDIS", url()}});
    EXPECT_EQ(json::parse(follower.read_line())["text"], "said");
    EXPECT_EQ(follower.wait(), 0);
}

}  // namespace
}  // namespace leat::cli::testing
