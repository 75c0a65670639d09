#include "bench/bench_commands.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/report.hpp"
#include "bench/scenarios.hpp"
#include "config/load.hpp"
#include "leat/version.hpp"
#include "private_server.hpp"

namespace leat::cli {
namespace {

namespace fs = std::filesystem;

struct BenchFlags {
    bench::ScenarioOptions options;
    int runs = 3;
    double steal_max = 100;  // percent
    std::string append_only = "no";
    std::int64_t run_ms = 75;
    bool quick = false;
};

// Where a benchmark runs: a private server in a folder that is removed afterwards, or the one that was named.
class BenchServer {
  public:
    [[nodiscard]] static Result<std::unique_ptr<BenchServer>> open(ConnectionOptions const* named,
                                                                   std::string const& append_only) {
        auto bench = std::make_unique<BenchServer>();
        if (named != nullptr) {
            bench->connection_ = *named;
            return bench;
        }
        std::string pattern = (fs::temp_directory_path() / "leat-bench-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            return fail(ErrorCode::unavailable, "bench", "cannot make a temporary folder");
        bench->folder_ = pattern;
        PrivateServerOptions options;
        options.folder = bench->folder_;
        options.append_only = append_only;
        auto server = PrivateServer::start(options);
        if (!server) return std::unexpected(server.error());
        bench->server_.emplace(std::move(*server));
        bench->connection_.redis = bench->server_->url();
        return bench;
    }
    ~BenchServer() {
        server_.reset();
        std::error_code ignored;
        if (!folder_.empty()) fs::remove_all(folder_, ignored);
    }
    [[nodiscard]] ConnectionOptions const& connection() const noexcept { return connection_; }

  private:
    std::optional<PrivateServer> server_;
    fs::path folder_;
    ConnectionOptions connection_;
};

// What a server is and how it is set, as far as figures depend on it and it tells.
struct ServerFacts {
    std::string version;
    std::string append_only;  // "no", else when it is flushed ("everysec")
    json stream_node_bytes;   // a number, or null

