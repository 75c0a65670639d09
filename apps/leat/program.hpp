#pragma once
// The program as a whole: its command line, and one run of it.
#include <CLI/App.hpp>

#include "session.hpp"

namespace leat::cli {

// Adds every command to `app`.
void add_commands(CLI::App& app, Session& session);

// Parses the command line, runs the command, answers the exit code.
[[nodiscard]] int run_program(int argument_count, char const* const* arguments);

}  // namespace leat::cli
