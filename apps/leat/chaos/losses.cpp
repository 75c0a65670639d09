#include "chaos/losses.hpp"

#include <algorithm>

namespace leat::cli::chaos {

bool tells_verdict(Entry const& event) noexcept {
    return event.status == "task_succeeded" || event.status == "task_retried" || event.status == "task_dead" ||
           event.status == "task_cancelled" || event.status == "task_released" || event.status == "task_stale" ||
           event.status == "task_restored" || event.status == "poisoned";
}

// A task of the front door is stored anew when a worker takes it in: with its first run at the latest.
std::int64_t Losses::stored_by(Request const& request) const noexcept {
    if (request.invoke->op != Op::front) return request.end();
    auto stored = kNever;
    for (auto const* const event : story_.events) {
        if (event->status == "adopted" && event->t >= request.invoke->t) stored = std::min(stored, event->t);
    }
    for (auto const& run : story_.runs) {
        if (run.begin->t >= request.invoke->t) stored = std::min(stored, run.begin->t);
    }
    return std::max(stored, request.reply != nullptr ? request.reply->t : stored);
}

// When its worker was told that the verdict of this run is recorded: a lease after its end at the latest, for then it
// is no longer the worker's.
std::int64_t Losses::told_by(Run const& run) const noexcept {
    for (auto const* const event : story_.events) {
        if (event->proc == run.begin->proc && event->attempt == run.begin->attempt && event->t >= run.stop &&
            tells_verdict(*event))
            return event->t;
    }
    return run.stop + book_.lease();
}

Window const* Losses::taker_of(Request const& request) const noexcept {
    return book_.taker(request.invoke->t, stored_by(request));
}

Window const* Losses::taker_of(Entry const& told) const noexcept {
    auto from = told.t - book_.lease() / 3;  // of a verdict without a run
    for (auto const& run : story_.runs) {
        if (run.begin->proc == told.proc && run.begin->attempt == told.attempt && run.stop <= told.t) from = run.stop;
    }
    return book_.taker(from, told.t);
}

Window const* Losses::taker_of(Run const& run) const noexcept {
    return run.end != nullptr ? book_.taker(run.end->t, told_by(run)) : nullptr;
}

bool Losses::destroyed_after(Request const& request) const noexcept {
    return std::ranges::any_of(story_.damages, [&](Entry const* damage) {
        return damage->status == "whole" && request.invoke->t <= damage->t;
    });
}

std::vector<Request const*> Losses::without_outcome() const {
    std::vector<Request const*> open;
    for (auto const& request : story_.dispatches) {
        if (request.phase() != Phase::ok) continue;
        bool const ended = std::ranges::any_of(story_.outcomes, [&](Entry const* outcome) {
            return is_terminal_status(outcome->status) && book_.era(outcome->t) >= book_.era(request.invoke->t);
        });
        if (!ended) open.push_back(&request);
    }
    return open;
}

bool Losses::lived_when_emptied(Window const& window) const noexcept {
    if (window.taken == kNever) return false;
    auto const era = book_.era(window.taken);
    return std::ranges::any_of(story_.dispatches, [&](Request const& request) {
        if (request.phase() == Phase::fail || request.invoke->t > window.taken) return false;
        auto const since = book_.era(request.invoke->t);
        return std::ranges::none_of(story_.outcomes, [&](Entry const* outcome) {
            auto const in = book_.era(outcome->t);
            return is_terminal_status(outcome->status) && since <= in && in <= era;
        });
    });
}

bool Losses::touched_by(Window const& window) const noexcept {
    if (window.excuse.emptied && lived_when_emptied(window)) return true;
    if (!window.excuse.losses) return false;
    auto const undone = [&](std::vector<Request> const& requests) {
        return std::ranges::any_of(requests, [&](Request const& request) {
            return request.phase() != Phase::fail && window.takes(request.invoke->t, stored_by(request));
        });
    };
    if (undone(story_.dispatches) || undone(story_.cancels)) return true;
    if (std::ranges::any_of(
            story_.runs, [&](Run const& run) { return run.end != nullptr && window.takes(run.end->t, told_by(run)); }))
        return true;
    return std::ranges::any_of(story_.events, [&](Entry const* event) {
        return tells_verdict(*event) && window.takes(event->t - book_.lease() / 3, event->t);
    });
}

std::vector<Window const*> Losses::faults() const {
    std::vector<Window const*> faults;
    for (auto const& window : book_.windows) {
        if (window.loses() && touched_by(window)) faults.push_back(&window);
    }
    return faults;
}

}  // namespace leat::cli::chaos
