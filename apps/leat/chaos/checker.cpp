#include "chaos/checker.hpp"

#include <algorithm>
#include <utility>

#include "chaos/findings.hpp"

namespace leat::cli::chaos {
namespace {

// Why the history proves nothing although nothing in it is wrong; empty where it does.
std::string unproven(Book const& book) {
    if (book.plan == nullptr) return "the history has no plan";
    if (book.end == nullptr) return "the history has no end";
    if (book.end->status == "stopped") return "the run was stopped before its end";
    if (book.end->status == "failed") return "the run failed: " + book.end->detail;
    if (book.stories.empty()) return "nobody handed in a task";
    return {};
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::valid:
            return "VALID";
        case Verdict::invalid:
            return "INVALID";
        case Verdict::unknown:
            return "UNKNOWN";
    }
    return "UNKNOWN";
}

void Findings::violation(std::string_view check, Story const& story, std::string what,
                         std::vector<Entry const*> lines) {
    keep(
        {.check = std::string(check), .agent = story.agent, .task = story.task, .what = std::move(what), .excerpt = {}},
        std::move(lines));
}

void Findings::violation(std::string_view check, std::string what, std::vector<Entry const*> lines) {
    keep({.check = std::string(check), .agent = {}, .task = {}, .what = std::move(what), .excerpt = {}},
         std::move(lines));
}

void Findings::keep(Violation violation, std::vector<Entry const*> lines) {
    if (++report_.violation_count[violation.check] > static_cast<std::int64_t>(kKeptPerCheck)) return;
    std::erase(lines, nullptr);
    std::ranges::stable_sort(lines, {}, [](Entry const* line) { return line->t; });
    auto const repeated = std::ranges::unique(lines);
    lines.erase(repeated.begin(), repeated.end());
    if (lines.size() > kExcerptMax) lines.resize(kExcerptMax);
    for (auto const* const line : lines)
        violation.excerpt.push_back(*line);
    report_.violations.push_back(std::move(violation));
}

void Findings::declared_loss(Story const& story, std::string_view fault) {
    report_.declared_losses.push_back(story.agent + "/" + story.task + " (" + std::string(fault) + ")");
    ++report_.counts.losses[std::string(fault)];
}

Report Checker::finish() {
    Report report;
    auto const book = make_book(std::exchange(entries_, {}));
    Findings findings(book, report);
    for (auto const& [name, story] : book.stories) {
        check_losses(story, findings);
        check_outcomes(story, findings);
        check_provenance(story, findings);
        check_order(story, findings);
        check_overlaps(story, findings);
        check_policy(story, findings);
        check_repeats(story, findings);
        check_register(story, findings);
    }
    check_quiescence(findings);
    check_rows(findings);
    count_all(findings);
    report.reason = unproven(book);
    if (!report.violation_count.empty()) {
        report.verdict = Verdict::invalid;
    } else {
        report.verdict = report.reason.empty() ? Verdict::valid : Verdict::unknown;
    }
    return report;
}

}  // namespace leat::cli::chaos
