#pragma once
// `leat bench`: fixed scenarios, each prints a table and, with --json, ends with one line of JSON.
#include <optional>

#include "session.hpp"

namespace leat::cli {

void add_bench_commands(CLI::App& app, Session& session);

// The other processes of a scenario are this program too; nothing where these are no arguments of one. Not for people.
[[nodiscard]] std::optional<int> run_bench_process(int argument_count, char const* const* arguments);

}  // namespace leat::cli
