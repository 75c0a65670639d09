#pragma once
// What `worker` and `dev` share: which agents to serve, from flags and leat.toml, and serving them.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "leat/worker.hpp"
#include "session.hpp"
#include "trace_run.hpp"

namespace leat::cli {

// The flags of one worker run.
struct WorkerFlags {
    std::vector<std::string> agents;    // --agent, repeatable
    std::vector<std::string> commands;  // --exec, one per --agent, in the same order
    int concurrency = 0;                // --concurrency; 0: what the configuration says
    bool log_json = false;              // --log-json
    bool verbose = false;               // --verbose
};

void add_worker_flags(CLI::App& command, Session& session, WorkerFlags& flags);

// An agent that is part of the program (demo), by name.
using BuiltInAgents = std::map<std::string, Handler>;

// Serves until SIGTERM. With `redis_url` not empty it replaces the configured one. `front_door`: whether it is open
// where the configuration does not say. `on_start` is called once the worker is about to run. `tracing` is stopped by
// the caller. Prints errors; answers the exit code.
[[nodiscard]] ExitCode run_worker(Session& session, WorkerFlags const& flags, std::string const& redis_url,
                                  bool front_door, BuiltInAgents built_in, Tracing const& tracing);

}  // namespace leat::cli
