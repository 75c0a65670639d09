// What clients were told about a task: C10.
#include <algorithm>

#include "chaos/findings.hpp"
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
    explicit Steps(Story const& story) : story_(story) {}

    std::vector<RegisterStep> take() {
        for (auto const& request : story_.dispatches)
            dispatch(request);
        for (auto const& request : story_.cancels)
            cancel(request);
        for (auto const& request : story_.looks)
            look(request);
        outcome();
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

    // The recorded outcome: it came some time after its run began, and the end of the history sees it.
    void outcome() {
        auto const* const terminal = story_.terminal();
        if (terminal == nullptr) return;
        auto const kind = register_of(terminal->status);
        auto const run = std::ranges::find(story_.runs, terminal, &Run::outcome);
        auto const begin = run != story_.runs.end()    ? run->begin->t
                           : story_.dispatches.empty() ? 0
                                                       : story_.dispatches.front().invoke->t;
        if (kind != Register::cancelled || run != story_.runs.end()) perhaps(begin, kNever, Register::live, kind);
        steps_.push_back({kNever, kNever, kind, kind, false, false});
    }

    Story const& story_;
    std::vector<RegisterStep> steps_;
};

}  // namespace

void check_register(Story const& story, Findings& findings) {
    auto const& book = findings.book();
    if (story.dispatches.empty() || !book.at_rest()) return;
    if (book.loss_excused(story, story.dispatches.front().invoke->t, book.last)) return;
    auto const fits = is_linearizable(Steps(story).take());
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
