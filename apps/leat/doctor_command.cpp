// leat doctor: is this server fit for Leat, and is all well with its agents?
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>

#include "core/escape.hpp"
#include "inspect/doctor.hpp"
#include "session.hpp"

namespace leat::cli {
namespace {

using inspect::Finding;
using inspect::Severity;

// Tasks that are printed for each audit; --json has more.
constexpr std::size_t kTasksShown = 20;

struct DoctorArguments {
    std::string agent;
    std::string role;
    bool audit = false;
    bool repair = false;
};

std::vector<std::string> role_names() {
    std::vector<std::string> names;
    for (auto const role : store::kAclRoleList)
        names.emplace_back(to_string(role));
    return names;
}

void print_tasks(Output& out, inspect::FoundTasks const& tasks) {
    auto more = tasks.more;
    for (std::size_t i = 0; i < tasks.first.size(); ++i) {
        if (i < kTasksShown)
            out.line(core::printable("         " + tasks.first[i].found + ": " + tasks.first[i].task));
        else
            ++more;
    }
    if (more > 0) out.line("         and " + std::to_string(more) + " more (--json lists up to 1,000)");
}

void print_text(Output& out, std::vector<Finding> const& findings) {
    std::array<int, 4> counts{};
    for (auto const& finding : findings) {
        ++counts[static_cast<std::size_t>(finding.severity)];
        std::string line(to_string(finding.severity));
        line.resize(9, ' ');
        line += finding.check;
        if (!finding.subject.empty()) line += " of " + finding.subject;
        out.line(core::printable(line + ": " + finding.found));
        if (!finding.advice.empty()) out.line(core::printable("         -> " + finding.advice));
        if (finding.tasks) print_tasks(out, *finding.tasks);
    }
    std::string sum;
    for (auto const severity : {Severity::ok, Severity::unknown, Severity::warn, Severity::fail}) {
        sum += (sum.empty() ? "" : ", ") + std::to_string(counts[static_cast<std::size_t>(severity)]) + " " +
               std::string(to_string(severity));
    }
    out.line(sum + ".");
}

ExitCode doctor(Session& session, DoctorArguments const& arguments) {
    auto const inspector = session.inspector();
    if (!inspector) return session.fail(inspector.error());
    auto const facts = session.await((*inspector)->examine(arguments.agent));
    if (!facts) return session.fail(facts.error());
    auto findings = inspect::judge(*facts, store::acl_role_from_string(arguments.role));
    if (arguments.audit || arguments.repair) {
        auto const mode = arguments.repair ? store::AuditMode::repair : store::AuditMode::look;
        for (auto const& agent : facts->agents) {
            auto const report = session.await((*inspector)->audit(agent.info.agent, mode));
            findings.push_back(report ? inspect::judge_audit(*report, mode)
                                      : Finding{.check = "audit",
                                                .subject = agent.info.agent,
                                                .severity = Severity::unknown,
                                                .found = "could not be done: " + report.error().detail});
        }
    }
    if (session.out.json_mode) {
        session.out.print(inspect::json_of(findings));
    } else {
        print_text(session.out, findings);
    }
    bool const failed =
        std::ranges::any_of(findings, [](Finding const& finding) { return finding.severity == Severity::fail; });
    return failed ? ExitCode::alert : ExitCode::ok;
}

}  // namespace

void add_doctor_command(CLI::App& app, Session& session) {
    auto* const command = app.add_subcommand("doctor", "Check the server, this user's rights and the agents' data.");
    auto const arguments = std::make_shared<DoctorArguments>();
    command->add_option("agent", arguments->agent, "Only this agent. Default: all.");
    command->add_option("--role", arguments->role, "Fail unless this user has the rights of this role.")
        ->check(CLI::IsMember(role_names()));
    command->add_flag("--audit", arguments->audit,
                      "Also compare every record, message and due time; O(tasks), gentle on a live system.");
    command->add_flag("--repair", arguments->repair, "Like --audit, and repair what disagrees.");
    command->footer("Examples:\n  leat doctor\n  leat doctor --role worker --json\n  leat doctor sentiment --repair\n");
    session.on(command, [&session, arguments] { return doctor(session, *arguments); });
}

}  // namespace leat::cli
