// How a task was run: C6 to C8.
#include <algorithm>
#include <iterator>

#include "chaos/findings.hpp"
#include "chaos/losses.hpp"

namespace leat::cli::chaos {
namespace {

// The server rounds to whole milliseconds, and its clock is another one.
constexpr std::int64_t kTolerance = 5 * kMicrosPerMilli;

std::string in_milliseconds(std::int64_t micros) {
    return std::to_string(micros / kMicrosPerMilli) + " ms";
}

// The last moment that decided about an unaccepted run: the end of its process, the next run, or a lease after its own
// end. After it no fault can excuse it any more.
std::int64_t fate(Story const& story, std::size_t index, Book const& book) noexcept {
    auto const& run = story.runs[index];
    auto until = index + 1 < story.runs.size() ? story.runs[index + 1].begin->t : book.last;
    if (auto const owner = book.processes.find(run.begin->proc); owner != book.processes.end())
        until = std::min(until, owner->second.stop());
    if (run.end != nullptr) until = std::min(until, run.end->t + book.lease());
    return std::max(until, std::min(run.stop, book.last));
}

std::int64_t last_sign(Story const& story) noexcept {
    std::int64_t last = 0;
    for (auto const& run : story.runs)
        last = std::max({last, run.begin->t, run.end != nullptr ? run.end->t : 0});
    for (auto const* const event : story.events)
        last = std::max(last, event->t);
    return last;
}

class PolicyCheck {
  public:
    PolicyCheck(Story const& story, Findings& findings) : story_(story), findings_(findings), book_(findings.book()) {}

    void limits() {
        auto const max_retries = story_.max_retries();
        if (!max_retries) return;
        for (std::size_t life = 0; life <= book_.emptied.size(); ++life) {
            auto const retries = retries_of(life) + retries_put_back(life);
            if (retries > *max_retries)
                wrong("it was retried " + std::to_string(retries) + " times, the limit is " +
                          std::to_string(*max_retries),
                      story_.outcomes);
            auto const runs = std::ranges::count_if(
                story_.runs, [&](Run const& run) { return !run.released && book_.era(run.begin->t) == life; });
            // One for each fault that may have undone what was counted.
            auto const undone = std::ranges::count_if(
                book_.windows, [&](Window const& window) { return window.loses() && touches_a_run(window); });
            auto const most = *max_retries + 1 + book_.crash_limit() + undone;
            if (runs > most)
                wrong("it ran " + std::to_string(runs) + " times, the limit is " + std::to_string(most), begins());
        }
    }

    void due_times() {
        if (story_.runs.empty() || story_.dispatches.empty()) return;
        auto due = kNever;
        for (auto const& request : story_.dispatches) {
            if (request.phase() == Phase::fail) continue;
            due = std::min(due, request.invoke->t + request.invoke->value * kMicrosPerMilli);
        }
        auto const* const first = story_.runs.front().begin;
        if (due != kNever) not_before(due, first, "its due time", story_.dispatches.front().invoke);
        for (auto const& run : story_.runs) {
            if (run.outcome == nullptr || run.outcome->status != "retry" || run.end == nullptr) continue;
            auto const delay = retry_delay(run);
            for (auto const& later : story_.runs) {
                if (later.begin->t > run.end->t && later.begin->attempt > run.begin->attempt)
                    not_before(run.end->t + delay * kMicrosPerMilli, later.begin, "the end of its backoff", run.end);
            }
        }
    }

    void outcome() {
        auto const* const terminal = story_.terminal();
        if (terminal == nullptr) return;
        if (terminal->status == "expired") wrong("it expired, and nothing here expires", {terminal});
        if (terminal->status == "cancelled" && story_.cancels.empty())
            wrong("it is cancelled, and nobody asked for it", {terminal});
        if (terminal->status == "dead") dead(*terminal);
    }

  private:
    void wrong(std::string what, std::vector<Entry const*> lines) {
        findings_.violation("C7", story_, std::move(what), std::move(lines));
    }

    [[nodiscard]] std::vector<Entry const*> begins() const {
        std::vector<Entry const*> lines;
        for (auto const& run : story_.runs)
            lines.push_back(run.begin);
        return lines;
    }

    // How long the next attempt had to wait, ms: what the handler named, else what the worker told.
    [[nodiscard]] std::int64_t retry_delay(Run const& run) const {
        if (run.end->value > 0) return run.end->value;
        for (auto const* const event : story_.events) {
            // After its end: an attempt whose verdict a fault has lost is told of twice.
            if (event->status == "task_retried" && event->proc == run.begin->proc &&
                event->attempt == run.begin->attempt && event->t >= run.end->t)
                return event->value;
        }
        return 0;
    }

    // A clock that jumps between the setting of a time and its run moves that time.
    void not_before(std::int64_t due, Entry const* begin, std::string const& what, Entry const* cause) {
        if (begin->t + kTolerance >= due || book_.excuse(Excused::early_runs, cause->t, begin->t) != nullptr) return;
        wrong("it ran " + in_milliseconds(due - begin->t) + " before " + what, {cause, begin});
    }

    [[nodiscard]] std::int64_t retries_of(std::size_t life) const {
        return std::ranges::count_if(story_.outcomes, [&](Entry const* outcome) {
            return outcome->status == "retry" && book_.era(outcome->t) == life;
        });
    }

