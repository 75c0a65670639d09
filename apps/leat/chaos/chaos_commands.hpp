#pragma once
// `leat chaos` and `leat chaos check`.
#include <optional>

#include "session.hpp"

namespace leat::cli {

void add_chaos_commands(CLI::App& app, Session& session);

// The subprocesses of a run (`leat chaos worker`, `producer` and `agent`) are no commands for people: this looks at the
// arguments before they are parsed. Nothing where they ask for something else.
[[nodiscard]] std::optional<int> run_chaos_process(int argument_count, char const* const* arguments);

}  // namespace leat::cli
