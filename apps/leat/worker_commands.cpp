// `leat worker` and `leat dev`.
#include "worker_commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "demo_agents.hpp"
#include "http_run.hpp"
#include "private_server.hpp"
#include "worker_run.hpp"

namespace leat::cli {
namespace {

struct DevFlags {
    WorkerFlags worker;
    bool demo = false;
    std::string lexicon;
};

ExitCode run_traced_worker(Session& session, WorkerFlags const& flags) {
    auto tracing = Tracing::start(session, flags.log_json ? LogForm::json : LogForm::text);
    if (!tracing) return session.fail(tracing.error());
    auto const code = run_worker(session, flags, {}, false, {}, *tracing);
    tracing->stop(kTracingPatience);
    return code;
}

void add_worker_command(CLI::App& app, Session& session) {
    auto flags = std::make_shared<WorkerFlags>();
    auto* const command =
        app.add_subcommand("worker", "Serve agents until SIGTERM; the first one drains, a second one ends at once.");
    add_worker_flags(*command, session, *flags);
    for (auto const* const key : {"worker.name", "worker.grace", "worker.metrics", "worker.metrics_token_file",
                                  "worker.allow_eviction", "front_door.enabled"})
        add_config_flag(*command, session, key);
    command->footer("Example: leat worker --agent shout --exec \"python3 shout.py\" --concurrency 4");
    session.on(command, [&session, flags] { return run_traced_worker(session, *flags); });
}

ExitCode run_dev(Session& session, DevFlags const& flags) {
    session.sources.agents = flags.worker.agents;
    auto const config = session.config();
    if (!config) return session.fail(config.error());
    BuiltInAgents built_in;
    if (flags.demo) {
        auto agents = demo_agents(flags.lexicon);
        if (!agents) return session.fail(agents.error());
        built_in = std::move(*agents);
    }
    PrivateServerOptions server_options;
    server_options.folder = (*config)->data_dir;
    auto const server = PrivateServer::start(server_options);
    if (!server) return session.fail(server.error());
    auto const url = server->url();
    auto const log_form = flags.worker.log_json ? LogForm::json : LogForm::text;
    auto tracing = Tracing::start(session, log_form);
    if (!tracing) return session.fail(tracing.error());
    auto http = start_http_somewhere(**config, url, log_form, *tracing);
    if (!http) return session.fail(http.error());
    if (session.out.json_mode) {
        session.out.print(
            json{{"redis", url}, {"http", (*http)->url()}, {"data_dir", (*config)->data_dir}, {"ready", true}});
    } else {
        session.out.line("data:  " + (*config)->data_dir);
        session.out.line("redis: " + url);
        session.out.line("http:  " + (*http)->url());
        session.out.line(
            "ready: dispatch with `leat dispatch AGENT '{…}'` in this folder; Ctrl-C stops, the data stays");
    }
    if (!session.out.flush()) return ExitCode::failure;
    auto const code = run_worker(session, flags.worker, url, true, std::move(built_in), *tracing);
    http->reset();  // its dispatches are spans, too
    tracing->stop(kTracingPatience);
    return code;
}

void add_dev_command(CLI::App& app, Session& session) {
    auto flags = std::make_shared<DevFlags>();
    auto* const command = app.add_subcommand(
        "dev", "Everything for one machine: a private redis-server, a worker, the front door and the dashboard.");
    add_worker_flags(*command, session, flags->worker);
    add_config_flag(*command, session, "dev.data_dir");
    add_config_flag(*command, session, "http.listen");
    command->add_flag("--demo", flags->demo, "Serve the built-in demo agents.");
    command->add_option("--lexicon", flags->lexicon, "Lexicon of the demo's sentiment agent (token<TAB>mean valence).")
        ->type_name("FILE");
    command->footer("Example: leat dev --demo");
    session.on(command, [&session, flags] { return run_dev(session, *flags); });
}

}  // namespace

void add_worker_commands(CLI::App& app, Session& session) {
    add_worker_command(app, session);
    add_dev_command(app, session);
}

}  // namespace leat::cli
