#pragma once
// The agents of `leat dev --demo`.
#include <string>

#include "leat/error.hpp"
#include "worker_run.hpp"

namespace leat::cli {

// `sentiment` scores {"text": …}. `lexicon_file`: token<TAB>mean valence per line; empty: the project's own.
// Errors: not_found, invalid_input (with the line).
[[nodiscard]] Result<BuiltInAgents> demo_agents(std::string const& lexicon_file);

}  // namespace leat::cli
