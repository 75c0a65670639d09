// What became of a task: C1 to C5 and C11.
#include <algorithm>
#include <set>

#include "chaos/findings.hpp"

namespace leat::cli::chaos {
namespace {

// The recorded state that an entry of the archive stands for.
std::string_view state_of(std::string_view archive_status) noexcept {
    return archive_status == "success" ? "succeeded" : archive_status;
}

bool is_terminal_state(std::string_view state) noexcept {
    return state == "succeeded" || state == "dead" || state == "cancelled" || state == "expired";
}

// Events of workers that say an outcome was recorded.
bool tells_outcome(Entry const& event) noexcept {
    return event.status == "task_succeeded" || event.status == "task_dead" || event.status == "task_cancelled";
}

// From the first sign of a task to the last: what a fault has to touch in order to excuse a loss.
std::int64_t first_sign(Story const& story) noexcept {
    return story.dispatches.empty() ? 0 : story.dispatches.front().invoke->t;
}

std::vector<Entry const*> receipts(Story const& story) {
    std::vector<Entry const*> lines;
    for (auto const& request : story.dispatches) {
        lines.push_back(request.invoke);
        lines.push_back(request.reply);
    }
    return lines;
}

std::vector<Entry const*> with(std::vector<Entry const*> lines, std::vector<Entry const*> const& more) {
    lines.insert(lines.end(), more.begin(), more.end());
    return lines;
}

// When the receipt was given that the task owes its existence to.
std::int64_t stored_at(Story const& story) noexcept {
    std::int64_t stored = 0;
    for (auto const& request : story.dispatches) {
        if (request.phase() != Phase::ok) continue;
        if (stored == 0 || request.reply->status != "duplicate") stored = request.reply->t;
    }
    return stored;
}

void check_loss(Story const& story, Findings& findings) {
    auto const& book = findings.book();
    if (!story.accepted() || story.terminal() != nullptr || !book.at_rest()) return;
    if (story.record != nullptr && story.record->status != "missing") return;  // still there: C3 and C9 look at it
    // Not in the archive, no record. A worker may have been told of the outcome before it was lost.
    auto const stored = stored_at(story);
    if (book.loss_excused(story, stored, stored)) {
        findings.declared_loss(story);
        return;
    }
    auto lines = receipts(story);
    for (auto const& run : story.runs)
        lines = with(std::move(lines), {run.begin, run.end});
    findings.violation("C1", story, "it was accepted, and there is no trace of it",
                       with(std::move(lines), story.events));
}

}  // namespace

void check_losses(Story const& story, Findings& findings) {
    check_loss(story, findings);
    if (!story.dispatches.empty()) return;
    std::vector<Entry const*> lines = story.outcomes;
    for (auto const& run : story.runs)
        lines.push_back(run.begin);
    for (auto const& request : story.cancels)
        lines.push_back(request.invoke);
    bool const real = !story.runs.empty() || !story.outcomes.empty() || !story.effects.empty() || story.record;
    if (real) findings.violation("C2", story, "nobody handed it in", std::move(lines));
}

void check_outcomes(Story const& story, Findings& findings) {
    auto const& book = findings.book();
    std::vector<Entry const*> terminals;
    std::ranges::copy_if(story.outcomes, std::back_inserter(terminals),
                         [](Entry const* outcome) { return is_terminal_status(outcome->status); });
    if (terminals.size() > 1) {
        findings.violation("C3", story, "the archive has " + std::to_string(terminals.size()) + " outcomes of it",
                           terminals);
    }
    std::vector<Entry const*> told;
    std::ranges::copy_if(story.events, std::back_inserter(told),
                         [](Entry const* event) { return tells_outcome(*event); });
    auto const excused = book.loss_excused(story, first_sign(story), book.last);
    if (told.size() > 1 && !excused)
        findings.violation("C3", story, "workers were told twice that they recorded its outcome", told);
    if (story.record != nullptr && !excused) {
        auto const& state = story.record->status;
        auto const* const terminal = story.terminal();
        if (terminal != nullptr && state != state_of(terminal->status))
            findings.violation("C3", story, "the record says " + state + ", the archive " + terminal->status,
                               with({story.record}, terminals));
        if (terminal == nullptr && is_terminal_state(state))
            findings.violation("C3", story, "the record says " + state + ", and the archive has no such entry",
                               with(receipts(story), {story.record}));
        if (state == "dead" && story.letters.empty())
            findings.violation("C3", story, "it is dead, and there is no dead letter", with(terminals, {story.record}));
    }
    std::vector<Entry const*> created;
    for (auto const& request : story.dispatches) {
        if (request.phase() == Phase::ok && request.reply->status == "created") created.push_back(request.reply);
    }
    if (created.size() > 1 && !book.loss_excused(story, created.front()->t, created.back()->t))
        findings.violation("C11", story, "the same id was created " + std::to_string(created.size()) + " times",
                           created);
}

void check_provenance(Story const& story, Findings& findings) {
    auto const wrong = [&](std::string what, std::vector<Entry const*> const& lines) {
        findings.violation("C4", story, std::move(what), lines);
    };
    for (auto const* const outcome : story.outcomes) {
        auto const found = std::ranges::find(story.runs, outcome, &Run::outcome);
        auto const* const run = found != story.runs.end() ? &*found : nullptr;
        if (run == nullptr) {
            if (outcome->status == "success" || !outcome->fence.empty())
                wrong("the archive has a verdict that no run returned", {outcome});
            continue;
        }
        if (run->begin->worker != outcome->worker || run->begin->attempt != outcome->attempt)
            wrong("the archive names another worker or attempt than the run's", {run->begin, run->end, outcome});
        if (outcome->status != "success") continue;
        if (run->end == nullptr || run->end->status != "success") {
            wrong("a success was recorded of a run that did not return one", {run->begin, run->end, outcome});
            continue;
        }
        auto const* const order = story.dispatches.empty() ? nullptr : story.dispatches.front().invoke;
        if (outcome->digest != run->end->digest || (order != nullptr && outcome->digest != order->digest))
            wrong("the recorded result is not the one of this task", {order, run->end, outcome});
        bool const acted = std::ranges::any_of(story.effects, [&](Entry const* effect) {
            return effect->fence == run->begin->fence && effect->digest == outcome->digest;
        });
        if (!acted) wrong("a success was recorded of a run that had no effect", {run->begin, run->end, outcome});
    }
}

void check_order(Story const& story, Findings& findings) {
    auto const& book = findings.book();
    Run const* before = nullptr;
    std::set<std::int64_t> attempts;
    for (auto const* const outcome : story.outcomes) {
        auto const found = std::ranges::find(story.runs, outcome, &Run::outcome);
        if (found == story.runs.end()) continue;
        if (before != nullptr && found->begin->t < before->begin->t) {
            findings.violation("C5", story, "a verdict was accepted after the one of a later run",
                               {found->begin, found->end, outcome, before->begin, before->end, before->outcome});
        }
        if (!attempts.insert(outcome->attempt).second) {
            findings.violation("C5", story,
                               "two verdicts of attempt " + std::to_string(outcome->attempt) + " were accepted",
                               story.outcomes);
        }
        before = &*found;
    }
    for (auto const* const event : story.events) {
        if (event->status != "task_stale") continue;
        bool const superseded = story.runs.size() > 1 || !story.cancels.empty() ||
                                std::ranges::any_of(story.events, [&](Entry const* other) {
                                    return other->status == "reclaimed" && other->proc != event->proc;
                                });
        if (!superseded && !book.excused(Excused::duplicates, first_sign(story), event->t)) {
            findings.violation("C5", story, "a verdict was refused, and nobody had taken the task over",
                               with({event}, story.outcomes));
        }
    }
}

}  // namespace leat::cli::chaos
