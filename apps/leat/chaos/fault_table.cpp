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

namespace {

std::string names_of_all() {
    std::string names;
    for (auto const& fault : all_faults())
        names += (names.empty() ? "" : ", ") + std::string(fault.name);
    return names;
}

Result<std::vector<FaultKind const*>> named(std::string_view list) {
    std::vector<FaultKind const*> named;
    while (!list.empty()) {
        auto const comma = list.find(',');
        auto const name = list.substr(0, comma);
        auto const* const fault = find_fault(name);
        if (fault == nullptr)
            return fail(
                ErrorCode::invalid_input, "chaos",
                "there is no fault '" + std::string(name) + "'; there are all, none, all-but:, " + names_of_all());
        if (std::ranges::find(named, fault) == named.end()) named.push_back(fault);
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
    return named;
}

}  // namespace

Result<std::vector<FaultKind const*>> choose_faults(std::string_view list) {
    constexpr std::string_view all_but = "all-but:";
    if (list == "none") return std::vector<FaultKind const*>{};
    bool const excluding = list.starts_with(all_but);
    if (!excluding && list != "all") return named(list);
    auto const without = named(excluding ? list.substr(all_but.size()) : std::string_view{});
    if (!without) return without;
    std::vector<FaultKind const*> chosen;
    for (auto const& fault : all_faults()) {
        if (std::ranges::find(*without, &fault) == without->end()) chosen.push_back(&fault);
    }
    return chosen;
}

}  // namespace leat::cli::chaos
