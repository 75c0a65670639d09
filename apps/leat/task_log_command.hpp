#pragma once
#include <CLI/App.hpp>

#include "session.hpp"

namespace leat::cli {

// leat task log, below `leat task`.
void add_task_log_command(CLI::App& group, Session& session);

}  // namespace leat::cli
