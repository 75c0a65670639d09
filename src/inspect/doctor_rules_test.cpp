#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inspect/doctor.hpp"

namespace leat::inspect {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Names a finding in failures, and lets tables be written in a line: "warn" is the severity that is expected.
void expect(Finding const& finding, std::string_view severity, std::string const& found = "",
            std::string const& advice = "") {
    EXPECT_EQ(to_string(finding.severity), severity) << finding.check << ": " << finding.found;
    EXPECT_THAT(finding.found, HasSubstr(found));
    EXPECT_THAT(finding.advice, HasSubstr(advice));
    EXPECT_FALSE(finding.check.empty());
    EXPECT_FALSE(finding.found.empty());
    EXPECT_FALSE(finding.severity == Severity::fail && finding.advice.empty()) << finding.check;
}

ServerState good_server() {
    ServerState server;
    server.kind = "redis";
    server.version = "8.10.2";
    server.mode = "standalone";
    server.role = "master";
    server.eviction_policy = "noeviction";
    server.maxmemory_bytes = 1'000 << 20;
    server.used_memory_bytes = 100 << 20;
    server.persistence.aof_enabled = true;
    server.persistence.appendfsync = "everysec";
    return server;
}

TEST(DoctorVersion, JudgesKindVersionAndMode) {
    auto server = good_server();
    expect(judge_version(server), "ok", "redis 8.10.2");
    server.version = "6.2.14";
    expect(judge_version(server), "fail", "too old", "Redis 7.0 or later");
    server.version = "";
    expect(judge_version(server), "unknown");
    server = good_server();
    server.mode = "cluster";
    expect(judge_version(server), "warn", "cluster");
    server = good_server();
    server.kind = "valkey";
    server.version = "7.2.5";
    expect(judge_version(server), "fail");
    server.kind = "dragonfly";
    expect(judge_version(server), "warn", "not tested with");
    expect(judge_patch_level(server), "unknown");
}

TEST(DoctorPatches, NamesTheBuildToUpgradeTo) {
    auto server = good_server();
    expect(judge_patch_level(server), "ok");
    server.version = "8.8.1";
    expect(judge_patch_level(server), "warn", "lacks", "redis 8.8.2");
    server.version = "7.0.15";
    expect(judge_patch_level(server), "unknown", "distribution", "deb12");
    server.version = "9.0.0";
    expect(judge_patch_level(server), "ok", "newer");
}

TEST(DoctorPersistence, SaysWhichRowTheServerIsOn) {
    auto server = good_server();
    expect(judge_persistence(server), "ok", "appendfsync everysec");
    server.truncated_aof_loads = true;
    expect(judge_persistence(server), "ok",
           "aof-load-truncated yes (a torn end of the file is cut off at start), aof-load-corrupt-tail-max-size not on "
           "this server, no-appendfsync-on-rewrite no");
    server.corrupt_tail_max = "4096";
    expect(judge_persistence(server), "ok", "aof-load-corrupt-tail-max-size 4096");
    server.persistence.fsync_paused_by_rewrite = true;
    expect(judge_persistence(server), "warn", "", "no-appendfsync-on-rewrite no");
    server = good_server();
    server.persistence.appendfsync = "always";
    expect(judge_persistence(server), "ok");
    server.persistence.appendfsync = "no";
    expect(judge_persistence(server), "warn", "", "appendfsync everysec");
    server.persistence.appendfsync = "";
    expect(judge_persistence(server), "unknown", "cannot be read", "CONFIG");
    server.persistence.aof_enabled = false;
    expect(judge_persistence(server), "warn", "", "appendonly yes");
    server.persistence.snapshots = true;
    expect(judge_persistence(server), "warn", "up to an hour", "appendonly yes");
    server.persistence.snapshots = false;
    expect(judge_persistence(server), "fail", "everything", "appendonly yes");
}

TEST(DoctorDisk, TellsFailedWrites) {
    auto server = good_server();
    expect(judge_disk(server), "ok");
    server.save_failed = true;
    expect(judge_disk(server), "fail", "snapshot", "room");
    server.aof_write_failed = true;
    expect(judge_disk(server), "fail", "append-only");
    server.loading = true;
    expect(judge_disk(server), "fail", "loads");
}

TEST(DoctorEviction, OnlyNoevictionIsGood) {
    auto server = good_server();
    expect(judge_eviction(server), "ok");
    for (auto const* const policy : {"allkeys-lru", "volatile-lru", "volatile-ttl", "allkeys-random"}) {
        server.eviction_policy = policy;
        expect(judge_eviction(server), "fail", policy, "noeviction");
    }
    server.eviction_policy.reset();
    expect(judge_eviction(server), "unknown", "", "noeviction");
}

TEST(DoctorMemory, WarnsBeforeDispatchesAreRefused) {
    auto server = good_server();
    for (auto const& [used_mib, severity] : {std::pair{0, "ok"},
                                             {799, "ok"},
                                             {800, "warn"},
                                             {949, "warn"},
                                             {950, "fail"},
                                             {1'000, "fail"},
                                             {1'500, "fail"}}) {
        server.used_memory_bytes = std::int64_t{used_mib} << 20;
        expect(judge_memory(server), severity);
    }
    expect(judge_memory(server), "fail", "150 %", "are refused");
    server.maxmemory_bytes = 0;
    expect(judge_memory(server), "warn", "no maxmemory", "set maxmemory");
    server.maxmemory_bytes = 1;
    expect(judge_memory(server), "fail");
}

TEST(DoctorReplication, AReplicaTakesNoWrites) {
    auto server = good_server();
    expect(judge_replication(server), "ok", "without replicas");
    server.role = "slave";
    expect(judge_replication(server), "fail", "takes no writes", "primary");
    server.primary_link_up = false;
    expect(judge_replication(server), "fail", "lost its primary");
    server = good_server();
    server.replicas = server.good_replicas = 2;
    expect(judge_replication(server), "warn", "2 replicas", "min-replicas-to-write 1");
    server.persistence.min_replicas = 1;
    expect(judge_replication(server), "ok");
    server.good_replicas = 0;
    expect(judge_replication(server), "fail", "refuses writes");
}

TEST(DoctorMachine, IsJudgedOnlyWhereItIsThisOne) {
    MachineState machine{.local = true, .huge_pages = "always", .overcommit = 0};
    expect(judge_huge_pages(machine), "warn", "always", "madvise");
    expect(judge_overcommit(machine), "warn", "0", "vm.overcommit_memory=1");
    machine.huge_pages = "madvise";
    machine.overcommit = 1;
    expect(judge_huge_pages(machine), "ok");
    expect(judge_overcommit(machine), "ok");
    machine.local = false;
    expect(judge_huge_pages(machine), "unknown");
    expect(judge_overcommit(machine), "unknown");
    machine = {.local = true};
    expect(judge_huge_pages(machine), "unknown");
    expect(judge_overcommit(machine), "unknown");
}

TEST(DoctorLatency, TellsTheLongestRecentStall) {
    ServerTempo tempo{.now_s = 1'000'000};
    expect(judge_latency(tempo), "unknown", "may not read");
    tempo.events.emplace();
    expect(judge_latency(tempo), "unknown", "does not record", "latency-monitor-threshold");
    tempo.monitor_from_ms = 100;
    expect(judge_latency(tempo), "ok");
    tempo.events->push_back({"fork", 999'999, 150});
    tempo.events->push_back({"command", 1, 90'000});  // long ago
    expect(judge_latency(tempo), "ok", "fork, 150 ms");
    tempo.events->push_back({"aof-write", 999'000, 1'500});
    expect(judge_latency(tempo), "warn", "aof-write, 1500 ms");
}

TEST(DoctorSlowCalls, TellsTheSlowestRecentOne) {
    ServerTempo tempo{.now_s = 1'000'000};
    expect(judge_slow_calls(tempo), "unknown");
    tempo.slow_calls = {{"KEYS", 1, 9'000'000}, {"EVALSHA", 999'999, 99'999}};
    expect(judge_slow_calls(tempo), "ok");
    tempo.slow_calls->push_back({"KEYS", 999'999, 250'000});
    expect(judge_slow_calls(tempo), "warn", "KEYS, 250 ms");
}

TEST(DoctorClock, AllowsForTheRoundTrip) {
    ServerTempo tempo;
    expect(judge_clock(tempo), "unknown");
    tempo.clock_ahead_ms = 5'500;
    tempo.round_trip_ms = 1'000;
    expect(judge_clock(tempo), "ok");
    tempo.clock_ahead_ms = -6'000;
    expect(judge_clock(tempo), "warn", "5000 ms", "NTP");
}

store::Right right(std::string_view words, store::AclRole role, store::Access access) {
    return {words, "leat:key", store::Right::bit_of(role), access};
}

TEST(DoctorRights, SaysWhichRolesAUserCanBe) {
    using enum store::Access;
    RightsState state{.user = "bob"};
    state.why_unknown = "no MULTI";
    expect(judge_rights(state, std::nullopt), "unknown", "no MULTI");
    expect(judge_commands(state), "unknown");
    state.rights = {right("XADD", store::AclRole::producer, allowed), right("XACK", store::AclRole::worker, no_command),
                    right("HGETALL", store::AclRole::viewer, no_key),
                    right("SUBSCRIBE", store::AclRole::admin, no_channel)};
    auto const some = judge_rights(state, std::nullopt);
    expect(some, "ok", "user bob can be producer; not: worker (lacks XACK)");
    expect(some, "ok", "HGETALL on the key leat:key");
    expect(some, "ok", "SUBSCRIBE on the channel leat:key");
    expect(judge_rights(state, store::AclRole::producer), "ok");
    expect(judge_rights(state, store::AclRole::worker), "fail", "lacks, as a worker: XACK", "leat acl worker");
    expect(judge_commands(state), "ok");
    state.rights->front().access = not_on_server;
    expect(judge_rights(state, std::nullopt), "fail", "none of Leat's roles");
    expect(judge_commands(state), "fail", "XADD");
}

TEST(DoctorScripts, TellWhyNoneRuns) {
    expect(judge_scripts({}), "ok");
    RightsState state;
    state.script_problem = "NOPERM";
    expect(judge_scripts(state), "fail", "NOPERM");
}

// An agent with one live worker, where all is well.
AgentState good_agent() {
    AgentState agent;
    agent.info.agent = "sentiment";
    agent.info.workers = 1;
    agent.info.control.lease_ms = 30'000;
    for (auto& lane : agent.survey.lanes) {
        lane.key = "leat:{sentiment}:ready:normal";
        lane.group_exists = true;
    }
    agent.survey.consumers = {{"w1", 3, 0, true}};
    return agent;
}

constexpr std::int64_t kNow = 1'700'000'000;

// The only finding about the agent.
Finding only(AgentState const& agent) {
    auto const findings = judge_agent(agent, kNow);
    EXPECT_EQ(findings.size(), 1U);
    if (findings.empty()) return {};
    EXPECT_EQ(findings[0].subject, "sentiment");
    return findings[0];
}

TEST(DoctorAgent, AllIsWell) {
    expect(only(good_agent()), "ok", "0 ready, 0 running, 0 scheduled, 1 workers");
}

TEST(DoctorAgent, CannotBeLookedAt) {
    auto agent = good_agent();
    agent.problem = "NOPERM";
    expect(only(agent), "unknown", "NOPERM");
}

TEST(DoctorAgent, KeysOfAnotherType) {
    auto agent = good_agent();
    agent.survey.wrong_types.push_back({"leat:{sentiment}:scheduled", "string", "zset"});
    expect(only(agent), "fail", "leat:{sentiment}:scheduled is a string, not a zset", "prefix");
}

TEST(DoctorAgent, ALostGroup) {
    auto agent = good_agent();
    agent.survey.lanes[2].group_exists = false;
    expect(only(agent), "ok");  // nothing waits there
    agent.survey.lanes[2].length = 5;
    expect(only(agent), "warn", "5 entries", "creates it again");
    agent.info.workers = 0;
    expect(only(agent), "fail", "no group", "start a worker");
}

TEST(DoctorAgent, AGroupAheadOfItsStream) {
    auto agent = good_agent();
    agent.survey.lanes[0].last_generated = {5, 0};
    agent.survey.lanes[0].last_delivered = {5, 0};
    expect(only(agent), "ok");
    agent.survey.lanes[0].last_delivered = {5, 1};
    expect(only(agent), "fail", "ahead of its stream", "XGROUP SETID");
}

TEST(DoctorAgent, StrandedEntries) {
    auto agent = good_agent();
    agent.survey.lanes[0].stranded = {"1-1", "1-2"};
    expect(only(agent), "fail", "2 entries", "--repair");
    agent.survey.lanes[0].stranded.resize(store::kStrandedSample, "1-1");
    expect(only(agent), "fail", "at least 100");
}

TEST(DoctorAgent, IdsAheadOfTheClock) {
    auto agent = good_agent();
    agent.survey.lanes[0].length = 1;
    agent.survey.lanes[0].last_generated = {(kNow + 59) * 1'000, 0};
    expect(only(agent), "ok");
    agent.survey.lanes[0].last_generated = {(kNow + 62) * 1'000, 0};
    expect(only(agent), "warn", "ahead of the server's clock");
}

TEST(DoctorAgent, WorkersThatAreGone) {
    auto agent = good_agent();
    agent.survey.consumers.push_back({"w2", 7, 59'999, false});  // may still come back
    expect(only(agent), "ok");
    agent.survey.consumers.push_back({"w3", 4, 60'000, false});
    expect(only(agent), "warn", "4 tasks are held by workers that are gone: w3", "take");
    agent = good_agent();
    agent.survey.consumers.resize(100, {"old", 0, 3'600'000, false});
    expect(only(agent), "ok");
    agent.survey.consumers.resize(110, {"old", 0, 3'600'000, false});
    expect(only(agent), "warn", "names of workers");
}

TEST(DoctorAgent, NobodyServesIt) {
    auto agent = good_agent();
    agent.info.workers = 0;
    expect(only(agent), "ok");
    agent.info.depth.lanes[0].ready = 2;
    expect(only(agent), "warn", "2 tasks and no live worker", "leat worker");
    agent.info.control.paused = true;
    expect(only(agent), "warn", "paused", "leat agent resume sentiment");
    agent = good_agent();
    agent.info.depth.next_due_in_ms = -59'000;
    expect(only(agent), "ok");
    agent.info.depth.next_due_in_ms = -61'000;
    expect(only(agent), "warn", "overdue");
}

TEST(DoctorAudit, TellsWhatDisagrees) {
    using enum store::AuditMode;
    AuditReport report;
    report.agent = "sentiment";
    report.checked = 10;
    report.tally = {7, 7};
    expect(judge_audit(report, look), "ok", "10 places looked at, 7 live tasks, all agrees");
    report.reported["missing"] = 2;
    expect(judge_audit(report, look), "warn", "to see to: 2 missing", "a worker closes");
    report.repaired["stranded"] = 3;
    expect(judge_audit(report, look), "fail", "to repair: 3 stranded", "leat doctor sentiment --repair");
    expect(judge_audit(report, look), "fail", "2 missing", "a worker closes");
    expect(judge_audit(report, repair), "warn", "repaired: 3 stranded");
}

TEST(DoctorAudit, CountersThatDisagreeAreNotAllRight) {
    using enum store::AuditMode;
    AuditReport report;
    report.agent = "sentiment";
    report.tally = {7, 9};
    auto const seen = judge_audit(report, look);
    expect(seen, "warn", "7 live tasks (the counters say 9)", "leat doctor sentiment --repair");
    EXPECT_THAT(seen.found, Not(HasSubstr("agrees")));
    report.steady = false;
    expect(judge_audit(report, look), "unknown", "(the counters say 9)", "look again");
    report.steady = true;
    report.tally.counted = 7;
    report.booked = -2;
    expect(judge_audit(report, repair), "warn", "off by -2, booked as `unaccounted`");
    report.booked = 0;
    report.tally.counted = 9;
    report.reported["missing"] = 2;
    expect(judge_audit(report, look), "warn", "(the counters say 9); to see to: 2 missing", "goes with what is listed");
}

TEST(DoctorAudit, NamesTheTasksThatItIsAbout) {
    AuditReport report;
    report.agent = "sentiment";
    report.reported["missing"] = 1'500;
    for (int i = 0; i < 1'000; ++i)
        report.findings.push_back({store::AuditStatus::missing, "t" + std::to_string(i)});
    auto const finding = judge_audit(report, store::AuditMode::look);
    ASSERT_TRUE(finding.tasks);
    EXPECT_EQ(finding.tasks->first.size(), 1'000U);
    EXPECT_EQ(finding.tasks->more, 500);
    auto const check = json_of({finding})["checks"][0];
    EXPECT_EQ(check["tasks"][999].dump(), R"({"found":"missing","task":"t999"})");
    EXPECT_EQ(check["more_tasks"], 500);
    report = AuditReport();
    report.agent = "sentiment";
    EXPECT_EQ(json_of({judge_audit(report, store::AuditMode::look)})["checks"][0]["tasks"], json::array());
}

TEST(DoctorReport, HasALineForEverythingAndCounts) {
    DoctorFacts facts{.server = good_server()};
    facts.agents = {good_agent()};
    auto const findings = judge(facts, std::nullopt);
    EXPECT_EQ(findings.size(), 16U);
    auto const report = json_of(findings);
    EXPECT_EQ(report["checks"].size(), findings.size());
    EXPECT_EQ(
        report["ok"].get<int>() + report["unknown"].get<int>() + report["warn"].get<int>() + report["fail"].get<int>(),
        16);
    EXPECT_EQ(report["fail"], 0);
    EXPECT_EQ(report["checks"][0].dump(),
              R"({"advice":null,"check":"version","found":"redis 8.10.2","status":"ok","subject":null})");
}

TEST(DoctorReport, SaysWhatCouldNotBeRead) {
    DoctorFacts facts;
    facts.server_problem = "NOPERM info";
    facts.agents_problem = "NOPERM sscan";
    facts.more_agents = true;
    auto const findings = judge(facts, std::nullopt);
    expect(findings.front(), "unknown", "NOPERM info");
    expect(findings[findings.size() - 2], "unknown", "NOPERM sscan");
    expect(findings.back(), "unknown", "1000");
}

}  // namespace
}  // namespace leat::inspect
