#pragma once
// A report as people and programs read it.
#include "chaos/checker.hpp"
#include "leat/json.hpp"
#include "output.hpp"

namespace leat::cli::chaos {

// Counts, violations with their lines, and the verdict as the last line.
void print_report(Output& out, Report const& report);
[[nodiscard]] json json_of(Report const& report);

}  // namespace leat::cli::chaos
