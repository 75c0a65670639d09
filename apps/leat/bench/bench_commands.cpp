#include "bench/bench_commands.hpp"

#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "bench/scenarios.hpp"
#include "leat/version.hpp"
#include "private_server.hpp"
#include "table.hpp"

namespace leat::cli {
namespace {

namespace fs = std::filesystem;

struct BenchFlags {
    std::int64_t tasks = 0;
    std::size_t payload_bytes = 140;
    int concurrency = 0;
    std::string append_only = "no";
};

// Where a benchmark runs: a private server in a folder that is removed afterwards, or the one that was named.
class BenchServer {
  public:
    [[nodiscard]] static Result<std::unique_ptr<BenchServer>> open(std::string const& named_url,
                                                                   std::string const& append_only) {
        auto bench = std::make_unique<BenchServer>();
        if (!named_url.empty()) {
            bench->url_ = named_url;
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
        bench->url_ = bench->server_->url();
        return bench;
    }
    ~BenchServer() {
        server_.reset();
        std::error_code ignored;
        if (!folder_.empty()) fs::remove_all(folder_, ignored);
    }
    [[nodiscard]] std::string const& url() const noexcept { return url_; }

  private:
    std::optional<PrivateServer> server_;
    fs::path folder_;
    std::string url_;
};

std::string number(double value, int digits = 0) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string machine() {
    utsname name{};
    ::uname(&name);
    return std::string(name.sysname) + " " + name.release + " " + name.machine + ", " +
           std::to_string(std::thread::hardware_concurrency()) + " cores";
}

void print_table(Session& session, std::vector<bench::Phase> const& phases) {
    Table table({{"phase", Align::left},
                 {"tasks", Align::right},
                 {"seconds", Align::right},
                 {"tasks/s", Align::right},
                 {"Redis µs/task", Align::right},
                 {"own µs/task", Align::right},
                 {"p50 ms", Align::right},
                 {"p95 ms", Align::right},
                 {"p99 ms", Align::right},
                 {"of", Align::left}});
    for (auto const& phase : phases) {
        std::vector<std::string> cells{phase.name,
                                       std::to_string(phase.tasks),
                                       number(phase.seconds, 2),
                                       number(phase.per_second()),
                                       number(phase.redis_cpu_us, 1),
                                       number(phase.own_cpu_us, 1)};
        if (!phase.latency_of.empty()) {
            cells.push_back(number(phase.latency.p50_ms, 2));
            cells.push_back(number(phase.latency.p95_ms, 2));
            cells.push_back(number(phase.latency.p99_ms, 2));
            cells.push_back(phase.latency_of);
        }
        table.add(cells);
    }
    session.out.print_table(table);
}

// `main_phase`: whose rate is the scenario's figure.
json report(std::string const& scenario, std::vector<bench::Phase> const& phases, std::size_t main_phase,
            BenchFlags const& flags, std::string const& redis_version) {
    json value{{"bench", scenario},
               {"version", LEAT_VERSION},
               {"machine", machine()},
               {"redis", redis_version},
               {"appendonly", flags.append_only},
               {"payload_bytes", flags.payload_bytes},
               {"concurrency", flags.concurrency},
               {"rss_mib", std::llround(bench::resident_mib())},
               {"tasks_per_s", std::llround(phases.at(main_phase).per_second())}};
    value["phases"] = json::array();
    for (auto const& phase : phases)
        value["phases"].push_back(bench::json_of(phase));
    return value;
}

using Scenario = std::function<std::vector<bench::Phase>(bench::ScenarioOptions const&)>;

ExitCode run_bench(Session& session, std::string const& name, BenchFlags const& flags, std::size_t main_phase,
                   Scenario const& scenario) {
    auto const config = session.config();
    if (!config) return session.fail(config.error());
    // Only a server that was named is measured; the default address may be somebody's.
    auto const named = (*config)->origin("redis.url") != "default";
    auto const server = BenchServer::open(named ? (*config)->connection.redis : std::string{}, flags.append_only);
    if (!server) return session.fail(server.error());
    bench::ScenarioOptions options;
    options.redis = (*server)->url();
    options.tasks = flags.tasks;
    options.payload_bytes = flags.payload_bytes;
    options.concurrency = flags.concurrency;
    options.on_progress = [&session](std::string const& line) { session.out.note(line); };
    try {
        auto const version = bench::ServerProbe(options.redis).info("redis_version");
        auto const phases = scenario(options);
        if (!session.out.json_mode) print_table(session, phases);
        session.out.print(report(name, phases, main_phase, flags, version));
    } catch (std::exception const& error) {
        return session.fail({ErrorCode::unavailable, "bench", error.what()});
    }
    return ExitCode::ok;
}

struct ScenarioCommand {
    std::string name;
    std::string sentence;
    BenchFlags defaults;
    std::size_t main_phase = 0;
    Scenario run;
};

void add_scenario(CLI::App& bench, Session& session, ScenarioCommand scenario) {
    auto flags = std::make_shared<BenchFlags>(scenario.defaults);
    auto* const command = bench.add_subcommand(scenario.name, scenario.sentence);
    command->add_option("--tasks", flags->tasks, "How many tasks.")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    command->add_option("--payload", flags->payload_bytes, "Bytes of each payload.")
        ->check(CLI::Range(40, 1 << 20))
        ->capture_default_str();
    command->add_option("--concurrency", flags->concurrency, "Handlers at once.")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    command->add_option("--aof", flags->append_only, "The private server's append-only file: no, everysec or always.")
        ->check(CLI::IsMember({"no", "everysec", "always"}))
        ->capture_default_str();
    session.on(command, [&session, flags, scenario = std::move(scenario)] {
        return run_bench(session, scenario.name, *flags, scenario.main_phase, scenario.run);
    });
}

BenchFlags defaults(std::int64_t tasks, int concurrency) {
    BenchFlags flags;
    flags.tasks = tasks;
    flags.concurrency = concurrency;
    return flags;
}

}  // namespace

void add_bench_commands(CLI::App& app, Session& session) {
    using namespace std::chrono_literals;
    auto* const bench = app.add_subcommand(
        "bench", "Measure Leat on a private redis-server, or on the one named with --redis (under its own prefix).");
    bench->require_subcommand(1);
    constexpr std::size_t kDrainPhase = 1;
    add_scenario(*bench, session,
                 {"noop", "Tasks that do nothing: dispatch, drain, and both at once.", defaults(200'000, 256),
                  kDrainPhase, bench::run_noop});
    add_scenario(*bench, session,
                 {"latency", "Idle latency from dispatch to the outcome, seen by wait.", defaults(500, 16), 0,
                  bench::run_latency});
    add_scenario(*bench, session,
                 {"fanout", "Coroutine handlers asleep at once for one second.", defaults(10'000, 10'000), 0,
                  [](bench::ScenarioOptions const& options) { return bench::run_fanout(options, 1s); }});
    add_scenario(*bench, session,
                 {"delayed", "Delayed tasks spread over ten seconds: how late they start.", defaults(1'000, 64), 0,
                  [](bench::ScenarioOptions const& options) { return bench::run_delayed(options, 10s); }});
    add_scenario(*bench, session,
                 {"soak", "A steady stream with records that live for 10 seconds: memory must not grow.",
                  defaults(2'000'000, 256), 0,
                  [](bench::ScenarioOptions const& options) { return bench::run_soak(options, 10s); }});
}

}  // namespace leat::cli
