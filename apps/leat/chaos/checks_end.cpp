// What is left at the end (C9), and what is only counted.
#include <algorithm>
#include <cstdlib>
#include <map>

#include "chaos/findings.hpp"
#include "chaos/losses.hpp"

namespace leat::cli::chaos {
namespace {

// What an agent's totals and its archive say, to be compared.
struct Totals {
    std::map<std::string, std::int64_t, std::less<>> counters;
    std::map<std::string, std::int64_t, std::less<>> archive;
    std::vector<Entry const*> lines;
    // Tasks that faults destroyed, or that lived when Redis was emptied: they may have been counted in and not out,
    // and, put back by a worker, out and not in.
    std::int64_t uncertain = 0;
    [[nodiscard]] std::int64_t counter(std::string_view name) const {
        auto const found = counters.find(name);
        return found != counters.end() ? found->second : 0;
    }
    [[nodiscard]] std::int64_t archived(std::string_view status) const {
        auto const found = archive.find(status);
        return found != archive.end() ? found->second : 0;
    }
};

void check_totals(std::string const& agent, Totals const& totals, Findings& findings) {
    auto const differ = [&](std::string const& what, std::int64_t one, std::int64_t other, std::int64_t by = 0) {
        if (std::abs(one - other) <= by) return;
        findings.violation("C9",
                           "the totals of agent " + agent + " do not add up: " + what + ", " + std::to_string(one) +
                               " and " + std::to_string(other) +
                               (by > 0 ? ", which may differ by " + std::to_string(by) : std::string{}),
                           totals.lines);
    };
    auto const ended =
        totals.counter("succeeded") + totals.counter("dead") + totals.counter("cancelled") + totals.counter("expired");
    differ("dispatched and ended", totals.counter("dispatched"), ended, totals.uncertain);
    differ("succeeded by the counter and in the archive", totals.counter("succeeded"), totals.archived("success"));
    differ("retried by the counter and in the archive", totals.counter("retried"), totals.archived("retry"));
    differ("dead by the counter and in the archive", totals.counter("dead"), totals.archived("dead"));
    differ("cancelled by the counter and in the archive", totals.counter("cancelled"), totals.archived("cancelled"));
}

// A worker that stops in order leaves no consumer, and nobody else's is there. Killed ones leave theirs for an hour.
void check_consumer(Entry const& consumer, Findings& findings) {
    auto const& book = findings.book();
    auto const wrong = [&](std::string const& what) {
        findings.violation("C9", "the consumer " + consumer.worker + " of agent " + consumer.agent + " " + what,
                           {&consumer});
    };
    if (consumer.value != 0) wrong("holds " + std::to_string(consumer.value) + " deliveries at the end");
    auto const owner = std::ranges::find_if(
        book.processes, [&](auto const& named) { return named.second.consumer == consumer.worker; });
    if (owner == book.processes.end()) {
        wrong("is nobody's");
        return;
    }
    auto const& process = owner->second;
    if (!process.in_order() || book.taker(process.asked, process.ended) != nullptr) return;
    if (book.excuse(Excused::duplicates, process.asked, process.ended) == nullptr)
        wrong("is left, although its worker stopped in order");
}

// Why a run came again after `run`, which was not recorded.
std::string cause_of(Book const& book, Story const& story, Run const& run) {
    auto const owner = book.processes.find(run.begin->proc);
    if (run.released) return "drain";
    bool const stale = std::ranges::any_of(story.events, [&](Entry const* event) {
        return event->proc == run.begin->proc && (event->status == "task_stale" || event->status == "lease_lost");
    });
    if (stale) return "lease";
    if (owner != book.processes.end() && owner->second.stop() != kNever) return "crash";
    return "unknown";
}

void count_story(Story const& story, Findings& findings) {
    auto const& book = findings.book();
    auto& counts = findings.counts();
    if (!story.dispatches.empty()) {
        ++counts.dispatched;
        auto const faults = Losses(book, story).faults();
        for (auto const* const fault : faults)
            ++counts.excused[fault->begin->status];
        if (faults.empty() && !story.damages.empty()) ++counts.excused[story.damages.front()->detail];
        if (faults.empty() && story.damages.empty()) ++counts.fully_checked;
    }
    for (auto const* const list : {&story.dispatches, &story.cancels}) {
        counts.unknown_receipts +=
            std::ranges::count_if(*list, [](Request const& request) { return request.phase() == Phase::info; });
    }
    counts.repeated_ids += std::ranges::count_if(story.dispatches, [](Request const& request) {
        return request.phase() == Phase::ok && request.reply->status == "duplicate";
    });
    if (auto const* const terminal = story.terminal())
        ++counts.outcomes[terminal->status == "success" ? "succeeded" : terminal->status];
    counts.runs += static_cast<std::int64_t>(story.runs.size());
    for (auto const* const event : story.events) {
        if (event->status == "task_stale") ++counts.stale;
        if (event->status == "lease_lost") ++counts.lost_renewals;
    }
    for (std::size_t i = 0; i + 1 < story.runs.size(); ++i) {
        auto const& run = story.runs[i];
        if (run.outcome != nullptr) continue;
        auto const cause = cause_of(book, story, run);
        ++counts.redelivered[cause];
        auto const gap = (story.runs[i + 1].begin->t - run.stop) / kMicrosPerMilli;
        if (cause == "crash") counts.longest_gap_ms = std::max(counts.longest_gap_ms, gap);
    }
}

}  // namespace

void check_quiescence(Findings& findings) {
    auto const& book = findings.book();
    if (!book.at_rest()) return;
    if (book.end->status == "timeout")
        findings.violation("C9", "the tasks did not come to an end in time: " + book.end->detail, {book.end});
    for (auto const* const depth : book.depths) {
        if (depth->value != 0)
            findings.violation("C9",
                               std::to_string(depth->value) + " " + depth->status + " left at the end of " +
                                   (depth->agent.empty() ? "the run" : "agent " + depth->agent),
                               {depth});
    }
    for (auto const* const consumer : book.consumers)
        check_consumer(*consumer, findings);
    std::map<std::string, Totals> totals;
    for (auto const* const counter : book.counters) {
        // Those from before Redis was emptied, and those of its new life.
        totals[counter->agent].counters[counter->status] += counter->value;
        totals[counter->agent].lines.push_back(counter);
    }
    for (auto const& [name, story] : book.stories) {
        for (auto const* const outcome : story.outcomes)
            ++totals[story.agent].archive[outcome->status];
        Losses const losses(book, story);
        bool const lived = std::ranges::any_of(book.windows, [&](Window const& window) {
            return window.excuse.emptied && losses.lived_when_emptied(window);
        });
        if (lived || !story.damages.empty()) ++totals[story.agent].uncertain;
        auto const state = story.record != nullptr ? story.record->status : std::string{};
        if (state == "ready" || state == "scheduled" || state == "running")
            findings.violation("C9", story, "it is still " + state + " at the end", {story.record});
    }
    if (book.counters.empty()) return;
    for (auto const& [agent, one] : totals)
        check_totals(agent, one, findings);
}

void count_all(Findings& findings) {
    auto const& book = findings.book();
    for (auto const& [name, story] : book.stories)
        count_story(story, findings);
    for (auto const& window : book.windows)
        ++findings.counts().faults[window.begin->status];
    for (auto const* const skipped : book.skipped)
        ++findings.counts().skipped[skipped->status + ": " + skipped->detail];
}

}  // namespace leat::cli::chaos
