// Faults of clocks: rows 20 and 21 of the matrix.
#include <signal.h>

#include <algorithm>

#include "chaos/fault_steps.hpp"
#include "chaos/fleet.hpp"
#include "chaos/shims.hpp"

namespace leat::cli::chaos {
namespace {

using namespace std::chrono_literals;

// Row 20: the server's clock jumps an hour ahead for good, or back for two leases. Not ahead and back: what was
// scheduled meanwhile would rightly wait for an hour. The server keeps the shim until the run ends.
Result<void> server_clock(FaultContext& context) {
    auto& server = *context.server;
    ShimmedClock clock(context.shims / "clock_shim.so", context.folder / "server-clock");
    if (!server.options().environment.contains("LEAT_CLOCK")) {
        add_environment(server.options().environment, clock.environment());
        if (auto restarted = context.restart_server([] {}); !restarted) return restarted;
        if (!context.wait(context.lease)) return {};
    }
    bool const ahead = context.random.below(2) == 0;
    context.harm_begins();
    context.note(ahead ? "the server's clock jumps an hour ahead" : "the server's clock jumps back an hour");
    clock.set(clock.offset() + (ahead ? 1h : -1h));
    [[maybe_unused]] bool const goes_on = context.wait(2 * context.lease);
    if (!ahead) clock.set(clock.offset() + 1h);
    return {};
}

// Replaces all workers, one after the other, and lets the new ones begin.
bool replace_workers(FaultContext& context) {
    auto const before = context.workers.running();
    for (auto const& worker : before)
        context.workers.signal(worker.pid, SIGTERM);
    auto const replaced = [&] {
        auto const& now = context.workers.running();
        return now.size() == context.workers.size() && std::ranges::none_of(now, [&](FleetProcess const& process) {
                   return process.pid == before.front().pid;
               });
    };
    return before.empty() || context.wait_until(replaced, 10 * context.lease);
}

// Row 21: all workers' clocks are wrong by a day, in changing directions.
Result<void> worker_clock(FaultContext& context) {
    ShimmedClock clock(context.shims / "clock_shim.so",
                       context.folder / ("worker-clock-" + std::to_string(context.salt)));
    clock.set(24h);
    context.workers.set_environment(clock.environment());
    if (replace_workers(context) && context.wait(context.lease)) {
        clock.set(-24h);
        [[maybe_unused]] bool const goes_on = context.wait(context.lease);
    }
    clock.set(0h);
    context.workers.set_environment({});
    [[maybe_unused]] bool const replaced = replace_workers(context);
    return {};
}

}  // namespace

std::vector<FaultKind> clock_faults() {
    return {
        {.name = "server-clock",
         .rows = "20",
         .sentence = "the clock of Redis jumps an hour ahead or back",
         .needs = {Need::own_server, Need::clock_shim},
         .excuse = {.duplicates = true, .early_runs = true},
         .run = server_clock},
        {.name = "worker-clock",
         .rows = "21",
         .sentence = "the clocks of all workers are wrong by a day",
         .needs = {Need::clock_shim},
         .excuse = {},
         .run = worker_clock},
    };
}

}  // namespace leat::cli::chaos
