// The doctor's rules about the server and its machine.
#include <algorithm>
#include <cstdlib>

#include "inspect/doctor.hpp"
#include "inspect/durability.hpp"
#include "inspect/patch_table.hpp"

namespace leat::inspect {
namespace {

constexpr std::int64_t kMemoryWarnPercent = 80;
constexpr std::int64_t kMemoryFailPercent = 95;
constexpr std::int64_t kClockWarnMs = 5'000;
constexpr std::int64_t kSlowCallWarnUs = 100'000;
constexpr std::int64_t kStallWarnMs = 1'000;  // leases bear more, but not often
constexpr std::int64_t kRecentS = 24 * 3'600;

std::string mib(std::int64_t bytes) {
    return std::to_string(bytes / (1 << 20)) + " MiB";
}

std::string name_of(ServerState const& server) {
    return server.kind + " " + server.version;
}

std::string joined(std::vector<std::string> const& sentences) {
    std::string text;
    for (auto const& sentence : sentences)
        text += (text.empty() ? "" : "; ") + sentence;
    return text;
}

}  // namespace

Finding judge_version(ServerState const& server) {
    Finding finding{.check = "version", .found = name_of(server)};
    auto const version = parse_version(server.version);
    auto const oldest = oldest_supported(server.kind);
    if (!version) {
        finding.severity = Severity::unknown;
        finding.found = "the server does not tell its version";
    } else if (!oldest) {
        finding.severity = Severity::warn;
        finding.found += ", which Leat is not tested with";
        finding.advice = "use Redis 7.0 or later, or Valkey 8 or later";
    } else if (*version < *oldest) {
        finding.severity = Severity::fail;
        finding.found += " is too old";
        finding.advice = "use Redis 7.0 or later, or Valkey 8 or later";
    } else if (server.mode == "cluster") {
        finding.severity = Severity::warn;
        finding.found += " in cluster mode, which Leat is not tested with";
    }
    return finding;
}

Finding judge_patch_level(ServerState const& server) {
    Finding finding{.check = "patches"};
    auto const version = parse_version(server.version);
    if (!version || !oldest_supported(server.kind)) {
        finding.severity = Severity::unknown;
        finding.found = "nothing is known of the fixes of this server";
        return finding;
    }
    auto const judged = judge_patches(server.kind, *version);
    switch (judged.level) {
        case PatchLevel::patched:
            finding.found = "has the security fixes known to this version of Leat";
            break;
        case PatchLevel::newer:
            finding.found = "is newer than this version of Leat knows";
            break;
        case PatchLevel::outdated:
            finding.severity = Severity::warn;
            finding.found = "lacks security fixes of its branch";
            finding.advice = "upgrade to " + server.kind + " " + to_string(*judged.wanted) + " or later";
            break;
        case PatchLevel::unlisted:
            finding.severity = Severity::unknown;
            finding.found =
                "this branch gets no fixes from its makers; a distribution may patch it under the same "
                "version";
            finding.advice = "keep the package up to date (Debian 12: 5:7.0.15-1~deb12u10 or later), or move to " +
                             server.kind + " " + to_string(*judged.wanted) + " or later";
            break;
    }
    return finding;
}

namespace {

// The settings that decide about a torn file and about stalls, as they are.
std::string aof_settings(ServerState const& server) {
    if (server.persistence.appendfsync.empty()) return "the other settings of the append-only file cannot be read";
    auto const word = [](std::optional<bool> set) { return !set ? "unknown" : *set ? "yes" : "no"; };
    return std::string("aof-load-truncated ") + word(server.truncated_aof_loads) +
           (server.truncated_aof_loads == true ? " (a torn end of the file is cut off at start)" : "") +
           ", aof-load-corrupt-tail-max-size " + server.corrupt_tail_max.value_or("not on this server") +
           ", no-appendfsync-on-rewrite " + word(server.persistence.fsync_paused_by_rewrite);
}

}  // namespace

Finding judge_persistence(ServerState const& server) {
    Finding finding{.check = "persistence"};
    auto const row = durability_of(server.persistence);
    auto const& loss = loss_of(row);
    finding.found = std::string(loss.settings) + ": a killed server loses " + std::string(loss.kill) +
                    ", a power cut " + std::string(loss.power);
    auto advice = durability_advice(server.persistence);
    if (server.persistence.aof_enabled) finding.found += "; " + aof_settings(server);
    switch (row) {
        case DurabilityRow::memory_only:
            finding.severity = Severity::fail;
            break;
        case DurabilityRow::aof_unreadable:
            finding.severity = Severity::unknown;
            advice.emplace_back("let this user read CONFIG to know more");
            break;
        case DurabilityRow::aof_everysec:
        case DurabilityRow::aof_always:
            finding.severity = advice.empty() ? Severity::ok : Severity::warn;
            break;
        case DurabilityRow::snapshots:
        case DurabilityRow::aof_no:
        case DurabilityRow::no_aof:
            finding.severity = Severity::warn;
            break;
    }
    finding.advice = joined(advice);
    return finding;
}

Finding judge_disk(ServerState const& server) {
    Finding finding{.check = "disk", .found = "the last snapshot and the last write to the append-only file went well"};
    if (server.loading) {
        finding.severity = Severity::fail;
        finding.found = "the server still loads its data";
        finding.advice = "wait until it has";
    } else if (server.aof_write_failed || server.save_failed) {
        finding.severity = Severity::fail;
        finding.found =
            server.aof_write_failed ? "the last write to the append-only file failed" : "the last snapshot failed";
        finding.advice = "make room on the server's disk and read its log; until then it refuses writes";
    }
    return finding;
}

Finding judge_eviction(ServerState const& server) {
    Finding finding{.check = "eviction"};
    if (!server.eviction_policy || server.eviction_policy->empty()) {
        finding.severity = Severity::unknown;
        finding.found = "the server does not tell its maxmemory-policy";
        finding.advice = "make sure that it is noeviction";
    } else if (*server.eviction_policy == "noeviction") {
        finding.found = "maxmemory-policy is noeviction";
    } else {
        finding.severity = Severity::fail;
        finding.found = "maxmemory-policy is " + *server.eviction_policy + ": the server may delete tasks";
        finding.advice = "set maxmemory-policy noeviction; workers refuse this server until then";
    }
    return finding;
}

Finding judge_memory(ServerState const& server) {
    Finding finding{.check = "memory"};
    if (server.maxmemory_bytes <= 0) {
        finding.severity = Severity::warn;
        finding.found = mib(server.used_memory_bytes) + " used, no maxmemory";
        finding.advice =
            "set maxmemory below what the machine has, so that dispatches are refused before the kernel "
            "kills the server";
        if (server.machine_memory_bytes > 0) finding.advice += " (it has " + mib(server.machine_memory_bytes) + ")";
        return finding;
    }
    auto const percent = server.used_memory_bytes / std::max<std::int64_t>(1, server.maxmemory_bytes / 100);
    finding.found = mib(server.used_memory_bytes) + " of " + mib(server.maxmemory_bytes) + " used (" +
                    std::to_string(percent) + " %)";
    if (percent < kMemoryWarnPercent) return finding;
    finding.severity = percent >= kMemoryFailPercent ? Severity::fail : Severity::warn;
    finding.advice = percent >= 100 ? "dispatches are refused" : "dispatches will be refused at 100 %";
    finding.advice += ": raise maxmemory, lower retention and results_kept, or start more workers";
    return finding;
}

Finding judge_replication(ServerState const& server) {
    Finding finding{.check = "replication"};
    auto const wanted = server.persistence.min_replicas;
    if (server.role == "slave" || server.role == "replica") {
        finding.severity = Severity::fail;
        finding.found = server.primary_link_up ? "this is a replica: it takes no writes"
                                               : "this is a replica that has lost its primary";
        finding.advice = "connect to the primary";
    } else if (wanted > 0 && server.good_replicas < wanted) {
        finding.severity = Severity::fail;
        finding.found = std::to_string(server.good_replicas) + " replicas keep up, min-replicas-to-write wants " +
                        std::to_string(wanted) + ": the server refuses writes";
        finding.advice = "repair the replicas";
    } else if (server.replicas > 0 && wanted == 0) {
        finding.severity = Severity::warn;
        finding.found = "primary with " + std::to_string(server.replicas) + " replicas, min-replicas-to-write 0";
        finding.advice = "set min-replicas-to-write 1, or a failover may lose what was dispatched meanwhile";
    } else if (server.replicas > 0) {
        finding.found = "primary with " + std::to_string(server.replicas) + " replicas, min-replicas-to-write " +
                        std::to_string(wanted);
    } else {
        finding.found = "primary without replicas";
    }
    return finding;
}

Finding judge_huge_pages(MachineState const& machine) {
    Finding finding{.check = "huge pages"};
    if (!machine.local || !machine.huge_pages) {
        finding.severity = Severity::unknown;
        finding.found = "the server's machine cannot be looked at from here";
        finding.advice = "run `leat doctor` there, or make sure that transparent huge pages are not `always`";
    } else if (*machine.huge_pages == "always") {
        finding.severity = Severity::warn;
        finding.found = "transparent huge pages are `always`: forks of the server stall it";
        finding.advice = "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled";
    } else {
        finding.found = "transparent huge pages are `" + *machine.huge_pages + "`";
    }
    return finding;
}

Finding judge_overcommit(MachineState const& machine) {
    Finding finding{.check = "overcommit"};
    if (!machine.local || !machine.overcommit) {
        finding.severity = Severity::unknown;
        finding.found = "the server's machine cannot be looked at from here";
        finding.advice = "run `leat doctor` there, or make sure that vm.overcommit_memory is 1";
    } else if (*machine.overcommit != 1) {
        finding.severity = Severity::warn;
        finding.found = "vm.overcommit_memory is " + std::to_string(*machine.overcommit) +
                        ": snapshots and rewrites may fail when memory is short";
        finding.advice = "sysctl vm.overcommit_memory=1";
    } else {
        finding.found = "vm.overcommit_memory is 1";
    }
    return finding;
}

Finding judge_latency(ServerTempo const& tempo) {
    Finding finding{.check = "latency", .found = "no stalls were recorded lately"};
    if (!tempo.events) {
        finding.severity = Severity::unknown;
        finding.found = "this user may not read the server's latency events";
        return finding;
    }
    LatencyEvent const* worst = nullptr;
    for (auto const& event : *tempo.events) {
        if (tempo.now_s - event.at_s > kRecentS) continue;
        if (worst == nullptr || event.max_ms > worst->max_ms) worst = &event;
    }
    if (worst != nullptr) {
        finding.found = "longest stall lately: " + worst->name + ", " + std::to_string(worst->max_ms) + " ms";
        if (worst->max_ms >= kStallWarnMs) {
            finding.severity = Severity::warn;
            finding.advice = "find its cause with LATENCY DOCTOR; keep leases at ten times the longest stall";
        }
    } else if (tempo.monitor_from_ms.value_or(0) == 0) {
        finding.severity = Severity::unknown;
        finding.found = "the server does not record stalls";
        finding.advice = "CONFIG SET latency-monitor-threshold 100";
    }
    return finding;
}

Finding judge_slow_calls(ServerTempo const& tempo) {
    Finding finding{.check = "slow calls", .found = "no call took 100 ms lately"};
    if (!tempo.slow_calls) {
        finding.severity = Severity::unknown;
        finding.found = "this user may not read the server's slow log";
        return finding;
    }
    SlowCall const* slowest = nullptr;
    for (auto const& call : *tempo.slow_calls) {
        if (tempo.now_s - call.at_s > kRecentS || call.us < kSlowCallWarnUs) continue;
        if (slowest == nullptr || call.us > slowest->us) slowest = &call;
    }
    if (slowest != nullptr) {
        finding.severity = Severity::warn;
        finding.found = "slowest call lately: " + slowest->command + ", " + std::to_string(slowest->us / 1'000) + " ms";
        finding.advice = "everybody waits that long; see SLOWLOG GET for who sends it";
    }
    return finding;
}

Finding judge_clock(ServerTempo const& tempo) {
    Finding finding{.check = "clock"};
    if (!tempo.clock_ahead_ms) {
        finding.severity = Severity::unknown;
        finding.found = "this user may not ask for the server's clock";
        return finding;
    }
    auto const off = std::max<std::int64_t>(0, std::abs(*tempo.clock_ahead_ms) - tempo.round_trip_ms);
    finding.found = "the server's clock and ours differ by " + std::to_string(off) + " ms";
    if (off >= kClockWarnMs) {
        finding.severity = Severity::warn;
        finding.advice = "Leat goes by the server's clock alone, but logs will not agree: synchronise both (NTP)";
    }
    return finding;
}

}  // namespace leat::inspect
