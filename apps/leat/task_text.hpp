#pragma once
// Tasks and their outcomes as text for people.
#include "leat/client.hpp"
#include "output.hpp"

namespace leat::cli {

void print_task(Output& out, TaskInfo const& task);
// The outcome of a task that was awaited.
void print_outcome(Output& out, TaskResult const& result);

}  // namespace leat::cli
