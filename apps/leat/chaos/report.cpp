#include "chaos/report.hpp"

#include <array>
#include <string>
#include <utility>

#include "core/escape.hpp"
#include "text.hpp"

namespace leat::cli::chaos {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kChecks{
    {{"C1", "nothing accepted is lost"},
     {"C2", "nothing runs or ends that nobody handed in"},
     {"C3", "one recorded outcome per task"},
     {"C4", "a result comes from a run that returned it"},
     {"C5", "verdicts are accepted in the order of runs"},
     {"C6", "runs overlap only where a fault excuses it"},
     {"C7", "attempts, crashes, delays and due times within the policy"},
     {"C8", "a run is repeated only because of a fault"},
     {"C9", "at the end nothing is left over, the totals add up"},
     {"C10", "what clients were told fits one order of events"},
     {"C11", "one id creates one task"},
     {"R1", "work of a killed worker goes on within a lease and a sweep"},
     {"R4", "a worker that is told to stop drains within its grace"},
     {"R5", "no process ends by itself"},
     {"R9", "a reset of the data is told, and nothing storms"},
     {"R16", "damaged data are told"},
     {"R18", "a worker that is cut off ends its runs before others record theirs"}}};

constexpr std::size_t kLossesShown = 20;

std::string listing(std::map<std::string, std::int64_t> const& counts) {
    std::string text;
    for (auto const& [name, count] : counts)
        text += (text.empty() ? "" : ", ") + grouped(count) + " " + name;
    return text.empty() ? "none" : text;
}

void print_counts(Output& out, Counts const& counts) {
    auto const field = [&out](std::string_view name, std::string const& value) { out.field(name, value); };
    field("handed in", grouped(counts.dispatched) + " tasks, " + grouped(counts.repeated_ids) +
                           " of their ids more than once, " + grouped(counts.unknown_receipts) + " calls unanswered");
    field("outcomes", listing(counts.outcomes));
    field("runs", grouped(counts.runs) + ", " + grouped(counts.duplicates) + " of them without a recorded verdict");
    field("redelivered", listing(counts.redelivered));
    field("late verdicts", grouped(counts.stale) + " refused, " + grouped(counts.lost_renewals) + " leases lost");
    field("overlaps", grouped(counts.overlaps_excused) + " excused by faults, " + grouped(counts.overlaps_unexcused) +
                          " not excused");
    field("checked", grouped(counts.fully_checked) +
                         " tasks in full; of the others faults may have undone something: " + listing(counts.excused));
    field("lost", listing(counts.losses) + ", as faults had declared");
    field("repeated", listing(counts.repeats) + ", by the fault that excuses it");
    field("longest gap", grouped(counts.longest_gap_ms) + " ms from a worker's death to the next run");
    field("faults", listing(counts.faults));
    if (!counts.skipped.empty()) field("SKIPPED", listing(counts.skipped));
}

void print_checks(Output& out, Report const& report) {
    Table table({{"check", Align::left}, {"", Align::left}, {"what it says", Align::left, 80}});
    for (auto const& [check, sentence] : kChecks) {
        auto const found = report.violation_count.find(std::string(check));
        auto const result = found != report.violation_count.end() ? grouped(found->second) + " violations" : "holds";
        table.add({std::string(check), result, std::string(sentence)});
    }
    out.print_table(table);
}

void print_violation(Output& out, Violation const& violation) {
    out.line("");
    out.line(violation.check + " " +
             (violation.task.empty() ? "" : core::printable(violation.agent + "/" + violation.task) + ": ") +
             core::printable(violation.what));
    for (auto const& entry : violation.excerpt)
        out.line("    " + core::printable(encode(entry)));
}

}  // namespace

void print_report(Output& out, Report const& report) {
    print_counts(out, report.counts);
    out.line("");
    print_checks(out, report);
    for (auto const& violation : report.violations)
        print_violation(out, violation);
    if (!report.declared_losses.empty()) {
        out.line("");
        out.line("lost, and declared by a fault: " + grouped(static_cast<std::int64_t>(report.declared_losses.size())));
        for (std::size_t i = 0; i < std::min(report.declared_losses.size(), kLossesShown); ++i)
            out.line("    " + core::printable(report.declared_losses[i]));
    }
    std::int64_t skipped = 0;
    for (auto const& [what, count] : report.counts.skipped)
        skipped += count;
    out.line("");
    out.line(std::string(to_string(report.verdict)) +
             (report.verdict == Verdict::unknown ? ": " + core::printable(report.reason) : "") +
             (skipped > 0 ? " (" + grouped(skipped) + " SKIPPED, see above)" : ""));
}

json json_of(Report const& report) {
    auto const& counts = report.counts;
    json value{{"verdict", to_string(report.verdict)},
               {"violations", report.violation_count},
               {"declared_losses", report.declared_losses},
               {"counts",
                {{"handed_in", counts.dispatched},
                 {"repeated_ids", counts.repeated_ids},
                 {"unknown_receipts", counts.unknown_receipts},
                 {"outcomes", counts.outcomes},
                 {"runs", counts.runs},
                 {"redelivered", counts.redelivered},
                 {"duplicates", counts.duplicates},
                 {"stale", counts.stale},
                 {"lost_renewals", counts.lost_renewals},
                 {"overlaps_excused", counts.overlaps_excused},
                 {"overlaps_unexcused", counts.overlaps_unexcused},
                 {"longest_gap_ms", counts.longest_gap_ms},
                 {"fully_checked", counts.fully_checked},
                 {"excused", counts.excused},
                 {"losses", counts.losses},
                 {"repeats", counts.repeats},
                 {"linearized", counts.linearized},
                 {"unchecked", counts.unchecked}}},
               {"faults", counts.faults},
               {"skipped", counts.skipped}};
    if (!report.reason.empty()) value["reason"] = report.reason;
    value["examples"] = json::array();
    for (auto const& violation : report.violations) {
        json lines = json::array();
        for (auto const& entry : violation.excerpt)
            lines.push_back(json::parse(encode(entry)));
        value["examples"].push_back({{"check", violation.check},
                                     {"agent", violation.agent},
                                     {"task", violation.task},
                                     {"what", violation.what},
                                     {"lines", std::move(lines)}});
    }
    return value;
}

}  // namespace leat::cli::chaos
