#include "worker_run.hpp"

#include <CLI/CLI.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "config/split_command.hpp"
#include "http/worker_metrics.hpp"
#include "leat/exec.hpp"
#include "log_listener.hpp"
#include "token_file.hpp"

namespace leat::cli {
namespace {

// One agent this run serves.
struct Served {
    std::string agent;
    Handler handler;
    AgentOptions options;
};

Error usage(std::string detail) {
    return {ErrorCode::invalid_input, "worker", std::move(detail)};
}

// The handler of an agent: its --exec, else the program's own, else the command in leat.toml.
Result<Handler> handler_of(std::string const& agent, config::AgentConfig configured, std::string const* command,
                           BuiltInAgents& built_in) {
    if (command != nullptr) {
        auto split = config::split_command(*command);
        if (!split) return std::unexpected(usage("--exec of agent " + agent + ": " + split.error()));
        configured.exec.command = std::move(*split);
    }
    if (configured.exec.command.empty()) {
        if (auto const found = built_in.find(agent); found != built_in.end()) return std::move(found->second);
        return std::unexpected(
            usage("agent " + agent + " has no command: add --exec \"CMD\", or `exec` in its table in leat.toml"));
    }
    return exec_handler(std::move(configured.exec));
}

Result<std::vector<Served>> agents_to_serve(config::Config const& config, WorkerFlags const& flags,
                                            BuiltInAgents& built_in) {
    if (!flags.commands.empty() && flags.commands.size() != flags.agents.size()) {
        return std::unexpected(
            usage("give one --exec for each --agent, in the same order (or none, and the commands in leat.toml)"));
    }
    auto names = flags.agents;
    if (names.empty()) {
        for (auto const& [agent, configured] : config.agents) {
            if (!configured.exec.command.empty()) names.push_back(agent);
        }
        for (auto const& [agent, handler] : built_in) {
            if (!config.agents.contains(agent)) names.push_back(agent);
        }
    }
    std::vector<Served> served;
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto const& agent = names[i];
        auto configured = config.agent(agent);
        auto handler = handler_of(agent, configured, flags.commands.empty() ? nullptr : &flags.commands[i], built_in);
        if (!handler) return std::unexpected(handler.error());
        if (flags.concurrency > 0) configured.options.concurrency = flags.concurrency;
        served.push_back({agent, std::move(*handler), std::move(configured.options)});
    }
    return served;
}

}  // namespace

void add_worker_flags(CLI::App& command, Session& session, WorkerFlags& flags) {
    command
        .add_option("--agent", flags.agents,
                    "Serve this agent; repeatable. Default: every agent of leat.toml with a command.")
        ->type_name("NAME");
    command
        .add_option("--exec", flags.commands,
                    "Command of the agent named before it: program and arguments, no shell; repeatable.")
        ->type_name("CMD");
    command.add_option("--concurrency", flags.concurrency, "Attempts at once, for each agent of this run.")
        ->check(CLI::Range(1, 100'000));
    for (auto const* const key : {"processes", "lease", "timeout", "max_retries"})
        add_agent_flag(command, session, key);
    command.add_flag("--log-json", flags.log_json, "Write the log as JSON lines.");
    command.add_flag("--verbose", flags.verbose, "Log every task, not only what went wrong.");
}

ExitCode run_worker(Session& session, WorkerFlags const& flags, std::string const& redis_url, bool front_door,
                    BuiltInAgents built_in, Tracing const& tracing) {
    session.sources.agents = flags.agents;
    auto const config = session.config();
    if (!config) return session.fail(config.error());
    auto served = agents_to_serve(**config, flags, built_in);
    if (!served) return session.fail(served.error());
    auto options = (*config)->worker_options();
    if (!redis_url.empty()) options.redis = redis_url;
    if (front_door && !(*config)->origins.contains("front_door.enabled")) options.front_door.enabled = true;
    if (served->empty() && !options.front_door.enabled) {
        return session.fail(usage("no agent to serve: name one with --agent NAME --exec \"CMD\", or in leat.toml"));
    }
    options.on_event = stderr_log(flags.log_json ? LogForm::json : LogForm::text,
                                  flags.verbose ? spdlog::level::debug : spdlog::level::info);
    options.on_span = tracing.listener();
    http::EventCounts counts;
    counts.show_spans(tracing.counter());
    std::unique_ptr<http::WorkerMetricsServer> metrics;
    if (auto const& address = (*config)->worker_metrics; !address.empty()) {
        auto const token = read_token((*config)->worker_metrics_token_file);
        if (!token) return session.fail(token.error());
        auto started = http::WorkerMetricsServer::start(address, *token, counts);
        if (!started) return session.fail(started.error());
        metrics = std::move(*started);
        session.out.note("metrics: " + metrics->url() + "/metrics");
        options.on_event = [&counts, log = std::move(options.on_event)](Event const& event) {
            counts.count(event);
            log(event);
        };
    }
    try {
        Worker worker(std::move(options));
        for (auto& agent : *served)
            worker.add(std::move(agent.agent), std::move(agent.handler), std::move(agent.options));
        auto const ended = worker.run();
        if (!ended) return session.fail(ended.error());
    } catch (std::exception const& error) {
        return session.fail(usage(error.what()));
    }
    return ExitCode::ok;
}

}  // namespace leat::cli
