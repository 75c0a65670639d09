#pragma once
// What a doctor knows of a server, a machine and the agents, and what it says to that. The rules do no I/O: each is a
// function of the facts. An empty optional is a fact that could not be had.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/model.hpp"
#include "leat/json.hpp"
#include "store/lane_survey.hpp"
#include "store/persistence.hpp"
#include "store/rights.hpp"

namespace leat::inspect {

enum class Severity : std::uint8_t {
    ok,
    unknown,  // could not be checked from here
    warn,     // works; something may go wrong or get lost
    fail,     // does not work, or work is being lost
};
[[nodiscard]] std::string_view to_string(Severity severity) noexcept;

// A task that an audit found, and what about it: the name of its AuditStatus.
struct FoundTask {
    std::string task{};
    std::string found{};
};
struct FoundTasks {
    std::vector<FoundTask> first{};  // at most AuditReport::kFindingsMax
    std::int64_t more = 0;           // that are not in `first`
};

// One line of the report. Texts may hold what the server said: print them escaped.
struct Finding {
    std::string check{};    // stable name: "eviction"
    std::string subject{};  // the agent it is about; empty: the server
    Severity severity = Severity::ok;
    std::string found{};                // what is
    std::string advice{};               // what to do; empty where nothing is to be done
    std::optional<FoundTasks> tasks{};  // of an audit
};

// --- facts ----------------------------------------------------------------------------------------------------------

// Of INFO and CONFIG GET.
struct ServerState {
    std::string kind{};  // "redis", "valkey", or the name of another program that speaks its protocol
    std::string version{};
    std::string mode{};  // "standalone", "cluster", "sentinel"
    std::string role{};  // "master", "slave"
    std::string os{};    // "Linux 6.1.0 x86_64"
    bool loading = false;
    bool save_failed = false;       // the last snapshot
    bool aof_write_failed = false;  // the last write of the append-only file
    std::optional<std::string> eviction_policy{};
    std::int64_t used_memory_bytes = 0;
    std::int64_t maxmemory_bytes = 0;       // 0: no limit
    std::int64_t machine_memory_bytes = 0;  // 0: unknown
    std::int64_t replicas = 0;
    std::int64_t good_replicas = 0;  // those that keep up; only where min-replicas-to-write is set
    bool primary_link_up = true;     // of a replica
    store::PersistenceFacts persistence{};
    std::optional<bool> truncated_aof_loads{};      // aof-load-truncated
    std::optional<std::string> corrupt_tail_max{};  // aof-load-corrupt-tail-max-size, where the server has it
};

// Of the machine that the server runs on.
struct MachineState {
    bool local = false;                       // it is this one; else the rest is unknown
    std::optional<std::string> huge_pages{};  // "always", "madvise", "never"
    std::optional<int> overcommit{};          // vm.overcommit_memory
};

struct LatencyEvent {
    std::string name{};
    std::int64_t at_s = 0;  // seconds since the epoch, server clock
    std::int64_t max_ms = 0;
};
struct SlowCall {
    std::string command{};  // without arguments: they may hold payloads
    std::int64_t at_s = 0;
    std::int64_t us = 0;
};
struct ServerTempo {
    std::int64_t now_s = 0;                         // server clock; ours where it may not be asked for
    std::optional<std::int64_t> monitor_from_ms{};  // latency-monitor-threshold; 0: off
    std::optional<std::vector<LatencyEvent>> events{};
    std::optional<std::vector<SlowCall>> slow_calls{};
    std::optional<std::int64_t> clock_ahead_ms{};  // server's clock minus ours
    std::int64_t round_trip_ms = 0;                // of that question
};

struct RightsState {
    std::string user{};  // empty: unknown
    std::optional<std::vector<store::Right>> rights{};
    std::string why_unknown{};
    std::string script_problem{};  // why a script cannot be run; empty: it can
};

struct AgentState {
    AgentInfo info{};
    store::AgentSurvey survey{};
    std::string problem{};  // why it could not be looked at
};

struct DoctorFacts {
    ServerState server{};
    std::string server_problem{};  // why `server` is empty
    MachineState machine{};
    ServerTempo tempo{};
    RightsState rights{};
    std::vector<AgentState> agents{};
    std::string agents_problem{};  // why none could be listed
    bool more_agents = false;      // only the first kDoctorAgentsMax were looked at
};

inline constexpr std::int64_t kDoctorAgentsMax = 1'000;

// --- rules ----------------------------------------------------------------------------------------------------------

[[nodiscard]] Finding judge_version(ServerState const& server);
[[nodiscard]] Finding judge_patch_level(ServerState const& server);
[[nodiscard]] Finding judge_persistence(ServerState const& server);
[[nodiscard]] Finding judge_disk(ServerState const& server);
[[nodiscard]] Finding judge_eviction(ServerState const& server);
[[nodiscard]] Finding judge_memory(ServerState const& server);
[[nodiscard]] Finding judge_replication(ServerState const& server);
[[nodiscard]] Finding judge_huge_pages(MachineState const& machine);
[[nodiscard]] Finding judge_overcommit(MachineState const& machine);
[[nodiscard]] Finding judge_latency(ServerTempo const& tempo);
[[nodiscard]] Finding judge_slow_calls(ServerTempo const& tempo);
[[nodiscard]] Finding judge_clock(ServerTempo const& tempo);
[[nodiscard]] Finding judge_commands(RightsState const& rights);
[[nodiscard]] Finding judge_scripts(RightsState const& rights);
// What the user may do. With `wanted`: whether that role is complete.
[[nodiscard]] Finding judge_rights(RightsState const& rights, std::optional<store::AclRole> wanted);

// Types, groups, progress, consumers of one agent: several findings, or one `ok`.
[[nodiscard]] std::vector<Finding> judge_agent(AgentState const& agent, std::int64_t now_s);

// What an audit found; `mode` is what it was told to do.
[[nodiscard]] Finding judge_audit(AuditReport const& report, store::AuditMode mode);

// All of them but the audit, in the order of the report.
[[nodiscard]] std::vector<Finding> judge(DoctorFacts const& facts, std::optional<store::AclRole> wanted);

// {"checks": […], "ok": 12, "unknown": 1, "warn": 2, "fail": 0}; those of an audit have "tasks" and "more_tasks", too.
[[nodiscard]] json json_of(std::vector<Finding> const& findings);

}  // namespace leat::inspect
