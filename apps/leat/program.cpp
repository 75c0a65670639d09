#include "program.hpp"

#include <CLI/CLI.hpp>
#include <exception>

#include "core/escape.hpp"
#include "leat/version.hpp"

namespace leat::cli {
namespace {

// The command whose arguments were wrong: the innermost one that was named.
std::string named_command(CLI::App const& app) {
    auto name = app.get_name();
    for (auto const* inner : app.get_subcommands())
        name += " " + named_command(*inner);
    return name;
}

ExitCode usage_error(CLI::App const& app, Session& session, CLI::ParseError const& error) {
    session.out.note(std::string(error.what()) + ". See `" + named_command(app) + " --help`.");
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
    app.footer(exit_code_section() + "\nThe manual is docs/cli.md.");
    app.set_version_flag("--version", "leat " LEAT_VERSION);
    app.require_subcommand(1);
    app.fallthrough();
    add_global_flags(app, session);
    add_dispatch_commands(app, session);
    add_task_commands(app, session);
    add_agent_commands(app, session);
    add_dead_commands(app, session);
    add_watch_commands(app, session);
    add_config_commands(app, session);
}

int run_program(int argument_count, char const* const* arguments) {
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
