#include "inspect/durability.hpp"

#include <array>

namespace leat::inspect {
namespace {

constexpr std::array kTable{
    DurabilityLoss{DurabilityRow::memory_only, "memory_only", "appendonly no, no save rule", "everything",
                   "everything"},
    DurabilityLoss{DurabilityRow::snapshots, "snapshots", "appendonly no, snapshots by save rules",
                   "all since the last snapshot, up to an hour", "all since the last snapshot, up to an hour"},
    DurabilityLoss{DurabilityRow::aof_no, "aof_no", "appendonly yes, appendfsync no", "nothing", "about the last 30 s"},
    DurabilityLoss{DurabilityRow::aof_everysec, "aof_everysec", "appendonly yes, appendfsync everysec",
                   "nothing as a rule, up to 2 s while an fsync is slow", "the last 1 to 2 s"},
    DurabilityLoss{DurabilityRow::aof_always, "aof_always", "appendonly yes, appendfsync always", "nothing",
                   "nothing, where the disk keeps its word"},
    DurabilityLoss{DurabilityRow::no_aof, "no_aof", "appendonly no, save rules not readable",
                   "at least all since the last snapshot", "at least all since the last snapshot"},
    DurabilityLoss{DurabilityRow::aof_unreadable, "aof_unreadable", "appendonly yes, appendfsync not readable",
                   "nothing as a rule", "between nothing and the last 30 s"},
};

}  // namespace

DurabilityRow durability_of(store::PersistenceFacts const& facts) noexcept {
    if (facts.aof_enabled) {
        if (facts.appendfsync == "always") return DurabilityRow::aof_always;
        if (facts.appendfsync == "everysec") return DurabilityRow::aof_everysec;
        if (facts.appendfsync == "no") return DurabilityRow::aof_no;
        return DurabilityRow::aof_unreadable;
    }
    if (!facts.snapshots) return DurabilityRow::no_aof;
    return *facts.snapshots ? DurabilityRow::snapshots : DurabilityRow::memory_only;
}

DurabilityLoss const& loss_of(DurabilityRow row) noexcept {
    for (auto const& loss : kTable) {
        if (loss.row == row) return loss;
    }
    return kTable.front();
}

std::span<DurabilityLoss const> durability_table() noexcept {
    return kTable;
}

std::vector<std::string> durability_advice(store::PersistenceFacts const& facts) {
    std::vector<std::string> advice;
    if (!facts.aof_enabled) {
        advice.emplace_back("a crash of Redis loses tasks that were answered OK: set appendonly yes");
    }
    if (facts.aof_enabled && facts.appendfsync == "no") {
        advice.emplace_back("the kernel decides when the append-only file reaches the disk: set appendfsync everysec");
    }
    if (facts.aof_enabled && facts.fsync_paused_by_rewrite) {
        advice.emplace_back(
            "nothing reaches the disk for sure while the append-only file is rewritten: set "
            "no-appendfsync-on-rewrite no");
    }
    if (facts.replicas > 0 && facts.min_replicas == 0) {
        advice.emplace_back(
            "a primary that has lost its replicas goes on taking tasks that a failover then loses: set "
            "min-replicas-to-write 1");
    }
    return advice;
}

}  // namespace leat::inspect
