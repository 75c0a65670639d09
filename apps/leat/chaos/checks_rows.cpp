// What the rows of the fault matrix expect beyond the checks that hold everywhere.
#include <algorithm>
#include <map>
#include <tuple>

#include "chaos/findings.hpp"
#include "chaos/losses.hpp"

namespace leat::cli::chaos {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kInterrupt = 5 * kSecond;  // after its grace a draining worker interrupts what still runs
constexpr std::int64_t kBeat = 5 * kSecond;  // between two heartbeats of a worker, with which it looks at the epoch
constexpr std::int64_t kErrorsLookedAt = 10 * kSecond;
constexpr std::size_t kErrorsMax = 25;  // in that time: pauses double up to 2 s

std::string seconds(std::int64_t micros) {
    return std::to_string(micros / kSecond) + "." + std::to_string(micros % kSecond / 100'000) + " s";
}

class Rows {
  public:
    explicit Rows(Findings& findings) : findings_(findings), book_(findings.book()) {}

    void check() {
        for (auto const& [name, process] : book_.processes) {
            drained_in_time(process);
            ended_for_a_reason(process);
        }
        no_storm_of_errors();
        for (auto const& window : book_.windows) {
            if (window.begin->status == "worker-kill") redelivered_in_time(window);
            if (window.excuse.emptied) reset_is_told(window);
            if (window.begin->status == "partition") fenced_itself(window);
        }
        for (auto const& [name, story] : book_.stories)
            damage_is_told(story);
    }

  private:
    void wrong(std::string_view check, Story const& story, std::string what, std::vector<Entry const*> lines) {
        findings_.violation(check, story, std::move(what), std::move(lines));
    }

    // Whether another fault than this one goes on or has its effects; of those that hit processes, on this one.
    [[nodiscard]] bool disturbed(Window const* own, std::int64_t from, std::int64_t to,
                                 std::string_view process = {}) const {
        return std::ranges::any_of(book_.windows, [&](Window const& window) {
            bool const harmless = !window.excuse.duplicates && !window.excuse.overlaps && !window.loses();
            bool const elsewhere = !process.empty() && !window.excuse.hits(process);
            return &window != own && !harmless && !elsewhere && window.touches(from, to);
        });
    }

    // Row 1: what a killed worker held goes on within a lease and a sweep. One lease more for a machine that is busy.
    void redelivered_in_time(Window const& window) {
        auto const limit = 5 * book_.lease() / 2;
        for (auto const& [name, story] : book_.stories) {
            for (auto const& run : story.runs) {
                auto const owner = book_.processes.find(run.begin->proc);
                if (owner == book_.processes.end() || !window.excuse.hits(run.begin->proc)) continue;
                auto const killed = owner->second.killed;
                bool const held = run.end == nullptr && run.outcome == nullptr && run.begin->t <= killed;
                if (!held || !story.cancels.empty() || !window.touches(killed, killed)) continue;
                if (disturbed(&window, killed - book_.lease(), killed + limit)) continue;
                auto const next = next_sign(story, run, killed);
                if (next != kNever && next > killed + limit)
                    wrong("R1", story,
                          "its worker was killed, and it went on only " + seconds(next - killed) + " later",
                          {run.begin, window.begin, first_after(story, killed)});
            }
        }
    }

    [[nodiscard]] static std::int64_t next_sign(Story const& story, Run const& run, std::int64_t killed) {
        auto next = kNever;
        for (auto const& other : story.runs) {
            if (&other != &run && other.begin->t > killed) next = std::min(next, other.begin->t);
        }
        for (auto const* const event : story.events) {
            if (event->proc != run.begin->proc && event->t > killed) next = std::min(next, event->t);
        }
        return next;
    }
    [[nodiscard]] static Entry const* first_after(Story const& story, std::int64_t t) {
        auto const found = std::ranges::find_if(story.runs, [t](Run const& run) { return run.begin->t > t; });
        return found != story.runs.end() ? found->begin : nullptr;
    }

    // Row 4, and the end of every run.
    void drained_in_time(Process const& process) {
        if (process.asked == kNever || process.served == kNever || book_.plan == nullptr || book_.plan->attempt == 0)
            return;
        auto const limit = book_.plan->attempt * 1'000 + kInterrupt + book_.lease();
        auto const ended = std::min(process.stop(), book_.last);
        if (ended - process.asked <= limit || disturbed(nullptr, process.asked, ended, process.name)) return;
        findings_.violation("R4",
                            process.name + " was told to drain and needed " + seconds(ended - process.asked) +
                                ", longer than its grace",
                            {process.end != nullptr ? process.end : book_.end});
    }

    // Row 5: whatever handlers, the network and Redis do, no process of ours ends by itself.
    void ended_for_a_reason(Process const& process) {
        if (process.end == nullptr || process.in_order() || process.killed != kNever) return;
        findings_.violation("R5", process.name + " ended by itself: " + process.end->status, {process.end});
    }

    // Row 9: every worker that beat before and after says so.
    void reset_is_told(Window const& window) {
        if (window.end == kNever) return;
        auto const until = window.end + 3 * kBeat;
        for (auto const& [name, process] : book_.processes) {
            bool const saw =
                process.served < window.from() - 2 * kBeat && std::min(process.stop(), process.asked) > until;
            if (!saw || disturbed(&window, window.until, until, process.name) || book_.last < until) continue;
            bool const told = std::ranges::any_of(book_.events, [&](Entry const* event) {
                return event->proc == process.name && event->status == "data_reset" && event->t >= window.from() &&
                       event->t <= until;
            });
            if (!told)
                findings_.violation("R9", process.name + " did not say that Redis had lost its data", {window.begin});
        }
    }

    // Row 9 too: what goes on failing is tried again ever more rarely.
    void no_storm_of_errors() {
        std::map<std::tuple<std::string, std::string, std::string>, std::vector<Entry const*>> causes;
        for (auto const* const event : book_.events) {
            if (event->status == "service_error") causes[{event->proc, event->agent, event->task}].push_back(event);
        }
        for (auto const& [cause, errors] : causes) {
            for (std::size_t i = kErrorsMax; i < errors.size(); ++i) {
                auto const* const first = errors[i - kErrorsMax];
                if (errors[i]->t - first->t >= kErrorsLookedAt) continue;
                if (!std::ranges::any_of(book_.windows, [&](Window const& window) {
                        return window.excuse.emptied && window.touches(first->t, errors[i]->t);
                    }))
                    continue;
                findings_.violation("R9",
                                    std::get<0>(cause) + " told more than " + std::to_string(kErrorsMax) +
                                        " errors of one service in " + seconds(errors[i]->t - first->t),
                                    {first, errors[i]});
                break;
            }
        }
    }

    // Row 16: what somebody damaged is never silently gone.
    void damage_is_told(Story const& story) {
        if (story.damages.empty() || !book_.at_rest()) return;
        auto const* const damage = story.damages.front();
        auto const reason = story.letters.empty() ? std::string{} : story.letters.back()->status;
        bool const unharmed = story.terminal() != nullptr && reason != "message_missing" && reason != "malformed";
        if (unharmed || book_.taker(damage->t, damage->t) != nullptr) return;
        bool const told = std::ranges::any_of(book_.events, [&](Entry const* event) {
            return event->agent == damage->agent && event->t >= damage->t && event->status != "service_error";
        });
        if (!told) wrong("R16", story, "somebody damaged its data, and nobody said so", {damage, story.record});
    }

    // Row 18: a worker that is cut off has ended its run before another's verdict of the same task is accepted.
    void fenced_itself(Window const& window) {
        if (!window.excuse.processes) return;
        for (auto const& [name, story] : book_.stories) {
            for (auto const& run : story.runs) {
                if (!window.excuse.hits(run.begin->proc) || run.begin->t > window.from() || run.stop < window.from())
                    continue;
                for (auto const& other : story.runs) {
                    bool const accepted = other.outcome != nullptr && other.end != nullptr &&
                                          other.begin->proc != run.begin->proc && other.begin->t > window.from();
                    if (!accepted || other.end->t >= run.stop || !window.touches(other.end->t, other.end->t)) continue;
                    wrong("R18", story,
                          "a worker that was cut off ran it on for " + seconds(run.stop - other.end->t) +
                              " after another's verdict",
                          {window.begin, run.begin, run.end, other.begin, other.end});
                }
            }
        }
    }

    Findings& findings_;
    Book const& book_;
};

}  // namespace

void check_rows(Findings& findings) {
    Rows(findings).check();
}

}  // namespace leat::cli::chaos
