// What became of a task: C1 to C5 and C11.
#include <algorithm>
#include <cstdint>
#include <map>
#include <ranges>
#include <set>

#include "chaos/findings.hpp"
#include "chaos/losses.hpp"

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

// The fault that excuses the loss; nullptr where there is a receipt that none of them can have taken.
std::string_view excuse_of(Story const& story, std::vector<Request const*> const& lost, Book const& book) {
    Losses const losses(book, story);
    std::string_view fault;
    for (auto const* const receipt : lost) {
        if (auto const* const taker = losses.taker_of(*receipt)) {
            fault = taker->begin->status;
        } else if (losses.destroyed_after(*receipt)) {
            fault = story.damages.front()->detail;
        } else {
            return {};
        }
    }
    return fault;
}

void check_loss(Story const& story, Findings& findings) {
    auto const& book = findings.book();
    if (!book.at_rest()) return;
    auto const lost = Losses(book, story).without_outcome();
    if (lost.empty()) return;
    // Still there: C3 and C9 look at it. One that cannot be read is nowhere.
    auto const state = story.record != nullptr ? story.record->status : std::string("missing");
    if (state != "missing" && state != "unreadable") return;
    // Not in the archive, no record. A worker may have been told of the outcome before it was lost.
    if (auto const fault = excuse_of(story, lost, book); !fault.empty()) {
        findings.declared_loss(story, fault);
        return;
    }
    auto lines = receipts(story);
    for (auto const& run : story.runs)
        lines = with(std::move(lines), {run.begin, run.end});
    findings.violation("C1", story, "it was accepted, and there is no trace of it",
                       with(std::move(lines), story.events));
}

// That there is one of everything.
class OutcomeCheck {
  public:
    OutcomeCheck(Story const& story, Findings& findings)
        : story_(story), findings_(findings), book_(findings.book()), losses_(book_, story) {}

    // Of a life of the task: Redis may have been emptied, and the task handed in again.
    void once(std::size_t life) {
        auto const terminals = terminals_of(life);
        if (terminals.size() > 1 && !story_.damaged("record"))
            wrong("C3", "the archive has " + std::to_string(terminals.size()) + " outcomes of it", terminals);
        std::vector<Entry const*> told;
        std::ranges::copy_if(story_.events, std::back_inserter(told), [&](Entry const* event) {
            return tells_outcome(*event) && book_.era(event->t) == life && losses_.taker_of(*event) == nullptr;
        });
        if (told.size() > 1 && !story_.damaged("record"))
            wrong("C3", "workers were told twice that they recorded its outcome", told);
    }

    // At the end; whatever was undone before was undone in all of them.
    void record() {
        if (story_.record == nullptr) return;
        auto const life = book_.emptied.size();
        auto const& state = story_.record->status;
        auto const terminals = terminals_of(life);
        if (!terminals.empty() && state != state_of(terminals.front()->status))
            wrong("C3", "the record says " + state + ", the archive " + terminals.front()->status,
                  with({story_.record}, terminals));
        if (terminals.empty() && is_terminal_state(state))
            wrong("C3", "the record says " + state + ", and the archive has no such entry",
                  with(receipts(story_), {story_.record}));
        bool const letter =
            std::ranges::any_of(story_.letters, [&](Entry const* one) { return book_.era(one->t) == life; });
        if (state == "dead" && !letter)
            wrong("C3", "it is dead, and there is no dead letter", with(terminals, {story_.record}));
    }

    // One id makes one task, unless the first was undone before the second.
    void creations() {
        std::vector<Entry const*> created;
        std::vector<Entry const*> stay;
        std::set<std::size_t> lives;
        for (auto const& request : story_.dispatches) {
            if (request.phase() != Phase::ok || request.reply->status != "created") continue;
            created.push_back(request.reply);
            auto const* const taker = losses_.taker_of(request);
            if (taker != nullptr && !taker->excuse.emptied) continue;
            if (!lives.insert(book_.era(request.reply->t)).second) stay.push_back(request.reply);
        }
        if (!stay.empty() && !story_.damaged("record") && !story_.damaged("whole"))
            wrong("C11", "the same id was created " + std::to_string(created.size()) + " times", created);
    }

