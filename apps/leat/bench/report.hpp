#pragma once
// What a benchmark prints: a table for people, one line of JSON for programs.
#include <string>
#include <vector>

#include "bench/measure.hpp"
#include "table.hpp"

namespace leat::cli::bench {

// The phases of one run, in the scenario's order.
using RunPhases = std::vector<Phase>;

// How often the phase that was disturbed most often was not: a hypervisor gave at most `steal_max` (0 to 1) of the
// machine to others while it ran, or the kernel does not tell. At least one run.
[[nodiscard]] int undisturbed_runs(std::vector<RunPhases> const& runs, double steal_max);

// One phase over its undisturbed runs: the median of each figure, and the spread of the rate.
struct Summary {
    Phase median;
    int runs = 0;       // that count
    int disturbed = 0;  // that do not
    double per_second = 0, per_second_min = 0, per_second_max = 0;
    double p99_min_ms = 0, p99_max_ms = 0;
};
// `runs`: at least one. Throws std::runtime_error where a phase was disturbed in all of them.
[[nodiscard]] std::vector<Summary> summarize(std::vector<RunPhases> const& runs, double steal_max);

// Columns that no phase has are left out.
[[nodiscard]] Table table_of(std::vector<Summary> const& phases);
[[nodiscard]] json json_of(Summary const& phase);

// "Linux 6.1 x86_64, AMD EPYC, 2 cores"
[[nodiscard]] std::string machine();

}  // namespace leat::cli::bench
