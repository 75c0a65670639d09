#pragma once
// One run: server, processes, load and faults, then the drain, the final reading and the verdict.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "chaos/checker.hpp"
#include "chaos/fault.hpp"
#include "leat/error.hpp"
#include "leat/options.hpp"

namespace leat::cli::chaos {

struct RunOptions {
    std::uint64_t seed = 1;
    Milliseconds duration{60'000};            // of load and faults; the drain comes on top
    std::vector<FaultKind const*> faults;     // none: a run without faults
    std::optional<ConnectionOptions> server;  // somebody's server; none: a private one
    std::filesystem::path history;            // where the whole history goes; empty: kept only where it is not valid
    std::filesystem::path shims;              // holds clock_shim.so and power_loss_shim.so; what is missing is skipped
    std::size_t workers = 3;
    std::size_t producers = 2;
    double rate = 60;  // tasks a second, of all producers
    Milliseconds lease{3'000};
    // How far it is: called a few times a second. `fault` is empty in between.
    std::function<void(std::string_view phase, std::string_view fault, std::int64_t handed_in, std::int64_t runs)>
        on_progress{};
    // Says something that must not be overlooked: a skipped fault.
    std::function<void(std::string const& text)> on_notice{};
    // Whether somebody pressed Ctrl-C: the run ends early, and proves nothing.
    std::function<bool()> interrupted{};
};

struct RunResult {
    Report report;
    std::filesystem::path history;  // where the history is; empty: thrown away
    double seconds = 0;
};

// Errors: unavailable (no server, a process cannot be started), invalid_input (files), or what a fault failed with.
[[nodiscard]] Result<RunResult> run_chaos(RunOptions const& options);

}  // namespace leat::cli::chaos
