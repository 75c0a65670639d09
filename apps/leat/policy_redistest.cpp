// The policy of an agent, as its workers registered it or leat.toml says: every command goes by it.
#include "cli_fixture.hpp"

namespace leat::cli::testing {
namespace {

class PolicyTest : public CliFixture {
  protected:
    std::string retries_of(std::string const& id) {
        return json::parse(text({"task", "show", "sentiment", id, "--json"})).at("max_retries").dump();
    }
    // What workers register; more is there than is kept by default.
    void keep_much() const {
        ask({"HSET", keys.control, "retention_s", "604800", "results_kept", "1000000", "dead_kept", "1000000"});
        auto const fill = "for i = 1, tonumber(ARGV[1]) do redis.call('XADD', KEYS[1], '*', 'task_id', 'old') end";
        ask({"EVAL", fill, "1", keys.results, std::to_string(kResults)});
        ask({"EVAL", fill, "1", keys.dead, std::to_string(kLetters)});
    }
    void expect_kept(std::string const& id, int results, int letters) const {
        EXPECT_EQ(length(keys.results), std::to_string(results));
        EXPECT_EQ(length(keys.dead), std::to_string(letters));
        EXPECT_GT(std::stoll(ttl(keys.task(id))), 86'400) << "the record stays for the agent's week";
    }

    static constexpr int kResults = 100'300;
    static constexpr int kLetters = 10'300;
};

TEST_F(PolicyTest, TasksTakeTheRetriesOfLeatToml) {
    Arguments const set{"--set", "agent.sentiment.max_retries=1"};
    auto const dispatch = [&](Arguments arguments, std::string const& input = {}) {
        arguments.insert(arguments.begin(), {"dispatch", "sentiment"});
        arguments.insert(arguments.end(), set.begin(), set.end());
        auto const outcome = leat(arguments, input);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    };
    dispatch({"{}", "--id", "one"});
    dispatch({"{}", "--id", "own", "--max-retries", "0"});
    dispatch({"--file", "-"}, R"({"id": "line", "payload": 1})");
    EXPECT_EQ(retries_of("one"), "1");
    EXPECT_EQ(retries_of("own"), "0");
    EXPECT_EQ(retries_of("line"), "1");
}

TEST_F(PolicyTest, TasksTakeTheRetriesThatTheWorkersRegistered) {
    text({"dispatch", "sentiment", "{}", "--id", "before"});
    ask({"HSET", keys.control, "max_retries", "7"});
    text({"dispatch", "sentiment", "{}", "--id", "after"});
    text({"dispatch", "sentiment", "{}", "--id", "later", "--delay", "1h", "--priority", "high"});
    text({"dispatch", "sentiment", "{}", "--id", "own", "--max-retries", "2"});
    EXPECT_EQ(retries_of("before"), "3");
    EXPECT_EQ(retries_of("after"), "7");
    EXPECT_EQ(retries_of("later"), "7");
    EXPECT_EQ(retries_of("own"), "2");
}

// The agent looks at its worker's agent from inside, and then ends the worker.
TEST_F(PolicyTest, AWorkerRegistersWhatLeatTomlSays) {
    text({"dispatch", "sentiment", "1", "--id", "a"});
    auto const outcome = leat({"worker", "--agent", "sentiment", "--exec",
                               "sh -c 'read -r line; echo {\\\"task_id\\\":\\\"a\\\",\\\"status\\\":\\\"success\\\"}; "
                               "kill -TERM $PPID; read -r line'",
                               "--set", "agent.sentiment.max_retries=5", "--set", "agent.sentiment.retention=7d",
                               "--set", "agent.sentiment.results_kept=11", "--set", "agent.sentiment.dead_kept=12"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(ask({"HMGET", keys.control, "max_retries", "retention_s", "results_kept", "dead_kept"}),
              "5\n604800\n11\n12");
}

TEST_F(PolicyTest, CancellingATaskTrimsNoMoreThanTheAgentsWorkersDo) {
    keep_much();
    text({"dispatch", "sentiment", "{}", "--id", "a", "--delay", "1h"});
    text({"task", "cancel", "sentiment", "a"});
    expect_kept("a", kResults + 1, kLetters);
}

TEST_F(PolicyTest, RepairTrimsNoMoreThanTheAgentsWorkersDo) {
    keep_much();
    ask({"SET", keys.task("a"), R"({"state":"scheduled","due":9,"message":{}})"});
    (void)leat({"doctor", "sentiment", "--repair"});
    expect_kept("a", kResults + 1, kLetters + 1);
}

}  // namespace
}  // namespace leat::cli::testing
