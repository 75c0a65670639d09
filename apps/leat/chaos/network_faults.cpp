// Faults of the network between the processes and the server: rows 17 to 19 of the matrix.
#include <algorithm>
#include <array>
#include <string>

#include "chaos/fault_proxy.hpp"
#include "chaos/fault_steps.hpp"
#include "chaos/fleet.hpp"
#include "scripts.gen.hpp"

namespace leat::cli::chaos {
namespace {

using namespace std::chrono_literals;

// Row 17: the server runs the command, nobody learns of it. Not knowing, the caller asks again.
Result<void> drop_reply(FaultContext& context) {
    for (auto const* const script :
         {&store::scripts::kDispatch, &store::scripts::kSettle, &store::scripts::kRenew, &store::scripts::kPromote}) {
        ProxyFaults faults;
        faults.lose_replies_of = {std::string(script->sha1)};
        faults.lose_chance = 0.3;
        auto const before = context.proxy->counts().lost_replies;
        context.proxy->set(std::move(faults));
        bool const goes_on = context.wait(context.lease / 2);
        context.proxy->heal();
        context.note("lost " + std::to_string(context.proxy->counts().lost_replies - before) + " replies of " +
                     std::string(script->name));
        if (!goes_on) break;
    }
    return {};
}

// Row 18: some workers, or everybody, cannot reach the server for longer than a lease.
Result<void> partition(FaultContext& context) {
    ProxyFaults faults;
    faults.black_hole = true;
    auto const& workers = context.workers.running();
    if (workers.size() > 1 && context.random.below(4) != 0) {
        auto const cut_off = 1 + context.random.below(workers.size() - 1);
        std::vector<std::string> names;
        for (std::uint64_t i = 0; i < cut_off; ++i) {
            faults.only.push_back(workers[i].pid);
            names.push_back(workers[i].name);
        }
        context.harm_hits(std::move(names));
    }
    context.note(faults.only.empty() ? "nobody reaches the server"
                                     : std::to_string(faults.only.size()) + " workers do not reach the server");
    context.proxy->set(std::move(faults));
    [[maybe_unused]] bool const goes_on = context.wait(context.lease * 3 / 2) && wait_up_to(context, context.lease);
    context.proxy->heal();
    return {};
}

// Row 19: 300 ms and more for each way where leases bear that, and connections that break.
Result<void> slow_link(FaultContext& context) {
    ProxyFaults faults;
    faults.delay = std::min<Milliseconds>(300ms, context.lease / 15);
    faults.jitter = faults.delay;
    context.proxy->set(std::move(faults));
    constexpr double share_cut = 0.01;
    constexpr Milliseconds period{100};
    for (Milliseconds passed{0}; passed < 3 * context.lease; passed += period) {
        context.proxy->cut(share_cut);
        if (!context.wait(period)) break;
    }
    context.proxy->heal();
    return {};
}

}  // namespace

std::vector<FaultKind> network_faults() {
    return {
        {.name = "drop-reply",
         .rows = "17",
         .sentence = "replies to dispatch, settle, renew and promote are lost after the server ran them",
         .needs = {Need::proxy},
         .excuse = {.duplicates = true},
         .run = drop_reply},
        {.name = "partition",
         .rows = "18",
         .sentence = "some or all workers do not reach Redis for longer than a lease",
         .needs = {Need::proxy},
         .excuse = {.duplicates = true, .overlaps = true, .after_leases = 1},
         .run = partition},
        {.name = "slow-link",
         .rows = "19",
         .sentence = "a slow network with jitter, where connections break",
         .needs = {Need::proxy},
         .excuse = {.duplicates = true},
         .run = slow_link},
    };
}

}  // namespace leat::cli::chaos
