// Faults of the worker processes: rows 1 to 5 of the matrix.
#include <signal.h>

#include <algorithm>
#include <array>

#include "chaos/fault.hpp"
#include "chaos/fleet.hpp"

namespace leat::cli::chaos {
namespace {

// A worker at random; nothing where none runs just now.
FleetProcess const* any_worker(FaultContext& context) {
    auto const& running = context.workers.running();
    if (running.empty()) return nullptr;
    return &running[static_cast<std::size_t>(context.random.below(running.size()))];
}

// Row 1: SIGKILL at a random moment. A replacement with a new name is started by the fleet.
Result<void> worker_kill(FaultContext& context) {
    if (!context.wait(Milliseconds(context.random.below(static_cast<std::uint64_t>(context.lease.count()))))) return {};
    if (auto const* const worker = any_worker(context)) {
        context.note("SIGKILL to " + worker->name);
        context.workers.signal(worker->pid, SIGKILL);
    }
    return {};
}

}  // namespace

std::vector<FaultKind> worker_faults() {
    return {
        {.name = "worker-kill",
         .rows = "1",
         .sentence = "SIGKILL to a worker",
         .needs = {},
         .excuse = {.duplicates = true},
         .run = worker_kill},
    };
}

}  // namespace leat::cli::chaos