    // Retries of which the archive knows nothing: the message was gone when the verdict came, and a new one was put
    // back with the retry in it. (Where the run had lost its lease before, the attempt is run again instead.)
    [[nodiscard]] std::int64_t retries_put_back(std::size_t life) const {
        return std::ranges::count_if(story_.events, [&](Entry const* event) {
            if (event->status != "task_restored" || book_.era(event->t) != life) return false;
            auto const run = std::ranges::find_if(story_.runs, [&](Run const& one) {
                return one.begin->attempt == event->attempt && one.begin->proc == event->proc;
            });
            if (run == story_.runs.end() || run->outcome != nullptr || run->end == nullptr) return false;
            auto const next = std::next(run);
            return run->end->status == "retry" && next != story_.runs.end() && next->begin->attempt > event->attempt;
        });
    }

    [[nodiscard]] bool touches_a_run(Window const& window) const {
        return std::ranges::any_of(story_.runs, [&](Run const& run) {
            return window.touches(run.begin->t, std::min(run.stop, book_.last) + book_.lease());
        });
    }

    void dead(Entry const& terminal) {
        auto const life = book_.era(terminal.t);
        std::string reason;
        for (auto const* const letter : story_.letters) {
            if (book_.era(letter->t) == life) reason = letter->status;
        }
        if (reason == "poison") {
            auto const crashed = std::ranges::count_if(
                story_.runs, [](Run const& run) { return run.outcome == nullptr && !run.released; });
            bool const excused =
                !story_.dispatches.empty() && book_.excuse(Excused::duplicates, first(), last_sign(story_)) != nullptr;
            if (crashed == 0 && !excused) wrong("it is dead as poison, and no run of it was interrupted", {&terminal});
        } else if (reason == "failed") {
            auto const retries = retries_of(life) + retries_put_back(life);
            auto const all = std::ranges::count(story_.outcomes, "retry", &Entry::status);  // of one that was put back
            auto const max_retries = story_.max_retries();
            if (max_retries && retries != *max_retries && all != *max_retries)
                wrong(
                    "it is dead after " + std::to_string(retries) + " retries, it had " + std::to_string(*max_retries),
                    story_.outcomes);
        } else if (reason == "refused") {
            auto const found = std::ranges::find(story_.runs, &terminal, &Run::outcome);
            if (found != story_.runs.end() && found->end != nullptr && found->end->status != "dead")
                wrong("it is dead as refused, and its run said " + found->end->status, {found->end, &terminal});
        } else if (reason == "message_missing" || reason == "malformed") {
            if (story_.damages.empty()) wrong("it is dead as " + reason + ", and nobody touched its data", {&terminal});
        } else if (!reason.empty()) {
            wrong("it is dead for a reason that nothing here can be: " + reason, {&terminal});
        }
    }

    [[nodiscard]] std::int64_t first() const { return story_.dispatches.front().invoke->t; }

    Story const& story_;
    Findings& findings_;
    Book const& book_;
};

}  // namespace

void check_overlaps(Story const& story, Findings& findings) {
    for (std::size_t i = 0; i < story.runs.size(); ++i) {
        for (std::size_t j = i + 1; j < story.runs.size(); ++j) {
            auto const& earlier = story.runs[i];
            auto const& later = story.runs[j];
            if (later.begin->t >= earlier.stop) continue;
            // A worker that stood still may also begin, in that moment, what was taken from it meanwhile.
            auto const at = later.begin->t;
            if (findings.book().excuse(Excused::overlaps, at, at, earlier.begin->proc) ||
                findings.book().excuse(Excused::overlaps, at, at, later.begin->proc)) {
                ++findings.counts().overlaps_excused;
                continue;
            }
            ++findings.counts().overlaps_unexcused;
            findings.violation("C6", story, "two runs of it overlap, and no fault excuses that",
                               {earlier.begin, earlier.end, later.begin, later.end});
        }
    }
}

void check_policy(Story const& story, Findings& findings) {
    PolicyCheck check(story, findings);
    check.limits();
    check.due_times();
    check.outcome();
}

void check_repeats(Story const& story, Findings& findings) {
    auto const& book = findings.book();
    if (!book.at_rest()) return;
    for (std::size_t i = 0; i < story.runs.size(); ++i) {
        auto const& run = story.runs[i];
        if (run.outcome != nullptr || run.released) continue;
        ++findings.counts().duplicates;
        auto const* excuse = book.excuse(Excused::duplicates, run.begin->t, fate(story, i, book), run.begin->proc);
        if (excuse == nullptr) excuse = Losses(book, story).taker_of(run);
        if (excuse != nullptr) {
            ++findings.counts().repeats[excuse->begin->status];
            continue;
        }
        std::vector<Entry const*> lines{run.begin, run.end};
        lines.insert(lines.end(), story.outcomes.begin(), story.outcomes.end());
        lines.insert(lines.end(), story.events.begin(), story.events.end());
        if (i + 1 < story.runs.size()) lines.push_back(story.runs[i + 1].begin);
        findings.violation("C8", story, "the verdict of a run was not recorded, and no fault excuses that",
                           std::move(lines));
    }
}

}  // namespace leat::cli::chaos
