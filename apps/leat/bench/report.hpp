#pragma once
// What a benchmark prints: a table for people, one line of JSON for programs.
#include <string>
#include <vector>

#include "bench/measure.hpp"
#include "table.hpp"

namespace leat::cli::bench {

// One phase over several runs: the median of each figure, and the spread of the rate.
struct Summary {
    Phase median;
    double per_second = 0, per_second_min = 0, per_second_max = 0;
    double p99_min_ms = 0, p99_max_ms = 0;
};
// `runs`: the phases of each run, the same ones in the same order. At least one run.
[[nodiscard]] std::vector<Summary> summarize(std::vector<std::vector<Phase>> const& runs);

// Columns that no phase has are left out.
[[nodiscard]] Table table_of(std::vector<Summary> const& phases);
[[nodiscard]] json json_of(Summary const& phase);

// "Linux 6.1 x86_64, AMD EPYC, 2 cores"
[[nodiscard]] std::string machine();

}  // namespace leat::cli::bench
