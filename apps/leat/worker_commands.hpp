#pragma once
// The commands that run workers.
#include "session.hpp"

namespace leat::cli {

void add_worker_commands(CLI::App& app, Session& session);

}  // namespace leat::cli