    static ServerFacts of(ConnectionOptions const& connection) {
        bench::ServerProbe probe(connection);
        auto const append_only = probe.setting("appendonly");
        auto const node_bytes = probe.setting("stream-node-max-bytes");
        return {probe.info("redis_version"), append_only == "yes" ? probe.setting("appendfsync") : append_only,
                json::parse(node_bytes.empty() ? "null" : node_bytes)};
    }
};

json report(std::string const& scenario, std::vector<bench::Summary> const& phases, std::size_t main_phase,
            BenchFlags const& flags, ServerFacts const& server) {
    auto const& options = flags.options;
    json value{{"bench", scenario},
               {"version", LEAT_VERSION},
               {"machine", bench::machine()},
               {"redis", server.version},
               {"appendonly", server.append_only},
               {"stream_node_max_bytes", server.stream_node_bytes},
               {"runs", flags.runs},
               {"n", options.tasks},
               {"payload_bytes", options.payload_bytes},
               {"concurrency", options.concurrency},
               {"batch", options.batch},
               {"agents", options.agents},
               {"processes", options.processes},
               {"rss_mib", std::llround(bench::resident_mib())},
               {"tasks_per_s", std::llround(phases.at(main_phase).per_second)}};
    value["phases"] = json::array();
    for (auto const& phase : phases)
        value["phases"].push_back(bench::json_of(phase));
    return value;
}

using Scenario = std::function<std::vector<bench::Phase>(bench::ScenarioOptions const&)>;

struct ScenarioCommand {
    std::string name;
    std::string sentence;
    BenchFlags defaults;
    std::size_t main_phase = 0;  // whose rate is the scenario's figure
    Scenario run;
    std::function<void(CLI::App&, BenchFlags&)> add_flags{};
    std::function<void(bench::ScenarioOptions&)> make_quick{};  // besides fewer tasks
};

// A machine that is disturbed more often than this gets no figures of all the runs that were asked for.
constexpr int kRunsForOne = 10;

// Each run has a server of its own, if it is not one that was named. More than were asked for where some are disturbed.
std::vector<bench::RunPhases> run_all(Session& session, ConnectionOptions const* named, ScenarioCommand const& scenario,
                                      BenchFlags const& flags, ServerFacts& facts) {
    std::vector<bench::RunPhases> runs;
    for (int run = 1; run <= kRunsForOne * flags.runs; ++run) {
        if (run > flags.runs && bench::undisturbed_runs(runs, flags.steal_max / 100) >= flags.runs) break;
        auto const server = BenchServer::open(named, flags.append_only);
        if (!server) throw std::runtime_error(server.error().message());
        auto options = flags.options;
        auto prefix = std::move(options.connection.prefix);
        options.connection = (*server)->connection();
        options.connection.prefix = std::move(prefix);
        options.private_server = named == nullptr;
        options.on_progress = [&](std::string const& line) {
            auto const more = run > flags.runs ? ", others were disturbed: " : ": ";
            session.out.note("run " + std::to_string(run) + " of " + std::to_string(flags.runs) + more + line);
        };
        facts = ServerFacts::of(options.connection);
        runs.push_back(scenario.run(options));
    }
    return runs;
}

ExitCode run_bench(Session& session, ScenarioCommand const& scenario, BenchFlags flags) {
    constexpr std::int64_t kQuickTasks = 200;
    if (flags.quick) {
        flags.runs = 1;
        flags.steal_max = 100;
        flags.options.tasks = std::min(flags.options.tasks, kQuickTasks);
        if (scenario.make_quick) scenario.make_quick(flags.options);
    }
    flags.options.run = std::chrono::milliseconds(flags.run_ms);
    auto const config = session.config();
    if (!config) return session.fail(config.error());
    // Only a server that was named is measured; the default address may be somebody's.
    auto const named = (*config)->origin("redis.url") != "default";
    try {
        ServerFacts facts;
        auto const runs = run_all(session, named ? &(*config)->connection : nullptr, scenario, flags, facts);
        auto const phases = bench::summarize(runs, flags.steal_max / 100);
        if (!session.out.json_mode) session.out.print_table(bench::table_of(phases));
        session.out.print(report(scenario.name, phases, scenario.main_phase, flags, facts));
    } catch (std::exception const& error) {
        return session.fail({ErrorCode::unavailable, "bench", error.what()});
    }
    return ExitCode::ok;
}

void add_scenario(CLI::App& bench, Session& session, ScenarioCommand scenario) {
    auto flags = std::make_shared<BenchFlags>(scenario.defaults);
    auto* const command = bench.add_subcommand(scenario.name, scenario.sentence);
    auto& options = flags->options;
    command->add_option("--tasks", options.tasks, "How many tasks.")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    command->add_option("--payload", options.payload_bytes, "Bytes of each payload.")
        ->check(CLI::Range(40, 1 << 20))
        ->capture_default_str();
    command->add_option("--concurrency", options.concurrency, "Handlers at once.")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    command->add_option("--aof", flags->append_only, "The private server's append-only file: no, everysec or always.")
        ->check(CLI::IsMember({"no", "everysec", "always"}))
        ->capture_default_str();
    command->add_option("--runs", flags->runs, "How often: the median is shown, and the spread.")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    command
        ->add_option(
            "--steal-max", flags->steal_max,
            "Percent of the machine that a hypervisor may give to others during a phase; where it is more, the "
            "run does not count for that phase and another is made, up to ten times as many as --runs.")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    command->add_flag("--quick", flags->quick, "A few tasks, once: shows that it works, measures nothing.");
    if (scenario.add_flags) scenario.add_flags(*command, *flags);
    session.on(command,
               [&session, flags, scenario = std::move(scenario)] { return run_bench(session, scenario, *flags); });
}

BenchFlags defaults(std::int64_t tasks, int concurrency) {
    BenchFlags flags;
    flags.options.tasks = tasks;
    flags.options.concurrency = concurrency;
    return flags;
}

void add_batch_flag(CLI::App& command, BenchFlags& flags, std::string const& sentence) {
    command.add_option("--batch", flags.options.batch, sentence)->check(CLI::Range(0, 100))->capture_default_str();
}

ScenarioCommand limit_command() {
    auto flags = defaults(200'000, 1);
    flags.options.batch = Limits::dispatch_batch;
    return {"limit",
            "The ceiling: the same scripts and commands by a loop that does nothing else.",
            flags,
            /*main_phase=*/2,
            bench::run_limit,
            [](CLI::App& command, BenchFlags& own) {
                command.add_option("--batch", own.options.batch, "Tasks a call.")
                    ->check(CLI::Range(1, 100))
                    ->capture_default_str();
            }};
}

ScenarioCommand noop_command() {
    return {"noop",
            "Tasks that do nothing: dispatch, drain, and both at once.",
            defaults(200'000, 256),
            /*main_phase=*/1,
            bench::run_noop,
            [](CLI::App& command, BenchFlags& own) {
                add_batch_flag(command, own, "At most so many tasks a call; 0: as they gather.");
                command.add_option("--agents", own.options.agents, "Agents that share the tasks.")
                    ->check(CLI::Range(1, 1'000))
                    ->capture_default_str();
                command
                    .add_option("--processes", own.options.processes,
                                "Processes that work while tasks are dispatched, this one included.")
                    ->check(CLI::Range(1, 64))
                    ->capture_default_str();
            }};
}

ScenarioCommand article_command() {
    auto flags = defaults(1, 1);
    flags.options.slots = {5, 10, 20, 50};
    return {"article",
            "Slow handlers in a number of slots: the rate against the possible, and what is added to their time.",
            flags,
            /*main_phase=*/0,
            bench::run_article,
            [](CLI::App& command, BenchFlags& own) {
                command.remove_option(command.get_option("--tasks"));
                command.remove_option(command.get_option("--concurrency"));
                command.add_option("--slots", own.options.slots, "Handlers at once, one or more numbers.")
                    ->delimiter(',')
                    ->check(CLI::Range(1, 100'000))
                    ->capture_default_str();
                command.add_option("--run-ms", own.run_ms, "How long a handler takes, in ms.")
                    ->check(CLI::Range(1, 60'000))
                    ->capture_default_str();
            },
            [](bench::ScenarioOptions& options) { options.slots = {2}; }};
}

ScenarioCommand fanout_command() {
    return {"fanout",
            "Crowds: coroutine handlers asleep at once, tasks that wait, tasks that are due together.",
            defaults(10'000, 10'000),
            /*main_phase=*/0,
            bench::run_fanout,
            [](CLI::App& command, BenchFlags& own) {
                command.add_option("--waiting", own.options.waiting, "Tasks that wait at once; 0: none.")
                    ->check(CLI::Range(0, 100'000'000))
                    ->capture_default_str();
                command.add_option("--delayed", own.options.delayed, "Tasks that are due together; 0: none.")
                    ->check(CLI::Range(0, 10'000'000))
                    ->capture_default_str();
            },
            [](bench::ScenarioOptions& options) {
                options.waiting = 200;
                options.delayed = 200;
            }};
}

ScenarioCommand exec_command() {
    auto flags = defaults(20'000, 1);
    flags.options.subprocesses = {1, 2, 4};
    return {"exec",
            "Tasks through subprocesses that answer at once.",
            flags,
            /*main_phase=*/0,
            bench::run_exec,
            [](CLI::App& command, BenchFlags& own) {
                command.remove_option(command.get_option("--concurrency"));
                command.add_option("--subprocesses", own.options.subprocesses, "How many, one or more numbers.")
                    ->delimiter(',')
                    ->check(CLI::Range(1, 1'000))
                    ->capture_default_str();
            }};
}

}  // namespace

void add_bench_commands(CLI::App& app, Session& session) {
    using namespace std::chrono_literals;
    auto* const bench = app.add_subcommand(
        "bench", "Measure Leat on a private redis-server, or on the one named with --redis (under its own prefix).");
    bench->require_subcommand(1);
    add_scenario(*bench, session, limit_command());
    add_scenario(*bench, session, noop_command());
    add_scenario(*bench, session,
                 {"latency", "Paced load: from dispatch to the handler's start, and to the outcome seen by wait.",
                  defaults(500, 256), 0, bench::run_latency});
    add_scenario(*bench, session, article_command());
    add_scenario(*bench, session, fanout_command());
    add_scenario(*bench, session, exec_command());
    add_scenario(*bench, session,
                 {"delayed", "Delayed tasks spread over ten seconds: how late they start.", defaults(1'000, 64), 0,
                  [](bench::ScenarioOptions const& options) { return bench::run_delayed(options, 10s); }});
    auto soak = defaults(2'000'000, 256);
    soak.runs = 1;
    add_scenario(*bench, session,
                 {"soak", "A steady stream with records that live for 10 seconds: memory must not grow.", soak, 0,
                  [](bench::ScenarioOptions const& options) { return bench::run_soak(options, 10s); }});
}

std::optional<int> run_bench_process(int argument_count, char const* const* arguments) {
    std::vector<std::string> const words(arguments, arguments + argument_count);
    if (words.size() < 3 || words[1] != "bench") return std::nullopt;
    if (words[2] == "answer") {
        bench::run_answerer();
        return 0;
    }
    if (words.size() != 6 || words[2] != "worker") return std::nullopt;
    config::Sources sources;
    sources.file.clear();
    sources.environment = environment();
    auto const config = config::load(sources);
    if (!config) return static_cast<int>(ExitCode::usage);
    return bench::run_noop_worker(config->connection, words[3], std::stoi(words[4]), std::stoi(words[5]));
}

}  // namespace leat::cli
