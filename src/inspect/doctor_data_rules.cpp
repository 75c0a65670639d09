// The doctor's rules about rights and agents, and the report as a whole.
#include <algorithm>
#include <array>
#include <set>

#include "inspect/doctor.hpp"

namespace leat::inspect {
namespace {

constexpr std::int64_t kDefaultLeaseMs = 30'000;
constexpr std::int64_t kIdleConsumersMax = 100;
constexpr std::int64_t kFutureIdS = 60;      // entry ids this far ahead of the clock were not made by it
constexpr std::int64_t kOverdueMs = 60'000;  // a scheduled task that nobody makes ready
constexpr std::size_t kNamesShown = 8;

std::string list_of(std::set<std::string> const& names) {
    std::string text;
    std::size_t shown = 0;
    for (auto const& name : names) {
        if (shown++ == kNamesShown) return text + " and " + std::to_string(names.size() - kNamesShown) + " more";
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

std::string missing_text(store::Right const& right) {
    switch (right.access) {
        case store::Access::no_key:
            return std::string(right.words) + " on the key " + right.where;
        case store::Access::no_channel:
            return std::string(right.words) + " on the channel " + right.where;
        case store::Access::allowed:
        case store::Access::no_command:
        case store::Access::not_on_server:
            break;
    }
    return std::string(right.words);
}

std::set<std::string> missing_of(std::vector<store::Right> const& rights, store::AclRole role) {
    std::set<std::string> missing;
    for (auto const& right : rights) {
        if (right.needed_by(role) && right.access != store::Access::allowed) missing.insert(missing_text(right));
    }
    return missing;
}

Finding unknown_rights(std::string check, RightsState const& rights) {
    return {.check = std::move(check),
            .severity = Severity::unknown,
            .found = "this user's rights cannot be asked for: " + rights.why_unknown,
            .advice = "let it use MULTI and DISCARD to know more"};
}

class AgentRules {
  public:
    AgentRules(AgentState const& agent, std::int64_t now_s) : agent_(agent), now_s_(now_s) {}

    std::vector<Finding> run() {
        if (!agent_.problem.empty()) {
            add("agent", Severity::unknown, "cannot be looked at: " + agent_.problem, "");
            return std::move(findings_);
        }
        types();
        for (auto const& lane : agent_.survey.lanes)
            progress(lane);
        consumers();
        service();
        if (findings_.empty()) add("agent", Severity::ok, summary(), "");
        return std::move(findings_);
    }

  private:
    void add(std::string check, Severity severity, std::string found, std::string advice) {
        findings_.push_back({std::move(check), agent_.info.agent, severity, std::move(found), std::move(advice)});
    }
    [[nodiscard]] std::int64_t lease_ms() const { return agent_.info.control.lease_ms.value_or(kDefaultLeaseMs); }
    [[nodiscard]] bool is_served() const { return agent_.info.workers > 0; }

    [[nodiscard]] std::string summary() const {
        auto const& depth = agent_.info.depth;
        return std::to_string(depth.ready()) + " ready, " + std::to_string(depth.running()) + " running, " +
               std::to_string(depth.scheduled) + " scheduled, " + std::to_string(agent_.info.workers) + " workers";
    }

    void types() {
        for (auto const& wrong : agent_.survey.wrong_types) {
            add("types", Severity::fail,
                "the key " + wrong.key + " is a " + wrong.type + ", not a " + wrong.wanted +
                    ": another program uses Leat's names",
                "move that program's data away (RENAME), or give one of both another prefix");
        }
    }

    void progress(store::LaneSurvey const& lane) {
        if (lane.length > 0 && !lane.group_exists) {
            add("groups", is_served() ? Severity::warn : Severity::fail,
                lane.key + " holds " + std::to_string(lane.length) + " entries and has no group of workers",
                is_served() ? "a worker creates it again with its next fetch; what ran may run again"
                            : "start a worker: it creates the group at the beginning, where all unfinished work is");
        }
        if (lane.group_exists && lane.last_generated < lane.last_delivered) {
            add("groups", Severity::fail,
                "the group of " + lane.key + " is ahead of its stream: new tasks are not handed out",
                "a worker sets it back with its next audit; at once: XGROUP SETID " + lane.key +
                    " workers $, then `leat doctor --repair`");
        }
        if (!lane.stranded.empty()) {
            auto const count = std::to_string(lane.stranded.size());
            add("groups", Severity::fail,
                (std::ssize(lane.stranded) >= store::kStrandedSample ? "at least " + count : count) + " entries of " +
                    lane.key + " are behind the group's position and held by nobody (the first is " +
                    lane.stranded.front() + "): they are never handed out",
                "hand them out again with `leat doctor --repair`; a worker does it with its next audit");
        }
        if (lane.length > 0 && static_cast<std::int64_t>(lane.last_generated.ms / 1'000) > now_s_ + kFutureIdS) {
            add("groups", Severity::warn,
                "the ids of " + lane.key +
                    " are ahead of the server's clock: the clock went back, or the data came "
                    "from elsewhere",
                "nothing is lost; ages of tasks are shown too short until the clock has caught up");
        }
    }

    void consumers() {
        std::set<std::string> holding;
        std::int64_t held = 0;
        std::int64_t left_over = 0;
        for (auto const& consumer : agent_.survey.consumers) {
            if (consumer.beats || consumer.idle_ms < 2 * lease_ms()) continue;
            if (consumer.pending == 0) {
                ++left_over;
                continue;
            }
            holding.insert(consumer.name);
            held += consumer.pending;
        }
        if (held > 0) {
            add("consumers", Severity::warn,
                std::to_string(held) + " tasks are held by workers that are gone: " + list_of(holding),
                is_served() ? "a live worker takes them over when their leases have lapsed"
                            : "start a worker: it takes them over");
        }
        if (left_over > kIdleConsumersMax) {
            add("consumers", Severity::warn,
                std::to_string(left_over) + " names of workers that are gone are left in the groups",
                "a live worker removes them; start one");
        }
    }

    void service() {
        auto const& depth = agent_.info.depth;
        auto const waiting = depth.ready() + depth.running() + depth.scheduled;
        if (agent_.info.control.paused) {
            add("service", Severity::warn, "is paused, " + std::to_string(waiting) + " tasks wait",
                "leat agent resume " + agent_.info.agent);
        } else if (!is_served() && waiting > 0) {
            add("service", Severity::warn, std::to_string(waiting) + " tasks and no live worker",
                "start one: leat worker --agent " + agent_.info.agent + " --exec COMMAND");
        } else if (depth.next_due_in_ms && *depth.next_due_in_ms < -kOverdueMs) {
            add("service", Severity::warn,
                "the first scheduled task is overdue by " + std::to_string(-*depth.next_due_in_ms / 1'000) + " s",
                "see the log of the workers");
        }
    }

    AgentState const& agent_;
    std::int64_t now_s_;
    std::vector<Finding> findings_;
};

// Each part of the report adds its sentence, its advice and its severity.
class AuditRules {
  public:
    AuditRules(AuditReport const& report, store::AuditMode mode) : report_(report), mode_(mode) {}

    Finding run() {
        finding_.check = "audit";
        finding_.subject = report_.agent;
        finding_.found = std::to_string(report_.checked) + " places looked at, " + std::to_string(report_.tally.live) +
                         " live tasks";
        counters();
        reported();
        repaired();
        tasks();
        if (finding_.severity == Severity::ok) finding_.found += ", all agrees";
        return std::move(finding_);
    }

  private:
    void say(Severity severity, std::string const& found, std::string const& advice) {
        finding_.severity = std::max(finding_.severity, severity);
        finding_.found += found;
        if (!advice.empty()) finding_.advice += (finding_.advice.empty() ? "" : "; ") + advice;
    }
    static std::string counts(store::Counters const& kinds) {
        std::set<std::string> parts;
        for (auto const& [kind, count] : kinds)
            parts.insert(std::to_string(count) + " " + kind);
        return list_of(parts);
    }
    [[nodiscard]] std::string repair_command() const { return "`leat doctor " + report_.agent + " --repair`"; }

    void counters() {
        auto const drift = report_.tally.drift();
        if (report_.booked != 0) {
            say(Severity::warn,
                "; the counters were off by " + std::to_string(report_.booked) + ", booked as `unaccounted`",
                "find out who deletes or forges tasks; tasks lost with data of Redis are such, too");
        }
        if (drift == 0) return;
        auto const said = " (the counters say " + std::to_string(report_.tally.counted) + ")";
        if (!report_.steady) {
            say(Severity::unknown, said, "the difference is another one than at the start of the audit: look again");
        } else if (!report_.reported.empty() || !report_.repaired.empty()) {
            say(Severity::warn, said, "what the counters are off by goes with what is listed here, or look again then");
        } else {
            say(Severity::warn, said,
                "tasks came or went by no transition (deleted keys, lost data): book the difference with " +
                    repair_command() + "; a worker does it after two audits that see the same");
        }
    }
    void reported() {
        if (report_.reported.empty()) return;
        say(Severity::warn, "; to see to: " + counts(report_.reported),
            "a worker closes tasks whose message stays gone; unreadable records are another program's: delete them");
    }
    void repaired() {
        if (report_.repaired.empty()) return;
        if (mode_ == store::AuditMode::repair) {
            say(Severity::warn, "; repaired: " + counts(report_.repaired), "");
        } else {
            say(Severity::fail, "; to repair: " + counts(report_.repaired),
                "repair it with " + repair_command() + "; a worker does it with its next audit");
        }
    }
    void tasks() {
        std::int64_t all = 0;
        for (auto const* const kinds : {&report_.repaired, &report_.reported}) {
            for (auto const& [kind, count] : *kinds)
                all += count;
        }
        auto& tasks = finding_.tasks.emplace();
        for (auto const& found : report_.findings)
            tasks.first.push_back({found.task_id, std::string(to_string(found.status))});
        tasks.more = all - std::ssize(tasks.first);
    }

    AuditReport const& report_;
    store::AuditMode mode_;
    Finding finding_;
};

}  // namespace

std::string_view to_string(Severity severity) noexcept {
    switch (severity) {
        case Severity::ok:
            return "ok";
        case Severity::unknown:
            return "unknown";
        case Severity::warn:
            return "warn";
        case Severity::fail:
            return "fail";
    }
    return "fail";
}

Finding judge_commands(RightsState const& rights) {
    if (!rights.rights) return unknown_rights("commands", rights);
    std::set<std::string> missing;
    for (auto const& right : *rights.rights) {
        if (right.roles != 0 && right.access == store::Access::not_on_server) missing.emplace(right.words);
    }
    Finding finding{.check = "commands", .found = "the server knows every command that Leat uses"};
    if (missing.empty()) return finding;
    finding.severity = Severity::fail;
    finding.found = "the server does not know " + list_of(missing);
    finding.advice =
        "use Redis 7.0 or later, or Valkey 8 or later (from 9.1 on with its Lua module); undo rename-command";
    return finding;
}

Finding judge_scripts(RightsState const& rights) {
    Finding finding{.check = "scripts", .found = "a script of Leat ran"};
    if (rights.script_problem.empty()) return finding;
    finding.severity = Severity::fail;
    finding.found = "a script of Leat could not run: " + rights.script_problem;
    finding.advice = "Leat needs EVALSHA and SCRIPT LOAD";
    return finding;
}

Finding judge_rights(RightsState const& rights, std::optional<store::AclRole> wanted) {
    if (!rights.rights) return unknown_rights("rights", rights);
    auto const user = rights.user.empty() ? std::string("this user") : "user " + rights.user;
    Finding finding{.check = "rights"};
    if (wanted) {
        auto const missing = missing_of(*rights.rights, *wanted);
        finding.found = user + " has the rights of a " + std::string(to_string(*wanted));
        if (missing.empty()) return finding;
        finding.severity = Severity::fail;
        finding.found = user + " lacks, as a " + std::string(to_string(*wanted)) + ": " + list_of(missing);
        finding.advice = "`leat acl " + std::string(to_string(*wanted)) + "` prints a user that has them";
        return finding;
    }
    std::string can;
    std::string cannot;
    for (auto const role : store::kAclRoleList) {
        auto const missing = missing_of(*rights.rights, role);
        auto& list = missing.empty() ? can : cannot;
        list += (list.empty() ? "" : ", ") + std::string(to_string(role));
        if (!missing.empty()) list += " (lacks " + list_of(missing) + ")";
    }
    finding.found = user + (can.empty() ? " can be none of Leat's roles" : " can be " + can);
    if (!cannot.empty()) finding.found += "; not: " + cannot;
    if (can.empty()) {
        finding.severity = Severity::fail;
        finding.advice = "`leat acl ROLE` prints users that have the rights of a role";
    } else if (!cannot.empty()) {
        finding.advice = "that is fine if this user needs no more; `--role` checks one role";
    }
    return finding;
}

std::vector<Finding> judge_agent(AgentState const& agent, std::int64_t now_s) {
    return AgentRules(agent, now_s).run();
}

Finding judge_audit(AuditReport const& report, store::AuditMode mode) {
    return AuditRules(report, mode).run();
}

std::vector<Finding> judge(DoctorFacts const& facts, std::optional<store::AclRole> wanted) {
    std::vector<Finding> findings;
    if (facts.server_problem.empty()) {
        findings = {judge_version(facts.server),    judge_patch_level(facts.server), judge_persistence(facts.server),
                    judge_disk(facts.server),       judge_eviction(facts.server),    judge_memory(facts.server),
                    judge_replication(facts.server)};
    } else {
        findings.push_back({.check = "server",
                            .severity = Severity::unknown,
                            .found = "the server's state cannot be read: " + facts.server_problem,
                            .advice = "run it as a user that may use INFO"});
    }
    for (auto& finding : {judge_huge_pages(facts.machine), judge_overcommit(facts.machine), judge_latency(facts.tempo),
                          judge_slow_calls(facts.tempo), judge_clock(facts.tempo), judge_commands(facts.rights),
                          judge_scripts(facts.rights), judge_rights(facts.rights, wanted)}) {
        findings.push_back(finding);
    }
    for (auto const& agent : facts.agents) {
        for (auto& finding : judge_agent(agent, facts.tempo.now_s))
            findings.push_back(std::move(finding));
    }
    if (!facts.agents_problem.empty()) {
        findings.push_back({.check = "agents",
                            .severity = Severity::unknown,
                            .found = "the agents cannot be listed: " + facts.agents_problem,
                            .advice = "run it as a user with the rights of a viewer"});
    }
    if (facts.more_agents) {
        findings.push_back({.check = "agents",
                            .severity = Severity::unknown,
                            .found = "only the first " + std::to_string(kDoctorAgentsMax) + " agents were looked at",
                            .advice = "name others with --agent"});
    }
    return findings;
}

json json_of(std::vector<Finding> const& findings) {
    auto checks = json::array();
    std::array<std::int64_t, 4> counts{};
    for (auto const& finding : findings) {
        ++counts[static_cast<std::size_t>(finding.severity)];
        checks.push_back({{"check", finding.check},
                          {"subject", finding.subject.empty() ? json() : json(finding.subject)},
                          {"status", to_string(finding.severity)},
                          {"found", finding.found},
                          {"advice", finding.advice.empty() ? json() : json(finding.advice)}});
        if (!finding.tasks) continue;
        auto tasks = json::array();
        for (auto const& [task, found] : finding.tasks->first)
            tasks.push_back({{"task", task}, {"found", found}});
        checks.back()["tasks"] = std::move(tasks);
        checks.back()["more_tasks"] = finding.tasks->more;
    }
    json report{{"checks", std::move(checks)}};
    for (auto const severity : {Severity::ok, Severity::unknown, Severity::warn, Severity::fail})
        report[std::string(to_string(severity))] = counts[static_cast<std::size_t>(severity)];
    return report;
}

}  // namespace leat::inspect
