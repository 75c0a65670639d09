#include "chaos/chaos_commands.hpp"

#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/checker.hpp"
#include "chaos/history_file.hpp"
#include "chaos/report.hpp"
#include "chaos/run.hpp"
#include "chaos/setup.hpp"
#include "subprocess.hpp"
#include "text.hpp"

namespace leat::cli {
namespace {

using namespace chaos;

struct ChaosFlags {
    std::uint64_t seed = 0;
    double minutes = 0;
    double seconds = 0;
    std::string faults = "all";
    std::string history;
    std::string shims;
    std::size_t workers = 3;
    std::size_t producers = 2;
    double rate = 60;
    double lease = 3;
    std::vector<std::string> files;  // of check
};

volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int) {
    interrupted = 1;
}

ExitCode exit_code_of(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::valid:
            return ExitCode::ok;
        case Verdict::invalid:
            return ExitCode::alert;
        case Verdict::unknown:
            return ExitCode::failure;
    }
    return ExitCode::failure;
}

// One line about a run that goes on: rewritten on a terminal, added now and then elsewhere.
class RunLine {
  public:
    explicit RunLine(Output& out) : out_(out), started_(std::chrono::steady_clock::now()) {}

    void show(std::string_view phase, std::string_view fault, std::int64_t handed_in, std::int64_t runs) {
        using namespace std::chrono_literals;
        auto const now = std::chrono::steady_clock::now();
        auto const changed = fault != fault_ || phase != phase_;
        if (!out_.stderr_is_terminal() && !(changed && !fault.empty()) && now - told_ < 5s) return;
        told_ = now;
        fault_ = fault;
        phase_ = phase;
        auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(now - started_).count();
        auto const text = std::to_string(seconds) + " s  " + grouped(handed_in) + " handed in, " + grouped(runs) +
                          " runs  " + (fault.empty() ? std::string(phase) : "FAULT " + std::string(fault));
        out_.progress(out_.stderr_is_terminal() ? "\r\x1b[K" + text : text + "\n");
    }
    void clear() {
        if (out_.stderr_is_terminal()) out_.progress("\r\x1b[K");
    }

  private:
    Output& out_;
    std::chrono::steady_clock::time_point started_;
    std::chrono::steady_clock::time_point told_;
    std::string fault_;
    std::string phase_;
};

void show_result(Session& session, RunResult const& result, std::uint64_t seed) {
    if (session.out.json_mode) {
        auto value = json_of(result.report);
        value["seed"] = seed;
        value["seconds"] = result.seconds;
        value["history"] = result.history.string();
        session.out.print(value);
        return;
    }
    print_report(session.out, result.report);
    if (!result.history.empty()) session.out.line("history: " + result.history.string());
}