  private:
    void wrong(std::string_view check, std::string what, std::vector<Entry const*> lines) {
        findings_.violation(check, story_, std::move(what), std::move(lines));
    }
    [[nodiscard]] std::vector<Entry const*> terminals_of(std::size_t life) const {
        std::vector<Entry const*> terminals;
        std::ranges::copy_if(story_.outcomes, std::back_inserter(terminals), [&](Entry const* outcome) {
            return is_terminal_status(outcome->status) && book_.era(outcome->t) == life;
        });
        return terminals;
    }

    Story const& story_;
    Findings& findings_;
    Book const& book_;
    Losses losses_;
};

// Whether somebody else had the task, or it had been taken from this worker by a cancel or its own distrust.
bool superseded(Story const& story, Entry const& event) {
    if (story.runs.size() > 1 || !story.cancels.empty()) return true;
    return std::ranges::any_of(story.events, [&](Entry const* other) {
        return (other->proc != event.proc &&
                (other->status == "reclaimed" || other->status == "delivery_found" || other->status == "poisoned")) ||
               (other->proc == event.proc && other->status == "lease_lost" && other != &event &&
                event.status == "task_stale");
    });
}

// How often, until then, the id was handed in after somebody had deleted its record: each makes a second task beside
// the first, and both run.
std::int64_t rebirths(Story const& story, std::int64_t until) {
    return std::ranges::count_if(story.dispatches | std::views::drop(1), [&](Request const& request) {
        bool const may_be_new = request.reply == nullptr || request.reply->status == "created";
        return may_be_new && request.invoke->t <= until && std::ranges::any_of(story.damages, [&](Entry const* damage) {
                   return damage->status == "record" && damage->t < request.end();
               });
    });
}

// Since when this worker may have had the task.
std::int64_t since(Story const& story, Entry const& event, Book const& book) {
    auto from = event.t - book.lease();
    for (auto const& run : story.runs) {
        if (run.begin->proc == event.proc && run.begin->t <= event.t) from = std::min(from, run.begin->t);
    }
    return from;
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
    OutcomeCheck check(story, findings);
    for (std::size_t life = 0; life <= findings.book().emptied.size(); ++life)
        check.once(life);
    check.record();
    check.creations();
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
    std::map<std::int64_t, std::int64_t> accepted;  // verdicts by attempt
    std::int64_t begun = 0;                         // the last run of them
    std::size_t life = 0;
    for (auto const* const outcome : story.outcomes) {
        auto const found = std::ranges::find(story.runs, outcome, &Run::outcome);
        if (found == story.runs.end()) continue;
        begun = std::max(begun, found->begin->t);
        if (auto const now = book.era(outcome->t); now != life) {
            life = now;
            before = nullptr;
            accepted.clear();
        }
        auto const again = rebirths(story, found->begin->t);
        if (before != nullptr && found->begin->t < before->begin->t && again == rebirths(story, before->begin->t)) {
            findings.violation("C5", story, "a verdict was accepted after the one of a later run",
                               {found->begin, found->end, outcome, before->begin, before->end, before->outcome});
        }
        if (++accepted[outcome->attempt] > 1 + rebirths(story, begun)) {
            findings.violation("C5", story,
                               "two verdicts of attempt " + std::to_string(outcome->attempt) + " were accepted",
                               story.outcomes);
        }
        before = &*found;
    }
    for (auto const* const event : story.events) {
        bool const refused = event->status == "task_stale";
        bool const lost = event->status == "lease_lost" && event->detail.starts_with("another worker");
        if ((!refused && !lost) || superseded(story, *event)) continue;
        if (book.excuse(Excused::changes, since(story, *event, book), event->t) != nullptr || !story.damages.empty())
            continue;
        findings.violation("C5", story,
                           refused ? "a verdict was refused, and nobody had taken the task over"
                                   : "a worker was told that it had lost a task, and nobody had taken it over",
                           with({event}, story.outcomes));
    }
}

}  // namespace leat::cli::chaos
