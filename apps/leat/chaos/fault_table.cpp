#include <algorithm>
#include <iterator>

#include "chaos/fault.hpp"

namespace leat::cli::chaos {

std::string_view to_string(Need need) noexcept {
    switch (need) {
        case Need::own_server:
            return "a redis-server of its own";
        case Need::proxy:
            return "the proxy";
        case Need::clock_shim:
            return "the clock shim";
        case Need::fsync_shim:
            return "the fsync shim";
        case Need::root:
            return "root";
        case Need::exec_agent:
            return "agents of subprocesses";
    }
    return "unknown";
}

std::span<FaultKind const> all_faults() {
    static std::vector<FaultKind> const faults = [] {
        std::vector<FaultKind> all;
        for (auto group : {worker_faults(), server_faults(), disk_faults(), failover_faults(), data_faults(),
                           network_faults(), clock_faults()})
            std::ranges::move(group, std::back_inserter(all));
        return all;
    }();
    return faults;
}

FaultKind const* find_fault(std::string_view name) {
    auto const faults = all_faults();
    auto const found = std::ranges::find(faults, name, &FaultKind::name);
    return found != faults.end() ? &*found : nullptr;
}

}  // namespace leat::cli::chaos
