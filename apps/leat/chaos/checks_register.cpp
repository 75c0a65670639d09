// What clients were told about a task: C10.
#include <algorithm>
#include <set>

#include "chaos/findings.hpp"
#include "chaos/losses.hpp"
#include "chaos/register.hpp"

namespace leat::cli::chaos {
namespace {

Register register_of(std::string_view state) noexcept {
    if (state == "succeeded" || state == "success") return Register::succeeded;
    if (state == "dead") return Register::dead;
    if (state == "cancelled") return Register::cancelled;
    if (state == "expired") return Register::expired;
    return Register::live;
}

// Turns what was said into the steps of a register. Calls are sent again by the client after an unknown answer, so a
// call that says "it was there already" may itself have put it there: that is an optional step beside it.
class Steps {
  public:
    Steps(Book const& book, Story const& story) : book_(book), story_(story) {}

    std::vector<RegisterStep> take() {
        for (auto const& request : story_.dispatches)
            dispatch(request);
        for (auto const& request : story_.cancels)
            cancel(request);
        for (auto const& request : story_.looks)
            look(request);
        // More than one in a life is another check's business.
        std::set<std::size_t> lives;
        for (auto const* const one : story_.outcomes) {
            if (is_terminal_status(one->status) && lives.insert(book_.era(one->t)).second) outcome(*one);
        }
        for (auto const* const event : story_.events) {
            if (event->status == "task_restored")
                perhaps(event->t - book_.lease(), event->t, Register::absent, Register::live);
        }
        for (auto const* const damage : story_.damages) {
            perhaps(damage->t, kNever, Register::live, Register::absent);
            perhaps(damage->t, kNever, Register::absent, Register::live);
        }
        undone();
        return std::move(steps_);
    }

  private:
    void add(Request const& request, Register needs, Register becomes) {
        steps_.push_back({request.invoke->t, request.end(), needs, becomes, false, false});
    }
    void perhaps(std::int64_t begin, std::int64_t end, Register needs, Register becomes) {
        steps_.push_back({begin, end, needs, becomes, false, true});
    }
    void known(Request const& request) {
        steps_.push_back({request.invoke->t, request.end(), Register::live, Register::live, true, false});
    }
    void sees(Request const& request, std::string_view state) { add(request, register_of(state), register_of(state)); }

    void dispatch(Request const& request) {
        if (request.phase() == Phase::fail) return;
        if (request.phase() != Phase::ok || request.invoke->op == Op::front) {
            perhaps(request.invoke->t, kNever, Register::absent, Register::live);
        } else if (request.reply->status == "created") {
            add(request, Register::absent, Register::live);
        } else if (request.reply->status == "duplicate") {
            perhaps(request.invoke->t, request.end(), Register::absent, Register::live);
            auto const state = request.reply->detail;
            if (state.empty())
                known(request);
            else
                sees(request, state);
        }
    }

    void cancel(Request const& request) {
        if (request.phase() == Phase::fail) {
            if (request.reply->status == "not_found") add(request, Register::absent, Register::absent);
            return;
        }
        auto const status = request.phase() == Phase::ok ? request.reply->status : std::string{};
        if (status == "cancelled") {
            add(request, Register::live, Register::cancelled);
        } else if (status == "terminal") {
            perhaps(request.invoke->t, request.end(), Register::live, Register::cancelled);
            known(request);
        } else {
            perhaps(request.invoke->t, kNever, Register::live, Register::cancelled);
            if (status == "requested") known(request);
        }
    }

    void look(Request const& request) {
        if (request.phase() == Phase::ok) sees(request, request.reply->status);
        if (request.phase() == Phase::fail && request.reply->status == "not_found")
            add(request, Register::absent, Register::absent);
    }

    // A recorded outcome: it came some time after its run began, and the end of the history sees it, unless Redis was
    // emptied after it.
    void outcome(Entry const& terminal) {
        auto const kind = register_of(terminal.status);
        auto const run = std::ranges::find(story_.runs, &terminal, &Run::outcome);
        auto const begin = run != story_.runs.end()    ? run->begin->t
                           : story_.dispatches.empty() ? 0
                                                       : story_.dispatches.front().invoke->t;
        auto const life = book_.era(terminal.t);
        auto const stays = life == book_.emptied.size();
        bool const of_a_run = kind != Register::cancelled || run != story_.runs.end();
        if (stays) {
            if (of_a_run) perhaps(begin, kNever, Register::live, kind);
            steps_.push_back({kNever, kNever, kind, kind, false, false});
        } else if (of_a_run) {
            steps_.push_back({begin, book_.emptied[life], Register::live, kind, false, false});
        }
    }

    // What faults may have undone; everybody saw it until then.
    void undone() {
        bool touched = false;
        for (auto const* const fault : Losses(book_, story_).faults()) {
            if (!fault->excuse.losses) continue;
            touched = true;
            perhaps(fault->from(), fault->end, Register::live, Register::absent);
            for (auto const kind : {Register::succeeded, Register::dead, Register::cancelled})
                perhaps(fault->from(), fault->end, kind, Register::live);
            if (story_.dispatches.front().invoke->op == Op::front)
                perhaps(fault->from(), kNever, Register::absent, Register::live);
        }
        for (auto const& run : story_.runs) {
            if (!touched || run.outcome != nullptr || run.end == nullptr) continue;
            // A retry ends it where none are left.
            auto const kind = run.end->status == "retry" ? Register::dead : register_of(run.end->status);
            perhaps(run.begin->t, kNever, Register::live, kind);
        }
        for (auto const& window : book_.windows) {
            if (!window.excuse.emptied || window.from() < story_.dispatches.front().invoke->t) continue;
            for (auto const kind : {Register::live, Register::succeeded, Register::dead, Register::cancelled})
                perhaps(window.from(), window.end, kind, Register::absent);
        }
    }

    Book const& book_;
    Story const& story_;
    std::vector<RegisterStep> steps_;
};

}  // namespace

void check_register(Story const& story, Findings& findings) {
    auto const& book = findings.book();
    if (story.dispatches.empty() || !book.at_rest()) return;
    auto const fits = is_linearizable(Steps(book, story).take());
    ++(fits ? findings.counts().linearized : findings.counts().unchecked);
    if (!fits || *fits) return;
    std::vector<Entry const*> lines;
    for (auto const* const list : {&story.dispatches, &story.cancels, &story.looks}) {
        for (auto const& request : *list) {
            lines.push_back(request.invoke);
            lines.push_back(request.reply);
        }
    }
    lines.push_back(story.terminal());
    findings.violation("C10", story, "no order of events explains what was said about it", std::move(lines));
}

}  // namespace leat::cli::chaos
