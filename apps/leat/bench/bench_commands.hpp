#pragma once
// `leat bench`: fixed scenarios, each prints a table and, with --json, ends with one line of JSON.
#include "session.hpp"

namespace leat::cli {

void add_bench_commands(CLI::App& app, Session& session);

}  // namespace leat::cli
