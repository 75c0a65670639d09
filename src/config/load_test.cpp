#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace leat::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A folder with a leat.toml of its own.
class LoadTest : public ::testing::Test {
  protected:
    LoadTest() {
        auto pattern = (std::filesystem::temp_directory_path() / "leat-config-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        sources_.file = folder_ / "leat.toml";
    }
    ~LoadTest() override { std::filesystem::remove_all(folder_); }

    void write(std::string const& name, std::string_view text) const { std::ofstream(folder_ / name) << text; }
    // The file's problems without the folder in front.
    std::vector<std::string> problems() const {
        std::vector<std::string> out;
        auto const loaded = load(sources_);
        if (loaded) return out;
        for (auto const& problem : loaded.error()) {
            auto text = problem.message();
            auto const prefix = folder_.string() + "/";
            for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
                text.erase(at, prefix.size());
            out.push_back(std::move(text));
        }
        return out;
    }
    Config config() const {
        auto loaded = load(sources_);
        EXPECT_THAT(problems(), IsEmpty());
        return loaded ? std::move(*loaded) : Config{};
    }
    std::string at(std::string const& place) const { return (folder_ / place).string(); }

    std::filesystem::path folder_;
    Sources sources_;
};

TEST_F(LoadTest, WithoutSourcesEverythingIsDefault) {
    auto const loaded = config();
    EXPECT_EQ(loaded.connection.redis, "redis://127.0.0.1:6379");
    EXPECT_TRUE(loaded.agents.empty());
    EXPECT_EQ(loaded.origin("redis.url"), "default");
    EXPECT_EQ(loaded.agent("any").options.concurrency, AgentOptions{}.concurrency);
}

TEST_F(LoadTest, AlertsAreOnAndAgentsMayHaveLimitsOfTheirOwn) {
    auto const defaults = config().alerts;
    EXPECT_TRUE(defaults.enabled);
    EXPECT_EQ(defaults.pending, std::nullopt);
    EXPECT_EQ(defaults.ready_age, 300U);
    write("leat.toml", R"(
        [alerts]
        hold = "10s"
        pending = 50
        ready_age = "none"
        unrenewed = 0.5
        webhook_url = "https://hooks.example/abc"
        webhook_secret_file = "hook.secret"
        [agent.slow]
        alert_ready_age = "2h"
        alert_dead = 0
    )");
    auto const loaded = config();
    EXPECT_EQ(loaded.alerts.hold, Milliseconds{10'000});
    EXPECT_EQ(loaded.alerts.pending, 50);
    EXPECT_EQ(loaded.alerts.ready_age, std::nullopt);
    EXPECT_EQ(loaded.alerts.unrenewed, 0.5);
    EXPECT_EQ(loaded.alerts.webhook_secret_file, at("hook.secret"));
    EXPECT_EQ(loaded.agent("slow").alerts.ready_age, 7'200U);
    EXPECT_EQ(loaded.agent("slow").alerts.dead, 0);
    EXPECT_EQ(loaded.agent("slow").alerts.pending, std::nullopt);
    write("leat.toml", "alerts.webhook_url = \"ftp://x\"\nalerts.memory = 2\n");
    EXPECT_EQ(problems().size(), 2U);
}

TEST_F(LoadTest, TheFileSetsEverything) {
    write("leat.toml", R"(
prefix = "shop"

[redis]
url = "redis://db:6380/1"
username = "shop"
password = "hunter2"
connect_timeout = "2s"

[worker]
name = "w1"
grace = "10s"
handler_threads = 4
allow_eviction = true

[front_door]
enabled = true
stream = "inbox"
dead_stream = "inbox-dead"

[dispatch]
payload_limit = "2MiB"

[agent.sentiment]
exec = "python3 'my agent.py'"
concurrency = 8
lease = "1m"
timeout = "2m"
max_retries = 5
max_crashes = 1
backoff_base = "2s"
backoff_cap = "1m"
backoff_factor = 1.5
lane_order = "strict"
lane_weights = [5, 3, 2, 1]
retention = "2h"
results_stream = "results"
dead_stream = "dead"
processes = 2
output_limit = "1MiB"
memory_limit = "2GiB"
cpu_limit = "1h"
max_waiting = 1000
env = { MODEL = "small", TOKEN = "t" }

[agent."team.echo"]
)");
    auto const loaded = config();
    EXPECT_EQ(loaded.connection.prefix, "shop");
    EXPECT_EQ(loaded.connection.redis, "redis://db:6380/1");
    EXPECT_EQ(loaded.connection.username, "shop");
    EXPECT_EQ(loaded.connection.password, "hunter2");
    EXPECT_EQ(loaded.connection.connect_timeout, Milliseconds(2'000));
    auto const worker = loaded.worker_options();
    EXPECT_EQ(worker.redis, "redis://db:6380/1");
    EXPECT_EQ(worker.name, "w1");
    EXPECT_EQ(worker.grace, Milliseconds(10'000));
    EXPECT_EQ(worker.handler_threads, 4);
    EXPECT_TRUE(worker.allow_eviction);
    EXPECT_TRUE(worker.front_door.enabled);
    EXPECT_EQ(worker.front_door.stream, "inbox");
    EXPECT_EQ(worker.front_door.dead_stream, "inbox-dead");

    auto const agent = loaded.agent("sentiment");
    EXPECT_THAT(agent.exec.command, ElementsAre("python3", "my agent.py"));
    EXPECT_EQ(agent.exec.processes, 2);
    EXPECT_EQ(agent.exec.output_bytes_max, 1U << 20U);
    EXPECT_EQ(agent.exec.limits.memory_bytes, 2ULL << 30U);
    EXPECT_EQ(agent.exec.limits.cpu_seconds, 3'600U);
    EXPECT_THAT(agent.exec.environment,
                ElementsAre(std::pair<std::string const, std::string>("MODEL", "small"), ::testing::_));
    EXPECT_EQ(agent.options.concurrency, 8);
    EXPECT_EQ(agent.options.lease, Milliseconds(60'000));
    EXPECT_EQ(agent.options.timeout, Milliseconds(120'000));
    EXPECT_EQ(agent.options.max_retries, 5);
    EXPECT_EQ(agent.options.max_crashes, 1);
    EXPECT_EQ(agent.options.backoff_base, Milliseconds(2'000));
    EXPECT_EQ(agent.options.backoff_cap, Milliseconds(60'000));
    EXPECT_EQ(agent.options.backoff_factor, 1.5);
    EXPECT_EQ(agent.options.lane_order, LaneOrder::strict);
    EXPECT_THAT(agent.options.lane_weights, ElementsAre(5, 3, 2, 1));
    EXPECT_EQ(agent.options.retention, Milliseconds(7'200'000));
    EXPECT_EQ(agent.options.results_stream, "results");
    EXPECT_EQ(agent.options.dead_stream, "dead");

    auto const client = loaded.client_options("sentiment");
    EXPECT_EQ(client.max_waiting, 1'000);
    EXPECT_EQ(client.max_retries, 5);
    EXPECT_EQ(loaded.client_options("other").max_retries, std::nullopt);
    EXPECT_EQ(client.payload_bytes_max, 2U << 20U);
    EXPECT_EQ(client.prefix, "shop");
    EXPECT_TRUE(loaded.agents.contains("team.echo"));
    EXPECT_EQ(loaded.origin("prefix"), at("leat.toml:2"));
    EXPECT_EQ(loaded.origin("agent.sentiment.env.MODEL"), at("leat.toml:44"));
}

TEST_F(LoadTest, LaterSourcesOverrule) {
    write("leat.toml", "prefix = 'file'\n[redis]\nurl = 'redis://file'\nusername = 'file'\n[agent.a]\nlease = '5s'\n");
    sources_.environment = {
        {"LEAT_REDIS", "redis://env"}, {"LEAT_PREFIX", "env"}, {"LEAT_REDIS_USERNAME", ""}, {"HOME", "/"}};
    sources_.flags = {{"--redis", "redis://flag"}, {"agent.a.lease", "7s"}, {"--concurrency", "3"}};
    sources_.agents = {"a", "b"};
    auto const loaded = config();
    EXPECT_EQ(loaded.connection.redis, "redis://flag");
    EXPECT_EQ(loaded.connection.prefix, "env");
    EXPECT_EQ(loaded.connection.username, "file");
    EXPECT_EQ(loaded.agent("a").options.lease, Milliseconds(7'000));
    EXPECT_EQ(loaded.agent("a").options.concurrency, 3);
    EXPECT_EQ(loaded.agent("b").options.concurrency, 3);
    EXPECT_EQ(loaded.origin("redis.url"), "--redis");
    EXPECT_EQ(loaded.origin("prefix"), "LEAT_PREFIX");
    EXPECT_EQ(loaded.origin("redis.username"), at("leat.toml:4"));
    EXPECT_EQ(loaded.origin("agent.a.lease"), "--set agent.a.lease");
    EXPECT_EQ(loaded.origin("agent.a.concurrency"), "--concurrency");
}

TEST_F(LoadTest, SetReachesAgentsWithDotsAndTheirVariables) {
    sources_.flags = {{"agent.team.echo.lease", "5s"}, {"agent.team.echo.env.TOKEN", "t"}, {"prefix", "p"}};
    auto const loaded = config();
    EXPECT_EQ(loaded.agent("team.echo").options.lease, Milliseconds(5'000));
    EXPECT_EQ(loaded.agent("team.echo").exec.environment.at("TOKEN"), "t");
    EXPECT_EQ(loaded.connection.prefix, "p");
}

TEST_F(LoadTest, ReportsEverythingAtOnce) {
    write("leat.toml", R"(prefix = "a b"
lease = "5s"
[redsi]
url = "x"
[redis]
ulr = "redis://h"
[agent.a]
lease = 5
timout = "5s"
concurrency = 0
exec = "a 'b"
[agent."b c"]
lease = "5s"
)");
    sources_.environment = {{"LEAT_REDSI", "x"}, {"LEAT_WORKER_GRACE", "5"}, {"LEAT_SERVICE_HOST", "10.0.0.1"}};
    sources_.flags = {
        {"--redis", "db"}, {"--lease", "5s"}, {"--nonsense", "1"}, {"agent.a", "1"}, {"worker.graec", "1s"}};
    EXPECT_THAT(
        problems(),
        ElementsAre(
            "leat.toml:1: prefix: it is \"a b\"; write 1 to 32 characters of A-Z a-z 0-9 _ . -",
            "leat.toml:2: lease: there is no such key; remove it (`leat config show` lists all keys)",
            "leat.toml:3: redsi: there is no such table; did you mean \"redis\"?",
            "leat.toml:6: redis.ulr: there is no such key; did you mean \"redis.url\"?",
            "leat.toml:8: agent.a.lease: it is the number 5; write a duration with its unit: \"250ms\", \"30s\", "
            "\"5m\", \"24h\"",
            "leat.toml:9: agent.a.timout: there is no such key; did you mean \"timeout\"?",
            "leat.toml:10: agent.a.concurrency: it is out of bounds; write 1 to 100000",
            "leat.toml:11: agent.a.exec: a single quote (') is not closed; close it",
            "leat.toml:12: agent.b c: \"b c\" has a character that is not allowed; use 1 to 128 characters of A-Z a-z "
            "0-9 _ . : -",
            "LEAT_REDSI: there is no such variable; did you mean \"LEAT_REDIS\"?",
            "LEAT_WORKER_GRACE: worker.grace: it is \"5\"; write a duration with its unit: \"250ms\", \"30s\", \"5m\", "
            "\"24h\"",
            "--lease: lease: it belongs to an agent and none is named; name one",
            "--nonsense: there is no such flag; remove it (`leat config show` lists all keys)",
            "--redis: redis.url: write redis://[user[:password]@]host[:port][/db], rediss://… for TLS, unix:///path, "
            "or "
            "redis+sentinel://host[:port][,host[:port]…]/master[/db]",
            "--set agent.a: agent.a: a key of an agent is missing; write agent.NAME.KEY",
            "--set worker.graec: worker.graec: there is no such key; did you mean \"worker.grace\"?"));
}

TEST_F(LoadTest, TablesAndValuesAreNotMixedUp) {
    write("leat.toml", R"(agent = 1
redis = 5
)");
    EXPECT_THAT(problems(),
                ElementsAre("leat.toml:1: agent: an agent is a table; write [agent.NAME] with its keys below",
                            "leat.toml:2: redis: there is no such key; remove it (`leat config show` lists all keys)"));
    write("leat.toml", R"([prefix]
a = 1
[redis.url]
b = 2
[redis.more]
[agent]
lease = "5s"
[agent.a]
env = "x"
[agent.a.lease]
c = 3
[agent.b.env]
D = { e = 4 }
"1F" = "x"
G = 5
)");
    EXPECT_THAT(
        problems(),
        ElementsAre("leat.toml:1: prefix: it is a table; write a text in quotes",
                    "leat.toml:3: redis.url: it is no text; put it in quotes",
                    "leat.toml:5: redis.more: there is no such table; remove it (`leat config show` lists all keys)",
                    "leat.toml:7: agent.lease: an agent is a table; write [agent.NAME] with its keys below",
                    "leat.toml:9: agent.a.env: this is a table of variables; write env = { NAME = \"value\" }",
                    "leat.toml:10: agent.a.lease: it is a table; write a duration with its unit: \"250ms\", \"30s\", "
                    "\"5m\", \"24h\"",
                    "leat.toml:13: agent.b.env.D: it is no text; put it in quotes",
                    "leat.toml:14: agent.b.env.1F: this is no name of a variable; write A-Z a-z 0-9 _, no digit first",
                    "leat.toml:15: agent.b.env.G: it is no text; put it in quotes"));
}

TEST_F(LoadTest, ABrokenFileIsOneProblem) {
    write("leat.toml", "[redis\n");
    auto const found = problems();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found[0], ::testing::StartsWith("leat.toml:1: this is no TOML: "));
}

TEST_F(LoadTest, OnlyANamedFileMustExist) {
    EXPECT_THAT(problems(), IsEmpty());
    sources_.file_required = true;
    EXPECT_THAT(problems(), ElementsAre("leat.toml: there is no such file; create it or name another"));
}

TEST_F(LoadTest, ThePasswordFileCountsByItsOwnSource) {
    write("secret", "hunter2\r\nrest");
    write("leat.toml", "[redis]\npassword_file = 'secret'\n");
    auto loaded = config();
    EXPECT_EQ(loaded.connection.password, "hunter2");
    EXPECT_EQ(loaded.password_file, at("secret"));
    EXPECT_EQ(loaded.origin("redis.password"), at("leat.toml:2"));

    sources_.environment = {{"LEAT_REDIS_PASSWORD", "stronger"}};
    loaded = config();
    EXPECT_EQ(loaded.connection.password, "stronger");
    EXPECT_EQ(loaded.origin("redis.password"), "LEAT_REDIS_PASSWORD");

    sources_.environment["LEAT_REDIS_PASSWORD_FILE"] = at("secret");
    EXPECT_THAT(problems(),
                ElementsAre("LEAT_REDIS_PASSWORD_FILE: redis.password_file: there is also redis.password; keep "
                            "one of them"));
}

TEST_F(LoadTest, APasswordFileMustHoldAPassword) {
    sources_.environment["LEAT_REDIS_PASSWORD_FILE"] = at("secret");
    std::string const problem =
        "LEAT_REDIS_PASSWORD_FILE: redis.password_file: \"secret\" has no first line that can be read; check its path "
        "and "
        "rights";
    EXPECT_THAT(problems(), ElementsAre(problem));
    write("secret", "\nx");
    EXPECT_THAT(problems(), ElementsAre(problem));
    write("secret", std::string(5'000, 'x'));
    EXPECT_THAT(problems(), ElementsAre(problem));
}

TEST_F(LoadTest, RelativePathsInTheFileBelongToItsFolder) {
    write("leat.toml",
          "[redis]\ntls_ca_file = 'ca.pem'\n[dev]\ndata_dir = '/abs'\n[agent.a]\nworking_directory = '../x'\n");
    sources_.flags = {{"--data-dir", "here"}};
    auto const loaded = config();
    EXPECT_EQ(loaded.connection.tls_ca_file, at("ca.pem"));
    EXPECT_EQ(loaded.data_dir, "here");
    EXPECT_EQ(loaded.agent("a").exec.working_directory, (folder_.parent_path() / "x").string());
}

TEST_F(LoadTest, ValuesMustFitTogether) {
    write("leat.toml", R"([front_door]
stream = "s"
dead_stream = "s"
[agent.a]
backoff_base = "1m"
backoff_cap = "1s"
results_stream = "s"
[agent.b]
backoff_base = "1h"
results_stream = "r"
dead_stream = "r"
)");
    EXPECT_THAT(
        problems(),
        ElementsAre("leat.toml:3: front_door.dead_stream: it is also front_door.stream; give it another key",
                    "leat.toml:6: agent.a.backoff_cap: backoff_cap is below backoff_base; raise it, or lower the base",
                    "leat.toml:7: agent.a.results_stream: it is also a stream of the front door; give it another key",
                    "leat.toml:9: agent.b.backoff_base: backoff_cap is below backoff_base; raise it, or lower the base",
                    "leat.toml:11: agent.b.dead_stream: it is also results_stream; give it another key"));
}

TEST_F(LoadTest, ProblemsNeverRepeatSecretsOrControlCharacters) {
    write("leat.toml", "[redis]\nurl = 'http://u:hunter2@h'\npassword = 4711\n[agent.\"\\u001b[2J\"]\n");
    for (auto const& problem : problems()) {
        EXPECT_EQ(problem.find("hunter2"), std::string::npos);
        EXPECT_EQ(problem.find("4711"), std::string::npos);
        EXPECT_EQ(problem.find('\x1B'), std::string::npos);
    }
    EXPECT_EQ(problems().size(), 3U);
}

}  // namespace
}  // namespace leat::config
