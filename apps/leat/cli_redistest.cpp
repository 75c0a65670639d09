// The program's commands against a real server: what they do, the shapes of --json, exit codes.
#include "cli_fixture.hpp"
#include "leat/version.hpp"
#include "store/store_worker.hpp"

namespace leat::cli::testing {
namespace {

using store::SettleVerdict;
using ::testing::HasSubstr;
using ::testing::Not;

using CliTest = CliFixture;

// --- dispatch
// ---------------------------------------------------------------------------------------------------------

TEST_F(CliTest, DispatchStoresATaskOnce) {
    EXPECT_EQ(shape({"dispatch", "sentiment", "{\"n\":1}", "--id", "a"}),
              R"({"agent":"sentiment","durability":"memory","id":"a","state":"ready","status":"created"})");
    EXPECT_EQ(shape({"dispatch", "sentiment", "{\"n\":1}", "--id", "a"}),
              R"({"agent":"sentiment","durability":"memory","id":"a","state":"ready","status":"duplicate"})");
    EXPECT_THAT(text({"dispatch", "sentiment", "{}", "--id", "b"}), "Dispatched b to sentiment.\n");
    EXPECT_THAT(text({"dispatch", "sentiment", "{}", "--id", "b"}), HasSubstr("exists already: it is ready"));
    EXPECT_EQ(length(keys.lane(Lane::normal)), "2");
}

TEST_F(CliTest, DispatchTakesOptions) {
    text({"dispatch", "sentiment", "1", "--id", "urgent", "--priority", "critical"});
    text({"dispatch", "sentiment", "1", "--id", "low", "--priority", "-1", "--max-retries", "0", "--timeout", "2m"});
    text({"dispatch", "sentiment", "1", "--id", "later", "--delay", "1h"});
    EXPECT_EQ(length(keys.lane(Lane::critical)), "1");
    auto const low = newest(keys.lane(Lane::low));
    EXPECT_EQ(low.at("max_retries"), "0");
    EXPECT_EQ(low.at("timeout_ms"), "120000");
    EXPECT_EQ(ask({"ZCARD", keys.scheduled}), "1");
}

TEST_F(CliTest, DispatchReadsOnePayloadFromStdin) {
    auto const outcome = leat({"dispatch", "sentiment", "-", "--id", "a"}, "{\n  \"text\": \"two lines\"\n}\n");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(newest(keys.lane(Lane::normal)).at("task_id"), "a");
}

TEST_F(CliTest, WaitTellsTheOutcomeByItsExitCode) {
    finished("good", SettleVerdict::success, "[0.5]");
    dead("bad");
    EXPECT_EQ(
        shape({"task", "wait", "sentiment", "good"}),
        R"({"archived":true,"attempt":1,"created_at":"*","error":null,"finished_at":"*","id":"good","result":[0.5],)"
        R"("result_text":null,"started_at":"*","state":"succeeded","worker":"w1"})");
    auto const bad = leat({"task", "wait", "sentiment", "bad"});
    EXPECT_EQ(bad.exit_code, static_cast<int>(ExitCode::unsuccessful));
    EXPECT_THAT(bad.out, HasSubstr("boom"));
    text({"dispatch", "sentiment", "1", "--id", "waiting"});
    expect_failure({"task", "wait", "sentiment", "waiting", "--timeout", "50ms"}, ExitCode::timeout, "no outcome yet");
    expect_failure({"task", "wait", "sentiment", "nope"}, ExitCode::not_found, "nope");
    expect_failure({"dispatch", "sentiment", "1", "--wait=50ms"}, ExitCode::timeout, "no outcome yet");
}

TEST_F(CliTest, AFullAgentRefuses) {
    ask({"HSET", keys.control, "max_waiting", "1"});
    text({"dispatch", "sentiment", "1"});
    expect_failure({"dispatch", "sentiment", "1"}, ExitCode::refused, "nothing was stored");
    auto const bulk = leat({"dispatch", "sentiment", "--file", "-"}, "1\n2\n");
    EXPECT_EQ(bulk.exit_code, static_cast<int>(ExitCode::refused));
    EXPECT_THAT(bulk.out, HasSubstr("2 not stored"));
}

// --- tasks
// ------------------------------------------------------------------------------------------------------------

TEST_F(CliTest, TaskShow) {
    text({"dispatch", "sentiment", "{\"n\":1}", "--id", "a", "--priority", "high"});
    EXPECT_EQ(
        shape({"task", "show", "sentiment", "a"}),
        R"({"agent":"sentiment","attempts":0,"cancel_requested":false,"crashes":0,"created_at":"*","due_in_ms":null,)"
        R"("id":"a","idle_ms":null,"lane":"high","last_error":null,"max_retries":3,"outcome":null,)"
        R"("payload":{"n":1},"payload_text":null,"retry_count":0,"state":"ready","worker":null})");
    auto const shown = text({"task", "show", "sentiment", "a"});
    EXPECT_THAT(shown, HasSubstr("state           ready\n"));
    EXPECT_THAT(shown, HasSubstr("retries         0 of 3\n"));
    expect_failure({"task", "show", "sentiment", "nope"}, ExitCode::not_found, "nope");
}

TEST_F(CliTest, TaskList) {
    EXPECT_EQ(text({"task", "list", "sentiment"}), "No ready tasks.\n");
    text({"dispatch", "sentiment", "{\"n\":1}", "--id", "a"});
    text({"dispatch", "sentiment", "{\"n\":2}", "--id", "b"});
    EXPECT_EQ(shape({"task", "list", "sentiment"}),
              R"({"cursor":null,"tasks":[{"attempts":0,"created_at":"*","deliveries":0,"due_in_ms":null,"error":null,)"
              R"("finished_at":null,"id":"a","idle_ms":null,"lane":"normal","payload":{"n":1},"payload_bytes":7,)"
              R"("payload_text":null,"retry_count":0,"started_at":null,"state":"ready","worker":null},)"
              R"({"attempts":0,"created_at":"*","deliveries":0,"due_in_ms":null,"error":null,)"
              R"("finished_at":null,"id":"b","idle_ms":null,"lane":"normal","payload":{"n":2},"payload_bytes":7,)"
              R"("payload_text":null,"retry_count":0,"started_at":null,"state":"ready","worker":null}]})");
    auto const first = json::parse(text({"task", "list", "sentiment", "--limit", "1", "--json"}));
    auto const second = json::parse(
        text({"task", "list", "sentiment", "--limit", "1", "--cursor", first["cursor"].get<std::string>(), "--json"}));
    EXPECT_EQ(second["tasks"][0]["id"], "b");
    EXPECT_THAT(leat({"task", "list", "sentiment", "--limit", "1"}).err, HasSubstr("--cursor normal/f/"));
    expect_failure({"task", "list", "sentiment", "--cursor", "rubbish"}, ExitCode::usage, "cursor");
    expect_failure({"task", "list", "sentiment", "--state", "lost"}, ExitCode::usage, "--state is one of");
    expect_failure({"task", "list", "sentiment", "--limit", "1001"}, ExitCode::usage, "limit");
}

TEST_F(CliTest, TaskListOfEveryStateHasItsTable) {
    finished("ok", SettleVerdict::success, "1");
    dead("bad");
    text({"dispatch", "sentiment", "1", "--id", "soon", "--delay", "1h"});
    text({"dispatch", "sentiment", "1", "--id", "never", "--delay", "1h"});
    text({"task", "cancel", "sentiment", "never"});
    (void)start("w7", {.id = "now", .payload = "1"});
    EXPECT_THAT(text({"task", "list", "sentiment", "--state", "succeeded"}), HasSubstr("\nok "));
    EXPECT_THAT(text({"task", "list", "sentiment", "--state", "dead"}), HasSubstr("boom"));
    EXPECT_THAT(text({"task", "list", "sentiment", "--state", "scheduled"}), HasSubstr("\nsoon  59m59s"));
    EXPECT_THAT(text({"task", "list", "sentiment", "--state", "cancelled"}), HasSubstr("\nnever "));
    EXPECT_THAT(text({"task", "list", "sentiment", "--state", "running"}), HasSubstr("  w7  "));
    EXPECT_EQ(text({"task", "list", "sentiment", "--state", "expired"}), "No expired tasks.\n");
}

TEST_F(CliTest, TaskCancelRetryMove) {
    text({"dispatch", "sentiment", "1", "--id", "a"});
    EXPECT_EQ(shape({"task", "move", "sentiment", "a", "high"}),
              R"({"agent":"sentiment","id":"a","lane":"high","status":"moved"})");
    EXPECT_EQ(text({"task", "move", "sentiment", "a", "1"}), "sentiment/a has that priority already.\n");
    EXPECT_EQ(shape({"task", "cancel", "sentiment", "a"}), R"({"agent":"sentiment","id":"a","status":"cancelled"})");
    EXPECT_EQ(text({"task", "cancel", "sentiment", "a"}),
              "sentiment/a had its outcome already; nothing was changed.\n");
    expect_failure({"task", "cancel", "sentiment", "nope"}, ExitCode::not_found, "nope");

    dead("d");
    EXPECT_EQ(shape({"task", "retry", "sentiment", "d"}),
              R"({"agent":"sentiment","id":"d","state":"ready","status":"replayed"})");
    expect_failure({"task", "retry", "sentiment", "d"}, ExitCode::failure, "only dead tasks can be brought back");
    expect_failure({"task", "retry", "sentiment", "nope"}, ExitCode::not_found, "no such task");
}

// --- agents
// -----------------------------------------------------------------------------------------------------------

constexpr auto kEmptyLane = R"({"oldest_idle_ms":null,"oldest_ready_ms":null,"ready":0,"running":0})";

std::string agent_shape(std::string const& condition, bool paused, std::string const& totals) {
    auto const lanes = std::string(R"({"critical":)") + kEmptyLane + R"(,"high":)" + kEmptyLane + R"(,"low":)" +
                       kEmptyLane + R"(,"normal":)" + kEmptyLane + "}";
    return R"({"agent":"sentiment","condition":")" + condition + R"(","dead_letters":0,"lanes":)" + lanes +
           R"(,"lease_ms":30000,"max_waiting":null,"next_due_in_ms":null,"oldest_idle_ms":null,"oldest_ready_ms":null,)"
           R"("oldest_running_ms":null,"paused":)" +
           (paused ? "true" : "false") +
           R"(,"problem":null,"ready":0,"registered":true,"results":0,"running":0,"scheduled":0,"slots":0,"totals":)" +
           totals + R"(,"workers":0})";
}

TEST_F(CliTest, AgentShowAndList) {
    EXPECT_EQ(shape({"agent", "show", "sentiment"}), agent_shape("unserved", false, "{}"));
    EXPECT_EQ(shape({"agent", "list"}),
              R"({"agents":[)" + agent_shape("unserved", false, "{}") + R"(],"cursor":null})");
    EXPECT_THAT(text({"agent", "list"}), HasSubstr("sentiment  unserved         0      0        0          0     0"));
}

TEST_F(CliTest, AgentPauseAndResume) {
    EXPECT_EQ(shape({"agent", "pause", "sentiment"}), R"({"agent":"sentiment","paused":true})");
    EXPECT_EQ(shape({"agent", "show", "sentiment"}), agent_shape("paused", true, "{}"));
    EXPECT_THAT(text({"agent", "show", "sentiment"}), HasSubstr("`leat agent resume sentiment`"));
    EXPECT_EQ(text({"agent", "resume", "sentiment"}), "sentiment goes on.\n");
    EXPECT_EQ(shape({"agent", "show", "sentiment"}), agent_shape("unserved", false, "{}"));
}

TEST_F(CliTest, AnAgentWithoutWorkerTakesTasksAndIsToldAsUnserved) {
    text({"dispatch", "brand-new", "1"});
    EXPECT_THAT(text({"agent", "show", "brand-new"}),
                HasSubstr("No worker serves it, so its tasks wait. Start one: leat worker"));
    EXPECT_THAT(text({"agent", "list"}), HasSubstr("brand-new  unserved"));
    EXPECT_THAT(text({"agent", "show", "unheard-of"}), HasSubstr("check the name"));
}

// --- dead letters
// -----------------------------------------------------------------------------------------------------

TEST_F(CliTest, DeadListAndShow) {
    EXPECT_EQ(text({"dead", "list", "sentiment"}), "No dead letters.\n");
    dead("a");
    auto const letter =
        std::string(R"({"attempts":1,"error":"boom","failed_at":"*","id":"a","letter":"*","payload":{"n":1},)") +
        R"("payload_bytes":7,"payload_text":null,"reason":"failed","state":"open"})";
    EXPECT_EQ(shape({"dead", "list", "sentiment"}), R"({"cursor":null,"letters":[)" + letter + "]}");
    EXPECT_EQ(shape({"dead", "show", "sentiment", "a"}), letter);
    EXPECT_THAT(text({"dead", "show", "sentiment", "a"}), HasSubstr("error           boom\n"));
    expect_failure({"dead", "show", "sentiment", "nope"}, ExitCode::not_found, "no dead letter");
}

TEST_F(CliTest, DeadReplay) {
    for (auto const* const id : {"a", "b", "c"})
        dead(id, "rate limit");
    dead("d", "bad input");
    EXPECT_EQ(shape({"dead", "replay", "sentiment", "a"}), R"({"agent":"sentiment","id":"a","status":"replayed"})");
    expect_failure({"dead", "replay", "sentiment", "a"}, ExitCode::not_found, "it is ready");
    EXPECT_EQ(shape({"dead", "replay", "sentiment", "--error", "rate", "--dry-run"}),
              R"({"agent":"sentiment","dry_run":true,"looked_at":4,"matched":2,"replayed":0,"skipped":0})");
    EXPECT_EQ(shape({"dead", "replay", "sentiment", "--error", "rate", "--rate", "1000"}),
              R"({"agent":"sentiment","dry_run":false,"looked_at":4,"matched":2,"replayed":2,"skipped":0})");
    EXPECT_EQ(text({"dead", "replay", "sentiment", "--all"}), "1 tasks are ready again, of 4 dead letters.\n");
    expect_failure({"dead", "replay", "sentiment"}, ExitCode::usage, "--all");
    expect_failure({"dead", "replay", "sentiment", "a", "--all"}, ExitCode::usage, "--all");
    expect_failure({"dead", "replay", "sentiment", "a", "--dry-run"}, ExitCode::usage, "--dry-run");
    expect_failure({"dead", "replay", "sentiment", "--all", "--rate", "-1"}, ExitCode::usage, "rate");
}

TEST_F(CliTest, DeadPurgeNeedsYes) {
    dead("a");
    expect_failure({"dead", "purge", "sentiment"}, ExitCode::usage, "--yes");
    EXPECT_EQ(length(keys.dead), "1");
    EXPECT_EQ(shape({"dead", "purge", "sentiment", "--older-than", "1h", "--yes"}),
              R"({"agent":"sentiment","removed":0})");
    EXPECT_EQ(text({"dead", "purge", "sentiment", "--yes"}), "1 dead letters removed.\n");
    EXPECT_EQ(length(keys.dead), "0");
}

// --- what happens now
// -------------------------------------------------------------------------------------------------

TEST_F(CliTest, PendingAlerts) {
    EXPECT_EQ(text({"pending"}), "Nothing is in flight.\n");
    (void)start("w1", {.id = "a", .payload = "1"});
    (void)start("w1", {.id = "b", .payload = "1"});
    EXPECT_EQ(
        shape({"pending"}),
        R"({"agents":[{"agent":"sentiment","count":2,"oldest_idle_ms":"*","oldest_running_ms":"*","problem":null,)"
        R"("workers":[{"count":2,"deliveries_max":1,"oldest_idle_ms":"*","oldest_running_ms":"*",)"
        R"("worker":"w1"}]}]})");
    EXPECT_THAT(text({"pending"}), HasSubstr("OLDEST AGE"));
    EXPECT_THAT(text({"pending", "sentiment", "--alert", "2"}), HasSubstr("w1"));
    auto const alert = leat({"pending", "--alert", "1"});
    EXPECT_EQ(alert.exit_code, static_cast<int>(ExitCode::alert));
    EXPECT_THAT(alert.out, HasSubstr("w1"));
    EXPECT_THAT(alert.err, HasSubstr("sentiment has 2 tasks in flight, more than 1"));
}

TEST_F(CliTest, Workers) {
    EXPECT_THAT(text({"workers"}), HasSubstr("No worker is alive."));
    store::WorkerBeat beat{
        .consumer = "w1", .name = "box", .host = "box", .version = "0.1.0", .pid = 7, .started_at = 1};
    beat.rss_bytes = 1'536;
    beat.agents.push_back({.agent = "sentiment", .slots = 4, .running = 1});
    ASSERT_TRUE(wait(store::beat(client.connection(), space, beat, std::chrono::minutes(1))));
    EXPECT_EQ(shape({"workers"}),
              R"({"now":"*","workers":[{"agents":[{"agent":"sentiment","running":1,"slots":4}],"beat_at":"*",)"
              R"("draining":false,"host":"box","name":"box","pid":7,"rss_bytes":1536,"silent_ms":"*","started_at":"*",)"
              R"("version":"0.1.0","worker":"w1"}]})");
    EXPECT_THAT(text({"workers"}), HasSubstr("1.5 KiB  sentiment 1/4"));
    EXPECT_THAT(shape({"agent", "show", "sentiment"}), HasSubstr(R"("condition":"served")"));
}

TEST_F(CliTest, Results) {
    EXPECT_EQ(leat({"results", "sentiment"}).err, "leat: No results yet.\n");
    finished("a", SettleVerdict::success, "[1]");
    finished("b", SettleVerdict::dead, "boom");
    EXPECT_EQ(
        shape({"results", "sentiment"}),
        R"({"cursor":null,"results":[{"attempt":1,"created_at":"*","entry":"*","error":null,"finished_at":"*",)"
        R"("id":"a","payload":null,"payload_text":null,"result":[1],"result_bytes":3,"result_text":null,"started_at":"*",)"
        R"("status":"success","worker":"w1"},{"attempt":1,"created_at":"*","entry":"*","error":"boom",)"
        R"("finished_at":"*","id":"b","payload":null,"payload_text":null,"result":null,"result_bytes":0,"result_text":null,)"
        R"("started_at":"*","status":"dead","worker":"w1"}]})");
    EXPECT_THAT(text({"results", "sentiment", "--tail", "2"}), HasSubstr("  a  success  [1]\n"));
    EXPECT_THAT(text({"results", "sentiment", "--tail", "1"}), Not(HasSubstr("  a  ")));
    auto const last = json::parse(text({"results", "sentiment", "--tail", "1", "--json"}));
    EXPECT_THAT(text({"results", "sentiment", "--cursor", last["cursor"].get<std::string>()}), HasSubstr("  a  "));
}

TEST_F(CliTest, ResultsFollowPrintsWhatComes) {
    finished("old", SettleVerdict::success, "1");
    RunningLeat follower({"results", "sentiment", "--follow"}, {{"LEAT_REDIS", server.url()}});
    EXPECT_THAT(follower.read_line(), HasSubstr("  old  success"));
    finished("new", SettleVerdict::success, "2");
    EXPECT_THAT(follower.read_line(), HasSubstr("  new  success  2"));
    follower.signal(SIGINT);
    EXPECT_EQ(follower.wait(), 128 + SIGINT);
}

// --- configuration
// ----------------------------------------------------------------------------------------------------

TEST_F(CliTest, ConfigShowTellsOrigins) {
    auto const settings = json::parse(text({"config", "show", "--prefix", "other", "--json"}))["settings"];
    std::map<std::string, json> by_key;
    for (auto const& setting : settings)
        by_key[setting["key"]] = setting;
    EXPECT_EQ(by_key["prefix"], json({{"key", "prefix"}, {"value", "\"other\""}, {"origin", "--prefix"}}));
    EXPECT_EQ(by_key["redis.url"]["origin"], "LEAT_REDIS");
    EXPECT_EQ(by_key["worker.grace"]["origin"], "default");
    EXPECT_EQ(shape({"config", "check"}), R"({"ok":true})");
}

TEST_F(CliTest, ConfigProblemsAreAllTold) {
    auto const outcome = leat({"config", "check", "--set", "redis.command_timeout=fast", "--set", "prefix=a b"});
    EXPECT_EQ(outcome.exit_code, static_cast<int>(ExitCode::usage));
    EXPECT_THAT(outcome.err, HasSubstr("redis.command_timeout"));
    EXPECT_THAT(outcome.err, HasSubstr("prefix"));
    expect_failure({"agent", "list", "--set", "nothing"}, ExitCode::usage, "KEY=VALUE");
    EXPECT_THAT(leat({"agent", "list", "--config", "missing.toml"}).err, HasSubstr("missing.toml"));
}

TEST_F(CliTest, APrefixSeparatesInstallations) {
    text({"dispatch", "sentiment", "1", "--id", "a", "--prefix", "other"});
    EXPECT_EQ(ask({"EXISTS", "other:{sentiment}:task:a"}), "1");
    expect_failure({"task", "show", "sentiment", "a"}, ExitCode::not_found, "a");
}

TEST_F(CliTest, VersionIsPrinted) {
    EXPECT_EQ(text({"version"}), "leat " LEAT_VERSION "\n");
    EXPECT_EQ(text({"--version"}), "leat " LEAT_VERSION "\n");
    EXPECT_EQ(shape({"version"}), R"({"version":")" LEAT_VERSION R"("})");
}

}  // namespace
}  // namespace leat::cli::testing