Result<RunOptions> run_options(Session& session, ChaosFlags const& flags) {
    RunOptions options;
    auto faults = choose_faults(flags.faults);
    if (!faults) return std::unexpected(faults.error());
    options.faults = std::move(*faults);
    auto const config = session.config();
    if (!config) return std::unexpected(config.error());
    // Only a server that was named: the default address may be somebody's, and so may a `leat dev` in this folder.
    auto const origin = (*config)->origin("redis.url");
    if (origin != "default" && origin != "leat dev") options.server = (*config)->connection;
    auto const seconds = flags.seconds > 0 ? flags.seconds : (flags.minutes > 0 ? flags.minutes : 1) * 60;
    options.duration = Milliseconds(static_cast<std::int64_t>(seconds * 1'000));
    options.seed = flags.seed;
    options.history = flags.history;
    options.shims = flags.shims;
    if (flags.shims.empty()) options.shims = std::filesystem::path(own_path()).parent_path().parent_path() / "shims";
    options.workers = flags.workers;
    options.producers = flags.producers;
    options.rate = flags.rate;
    options.lease = Milliseconds(static_cast<std::int64_t>(flags.lease * 1'000));
    return options;
}

ExitCode run(Session& session, ChaosFlags flags) {
    if (flags.seed == 0) flags.seed = core::Random::from_entropy().below(1'000'000) + 1;
    auto options = run_options(session, flags);
    if (!options) return session.fail(options.error());
    RunLine line(session.out);
    options->on_progress = [&](auto phase, auto fault, auto handed_in, auto runs) {
        line.show(phase, fault, handed_in, runs);
    };
    options->on_notice = [&](std::string const& text) {
        line.clear();
        session.out.note(text);
    };
    options->interrupted = [] { return interrupted != 0; };
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    session.out.note("seed " + std::to_string(flags.seed) + ": the same seed gives the same faults in the same order");
    auto const result = run_chaos(*options);
    line.clear();
    if (!result) return session.fail(result.error());
    show_result(session, *result, flags.seed);
    return exit_code_of(result->report.verdict);
}

ExitCode check(Session& session, ChaosFlags const& flags) {
    Checker checker;
    for (auto const& file : flags.files) {
        auto history = read_history(file);
        if (!history) return session.fail(history.error());
        for (auto& entry : history->entries)
            checker.add(std::move(entry));
    }
    auto const report = checker.finish();
    if (session.out.json_mode)
        session.out.print(json_of(report));
    else
        print_report(session.out, report);
    return exit_code_of(report.verdict);
}

void add_run_flags(CLI::App& command, ChaosFlags& flags) {
    command.add_option("--seed", flags.seed, "Decides load and faults; 0: any.")->capture_default_str();
    auto* const minutes =
        command.add_option("--minutes", flags.minutes, "How long load and faults last; 1 by default.")
            ->check(CLI::Range(0.01, 100'000.0));
    command.add_option("--seconds", flags.seconds, "The same in seconds.")
        ->check(CLI::Range(0.5, 1e7))
        ->excludes(minutes);
    command
        .add_option("--fault,--faults", flags.faults,
                    "all, none, all-but:NAMES, or names with commas in between; see docs/chaos.md.")
        ->capture_default_str();
    command.add_option("--history", flags.history, "Write the whole history to this file.")->type_name("FILE");
    command.add_option("--shims", flags.shims, "Folder of the shims that some faults need; build/…/shims.")
        ->type_name("DIR");
    command.add_option("--workers", flags.workers, "Worker processes.")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    command.add_option("--producers", flags.producers, "Producer processes.")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    command.add_option("--rate", flags.rate, "Tasks a second, of all producers.")
        ->check(CLI::Range(0.1, 100'000.0))
        ->capture_default_str();
    command.add_option("--lease", flags.lease, "Lease in seconds; short, so that many faults fit.")
        ->check(CLI::Range(1.0, 600.0))
        ->capture_default_str();
}

}  // namespace

void add_chaos_commands(CLI::App& app, Session& session) {
    auto flags = std::make_shared<ChaosFlags>();
    auto* const command =
        app.add_subcommand("chaos", "Break workers and Redis under load, then prove that nothing was lost or doubled.");
    add_run_flags(*command, *flags);
    command->footer("Example: leat chaos --seed 1 --minutes 5 --faults all");
    auto* const checking = command->add_subcommand("check", "Judge histories that were recorded with --history.");
    checking->add_option("files", flags->files, "Histories, and ledgers where they are apart.")
        ->required()
        ->type_name("FILE");
    session.on(checking, [&session, flags] { return check(session, *flags); });
    // The callback of the outer command comes last, also when the inner one was named.
    session.on(command,
               [&session, flags, checking] { return checking->parsed() ? session.exit_code() : run(session, *flags); });
}

std::optional<int> run_chaos_process(int argument_count, char const* const* arguments) {
    std::vector<std::string_view> const words(arguments, arguments + argument_count);
    if (words.size() < 3 || words[1] != "chaos") return std::nullopt;
    if (words[2] == "agent") {
        run_exec_agent();
        return 0;
    }
    if (words.size() != 9 || (words[2] != "worker" && words[2] != "producer")) return std::nullopt;
    std::string const name(words[6]);
    std::uint64_t number = 0;
    std::from_chars(words[8].data(), words[8].data() + words[8].size(), number);
    auto const setup = read_setup(words[4]);
    Result<void> done;
    if (!setup)
        done = std::unexpected(setup.error());
    else if (words[2] == "worker")
        done = run_worker_process(*setup, name);
    else
        done = run_producer_process(*setup, name, number);
    if (!done) std::cerr << name << ": " << done.error().message() << '\n';
    return done ? 0 : 1;
}

}  // namespace leat::cli
