// `leat doctor` as a program: its text, its JSON, its exit code.
#include "cli_fixture.hpp"

namespace leat::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DoctorCommand : public CliFixture {
  protected:
    DoctorCommand() : CliFixture({"--appendonly", "yes", "--maxmemory", "1gb"}) {}
};

TEST_F(DoctorCommand, AGoodServerIsZero) {
    auto const said = text({"doctor"});
    EXPECT_THAT(said, HasSubstr("ok       eviction: maxmemory-policy is noeviction\n"));
    EXPECT_THAT(said, HasSubstr("ok       agent of sentiment: 0 ready"));
    EXPECT_THAT(said, HasSubstr(" 0 fail.\n"));
    auto const document = json::parse(text({"doctor", "--json"}));
    EXPECT_EQ(document["fail"], 0);
    EXPECT_EQ(document["checks"][0]["check"], "version");
}

TEST_F(DoctorCommand, AFailedCheckIsThree) {
    ask({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
    auto const outcome = leat({"doctor"});
    EXPECT_EQ(outcome.exit_code, static_cast<int>(ExitCode::alert));
    EXPECT_THAT(outcome.out, HasSubstr("fail     eviction: maxmemory-policy is allkeys-lru"));
    EXPECT_THAT(outcome.out, HasSubstr("         -> set maxmemory-policy noeviction"));
    EXPECT_EQ(outcome.err, "");
}

TEST_F(DoctorCommand, AuditsAndRepairsOneAgent) {
    add({.id = "a", .delay_ms = 60'000, .payload = "1"});
    EXPECT_THAT(text({"doctor", "sentiment", "--audit"}), HasSubstr("all agrees"));
    ask({"ZREM", keys.scheduled, "a"});
    EXPECT_EQ(leat({"doctor", "sentiment", "--audit"}).exit_code, static_cast<int>(ExitCode::alert));
    EXPECT_THAT(text({"doctor", "sentiment", "--repair"}), HasSubstr("repaired: 1 rescheduled"));
    EXPECT_THAT(text({"doctor", "sentiment", "--audit"}), HasSubstr("all agrees"));
}

TEST_F(DoctorCommand, NamesEveryTaskWhoseMessageIsGone) {
    for (int i = 0; i < 25; ++i)
        add({.id = "gone" + std::to_string(i), .payload = "1"});
    ask({"XTRIM", keys.lane(Lane::normal), "MAXLEN", "0"});
    auto const said = text({"doctor", "sentiment", "--audit"});
    EXPECT_THAT(said, HasSubstr("         missing: gone"));
    EXPECT_THAT(said, HasSubstr("         and 5 more (--json"));
    auto const checks = json::parse(text({"doctor", "sentiment", "--audit", "--json"}))["checks"];
    auto const& audit = checks.back();
    std::set<std::string> named;
    for (auto const& task : audit["tasks"])
        named.insert(task["task"].get<std::string>());
    EXPECT_EQ(named.size(), 25U);
    EXPECT_EQ(audit["more_tasks"], 0);
}

TEST_F(DoctorCommand, CountersThatDisagreeAreToldAndBooked) {
    add({.id = "a", .payload = "1"});
    ask({"HINCRBY", keys.stats, "dispatched", "2"});
    EXPECT_THAT(text({"doctor", "sentiment", "--audit"}),
                HasSubstr("warn     audit of sentiment: 2 places looked at, 1 live "
                          "tasks (the counters say 3)"));
    EXPECT_THAT(text({"doctor", "sentiment", "--repair"}), HasSubstr("off by -2, booked as `unaccounted`"));
    EXPECT_THAT(text({"doctor", "sentiment", "--audit"}), HasSubstr("all agrees"));
}

TEST_F(DoctorCommand, ChecksARole) {
    EXPECT_THAT(text({"doctor", "--role", "worker"}), HasSubstr("has the rights of a worker"));
    expect_failure({"doctor", "--role", "king"}, ExitCode::usage, "king");
    expect_failure({"doctor", "bad name"}, ExitCode::usage, "agent name");
}

TEST_F(DoctorCommand, WhatTheServerHoldsCannotSteerATerminal) {
    ask({"SADD", space.agents(), "evil"});
    ask({"XGROUP", "CREATE", keys.lane(Lane::normal), "\x1b[2J", "0"});
    ask({"XREADGROUP", "GROUP", "workers", "\x1b[2J\xe2\x80\xae", "STREAMS", keys.lane(Lane::normal), ">"});
    add({.id = "a", .payload = "1"});
    ask({"XREADGROUP", "GROUP", "workers", "\x1b[2J\xe2\x80\xae", "STREAMS", keys.lane(Lane::normal), ">"});
    ask({"HSET", keys.control, "lease_ms", "0"});
    auto const said = leat({"doctor"}).out;
    EXPECT_THAT(said, HasSubstr("held by workers that are gone: \\u{1b}[2J\\u{202e}"));
    EXPECT_THAT(said, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace leat::cli::testing
