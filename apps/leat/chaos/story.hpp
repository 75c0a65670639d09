#pragma once
// A history sorted out: what happened to each task, when which process lived, and what was excused when.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chaos/excuse.hpp"
#include "chaos/history.hpp"

namespace leat::cli::chaos {

// Times are µs of the history's clock. Pointers are into Book::entries.

inline constexpr std::int64_t kNever = INT64_MAX / 2;

struct Request {
    Entry const* invoke = nullptr;
    Entry const* reply = nullptr;  // none: the process was killed before, so it is unknown
    [[nodiscard]] Phase phase() const noexcept { return reply != nullptr ? reply->phase : Phase::info; }
    [[nodiscard]] std::int64_t end() const noexcept { return reply != nullptr ? reply->t : kNever; }
};

struct Run {
    Entry const* begin = nullptr;
    Entry const* end = nullptr;      // none: it was interrupted by the end of its process
    Entry const* outcome = nullptr;  // its verdict in the archive; none: it was not accepted
    bool released = false;           // its worker gave the task back
    std::int64_t stop = kNever;      // when it ended, by itself or with its process
};

struct Story {
    std::string agent, task;
    std::vector<Request> dispatches;  // through the front door too
    std::vector<Request> cancels;
    std::vector<Request> looks;
    std::vector<Run> runs;               // in the order they began
    std::vector<Entry const*> effects;   // of the ledger
    std::vector<Entry const*> events;    // of workers
    std::vector<Entry const*> outcomes;  // of the archive, in its order
    std::vector<Entry const*> letters;   // dead letters
    Entry const* record = nullptr;       // what the record says at the end
    std::vector<Entry const*> damages;   // what faults did to its data

    // The first of the archive's entries that is no retry; none: it has no outcome.
    [[nodiscard]] Entry const* terminal() const noexcept;
    // Whether a fault hit this part of its data: "message", "record" or "whole".
    [[nodiscard]] bool damaged(std::string_view what) const noexcept;
    // Whether a receipt says that it is stored.
    [[nodiscard]] bool accepted() const noexcept;
    // The limit of retries it was dispatched with, nothing where nobody dispatched it.
    [[nodiscard]] std::optional<std::int64_t> max_retries() const noexcept;
};

struct Process {
    std::string name;
    std::string consumer;
    std::int64_t served = kNever;  // said its consumer name
    std::int64_t asked = kNever;   // was told to drain
    std::int64_t killed = kNever;  // a fatal signal was sent
    std::int64_t ended = kNever;
    Entry const* end = nullptr;
    [[nodiscard]] bool in_order() const noexcept { return end != nullptr && end->status == "exit 0"; }
    [[nodiscard]] std::int64_t stop() const noexcept { return killed < ended ? killed : ended; }
};

// A fault's time, with what it excuses.
struct Window {
    Entry const* begin = nullptr;
    std::int64_t end = kNever;    // of the fault
    std::int64_t until = kNever;  // grace included
    std::int64_t taken = kNever;  // when it had taken what it takes
    Excuse excuse;
    [[nodiscard]] std::int64_t from() const noexcept { return begin->t; }
    // Whether its time and [from, to] have a moment in common.
    [[nodiscard]] bool touches(std::int64_t from, std::int64_t to) const noexcept {
        return begin->t <= to && from <= until;
    }
    // Whether it may have undone what was written at some moment of [from, to].
    [[nodiscard]] bool takes(std::int64_t from, std::int64_t to) const noexcept;
    [[nodiscard]] bool loses() const noexcept { return excuse.losses || excuse.emptied; }
};

enum class Excused : std::uint8_t { duplicates, overlaps, early_runs, changes };

struct Book {
    std::vector<Entry> entries;            // sorted by time
    std::map<std::string, Story> stories;  // by "agent/task"
    std::unordered_map<std::string, Process> processes;
    std::vector<Window> windows;
    std::vector<std::int64_t> emptied;  // when everything in Redis went
    std::vector<Entry const*> depths, counters, skipped, consumers;
    std::vector<Entry const*> events;  // of workers, all but those that only concern one task
    Entry const* plan = nullptr;
    Entry const* end = nullptr;
    std::int64_t last = 0;  // time of the last entry

    // Whether the run came to an end at which everything was read: else what is missing says nothing.
    [[nodiscard]] bool at_rest() const noexcept;
    // The fault that excuses this at some moment of [from, to], of runs of that process (empty: of any); else nullptr.
    // `changes` is also excused by everything that loses something.
    [[nodiscard]] Window const* excuse(Excused what, std::int64_t from, std::int64_t to,
                                       std::string_view process = {}) const noexcept;
    // The fault that may have undone what was written at some moment of [from, to]; else nullptr.
    [[nodiscard]] Window const* taker(std::int64_t from, std::int64_t to) const noexcept;
    // How often everything had gone by then. A task that is handed in again afterwards lives another life.
    [[nodiscard]] std::size_t era(std::int64_t t) const noexcept;
    [[nodiscard]] std::int64_t crash_limit() const noexcept { return plan != nullptr ? plan->count : 0; }
    [[nodiscard]] std::int64_t lease() const noexcept { return plan != nullptr ? plan->value * 1'000 : 0; }
};

// Sorts the entries and sorts them out. Contradictions in them are kept: the checks find them.
[[nodiscard]] Book make_book(std::vector<Entry> entries);

[[nodiscard]] bool is_terminal_status(std::string_view archive_status) noexcept;

}  // namespace leat::cli::chaos
