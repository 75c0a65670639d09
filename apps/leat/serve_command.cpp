// `leat serve`.
#include "serve_command.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <memory>

#include "http_run.hpp"

namespace leat::cli {
namespace {

boost::asio::awaitable<int> wait_for_signal(boost::asio::signal_set& signals) {
    auto const [error, number] = co_await signals.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return number;
}

ExitCode serve(Session& session, bool log_json) {
    auto const config = session.config();
    if (!config) return session.fail(config.error());
    boost::asio::signal_set signals(session.context(), SIGINT, SIGTERM);  // before anybody could send one
    auto const log_form = log_json ? LogForm::json : LogForm::text;
    auto tracing = Tracing::start(session, log_form);
    if (!tracing) return session.fail(tracing.error());
    auto server = start_http(**config, {}, log_form, *tracing);
    if (!server) return session.fail(server.error());
    auto const url = (*server)->url();
    if (session.out.json_mode) {
        session.out.print(json{{"http", url}, {"ready", true}});
    } else {
        session.out.line("http: " + url);
    }
    if (!session.out.flush()) return ExitCode::failure;
    (void)session.await(wait_for_signal(signals));
    server->reset();
    tracing->stop(kTracingPatience);
    return ExitCode::ok;
}

}  // namespace

void add_serve_command(CLI::App& app, Session& session) {
    auto const log_json = std::make_shared<bool>(false);
    auto* const command = app.add_subcommand("serve", "The dashboard, the REST API and the metrics, until SIGTERM.");
    for (auto const* const key : {"http.listen", "http.token_file", "http.viewer_token_file"})
        add_config_flag(*command, session, key);
    command->add_flag("--log-json", *log_json, "Write the log as JSON lines.");
    command->footer("Example: leat serve --listen 0.0.0.0:7070 --token-file operator.token");
    session.on(command, [&session, log_json] { return serve(session, *log_json); });
}

}  // namespace leat::cli
