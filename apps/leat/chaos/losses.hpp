#pragma once
// What faults may have undone of a task: judged by when each thing about it was written.
#include <cstdint>
#include <vector>

#include "chaos/story.hpp"

namespace leat::cli::chaos {

class Losses {
  public:
    Losses(Book const& book, Story const& story) : book_(book), story_(story) {}

    // The fault that may have undone what this call stored; else nullptr.
    [[nodiscard]] Window const* taker_of(Request const& request) const noexcept;
    // The same of the verdict that this event tells of.
    [[nodiscard]] Window const* taker_of(Entry const& told) const noexcept;
    // The same of the verdict of this run, which may have been recorded.
    [[nodiscard]] Window const* taker_of(Run const& run) const noexcept;
    // Whether a fault destroyed it after this call.
    [[nodiscard]] bool destroyed_after(Request const& request) const noexcept;
    // Receipts that say that the task is stored, and no outcome came after them.
    [[nodiscard]] std::vector<Request const*> without_outcome() const;

    // Faults that may have undone something about this task. One that empties Redis counts only where the task had no
    // outcome by then: outcomes are in the history.
    [[nodiscard]] std::vector<Window const*> faults() const;
    // Whether it was handed in before Redis was emptied by this fault, and had no outcome by then.
    [[nodiscard]] bool lived_when_emptied(Window const& window) const noexcept;

  private:
    [[nodiscard]] bool touched_by(Window const& window) const noexcept;
    [[nodiscard]] std::int64_t stored_by(Request const& request) const noexcept;
    [[nodiscard]] std::int64_t told_by(Run const& run) const noexcept;

    Book const& book_;
    Story const& story_;
};

// Whether an event of a worker says that a verdict, or the end of a task, was recorded.
[[nodiscard]] bool tells_verdict(Entry const& event) noexcept;

}  // namespace leat::cli::chaos
