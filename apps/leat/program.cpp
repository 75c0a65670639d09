#include "program.hpp"

#include <CLI/CLI.hpp>
#include <exception>

#include "bench/bench_commands.hpp"
#include "chaos/chaos_commands.hpp"
#include "config/nearest.hpp"
#include "leat/version.hpp"
#include "serve_command.hpp"
#include "top_command.hpp"
#include "worker_commands.hpp"

namespace leat::cli {
namespace {

// The innermost command that was named, and its full name.
struct Named {
    CLI::App const* command;
    std::string name;
};

Named named_command(CLI::App const& app) {
    Named named{&app, app.get_name()};
    for (auto inner = app.get_subcommands(); !inner.empty(); inner = named.command->get_subcommands()) {
        named.command = inner.front();
        named.name += " " + named.command->get_name();
    }
    return named;
}

// A group of commands was called without one of them, or with a word that is none.
std::string wrong_command(CLI::App const& group, std::string const& word) {
    std::vector<std::string_view> names;
    std::string list;
    for (auto const* command : group.get_subcommands({})) {
        names.push_back(command->get_name());
        list += (list.empty() ? "" : ", ") + command->get_name();
    }
    if (word.empty()) return "name a command: " + list;
    auto const meant = config::nearest(word, names);
    return "there is no command '" + word + "'; " +
           (meant.empty() ? "the commands are " + list : "did you mean '" + std::string(meant) + "'?");
}

ExitCode usage_error(CLI::App const& app, Session& session, CLI::ParseError const& error) {
    auto const [command, name] = named_command(app);
    std::string what = error.what();
    if (error.get_name() == "RequiredError" && !command->get_subcommands({}).empty()) {
        auto const rest = app.remaining(true);
        what = wrong_command(*command, rest.empty() ? "" : rest.front());
    }
    session.out.note(what + (what.ends_with('?') ? "" : ".") + " See `" + name + " --help`.");
    return ExitCode::usage;
}

ExitCode parse_and_run(CLI::App& app, Session& session, int argument_count, char const* const* arguments) {
    try {
        app.parse(argument_count, arguments);
        return session.exit_code();
    } catch (CLI::Success const& success) {  // --help and --version
        app.exit(success);
        return ExitCode::ok;
    } catch (CLI::ParseError const& error) {
        return usage_error(app, session, error);
    } catch (std::exception const& error) {
        return session.fail({ErrorCode::internal, "", error.what()});
    }
}

void add_global_flags(CLI::App& app, Session& session) {
    app.add_flag("--json", session.out.json_mode, "Print JSON, one document per answer, instead of text for people.");
    app.add_option_function<std::string>(
        "--config",
        [&session](std::string const& file) {
            session.sources.file = file;
            session.sources.file_required = true;
        },
        "Read this file instead of leat.toml (LEAT_CONFIG).");
    app.add_option_function<std::vector<std::string>>(
           "--set",
           [&session](std::vector<std::string> const& settings) {
               for (auto const& setting : settings) {
                   auto const equals = setting.find('=');
                   if (equals == std::string::npos) throw CLI::ValidationError("--set", "write KEY=VALUE");
                   session.sources.flags[setting.substr(0, equals)] = setting.substr(equals + 1);
               }
           },
           "Set any key of the configuration: --set redis.command_timeout=5s.")
        ->allow_extra_args(false);
    for (auto const* const key : {"redis.url", "prefix", "redis.tls_ca_file", "redis.connect_timeout"})
        add_config_flag(app, session, key);
}

}  // namespace

void add_commands(CLI::App& app, Session& session) {
    app.description("Leat carries tasks through Redis Streams to agents.");
    app.footer("`leat --help` lists the options that every command takes, and the exit codes.");  // inherited below
    app.set_version_flag("--version", "leat " LEAT_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    add_global_flags(app, session);
    add_dispatch_commands(app, session);
    add_task_commands(app, session);
    add_agent_commands(app, session);
    add_dead_commands(app, session);
    add_watch_commands(app, session);
    add_top_command(app, session);
    add_config_commands(app, session);
    add_doctor_command(app, session);
    add_acl_command(app, session);
    add_worker_commands(app, session);
    add_serve_command(app, session);
    add_bench_commands(app, session);
    add_chaos_commands(app, session);
    app.footer(exit_code_section() + "\nThe manual is docs/cli.md.");
}

int run_program(int argument_count, char const* const* arguments) {
    if (auto const ended = run_chaos_process(argument_count, arguments)) return *ended;
    if (auto const ended = run_bench_process(argument_count, arguments)) return *ended;
    Session session;
    CLI::App app;
    app.name("leat");
    add_commands(app, session);
    auto code = parse_and_run(app, session, argument_count, arguments);
    if (!session.out.flush() && code == ExitCode::ok) {
        session.out.note("could not write everything to standard output");
        code = ExitCode::failure;
    }
    return static_cast<int>(code);
}

}  // namespace leat::cli
