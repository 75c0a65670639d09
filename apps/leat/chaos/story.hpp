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
    bool damaged = false;                // a fault destroyed it

    // The first of the archive's entries that is no retry; none: it has no outcome.
    [[nodiscard]] Entry const* terminal() const noexcept;
    // Whether a receipt says that it is stored.
    [[nodiscard]] bool accepted() const noexcept;
    // The limit of retries it was dispatched with, nothing where nobody dispatched it.
    [[nodiscard]] std::optional<std::int64_t> max_retries() const noexcept;
};

struct Process {
    std::string name;
    std::string consumer;
    std::int64_t killed = kNever;  // a fatal signal was sent
    std::int64_t ended = kNever;
    bool by_itself = true;  // ended without a signal
    [[nodiscard]] std::int64_t stop() const noexcept { return killed < ended ? killed : ended; }
};

// A fault's time, with what it excuses.
struct Window {
    Entry const* begin = nullptr;
    std::int64_t from = 0;   // losses included
    std::int64_t until = 0;  // grace included
    Excuse excuse;
};

enum class Excused : std::uint8_t { duplicates, overlaps, early_runs, losses };

struct Book {
    std::vector<Entry> entries;            // sorted by time
    std::map<std::string, Story> stories;  // by "agent/task"
    std::unordered_map<std::string, Process> processes;
    std::vector<Window> windows;
    std::vector<Entry const*> depths, counters, skipped;
    Entry const* plan = nullptr;
    Entry const* end = nullptr;
    std::int64_t last = 0;  // time of the last entry

    // Whether the run came to an end at which everything was read: else what is missing says nothing.
    [[nodiscard]] bool at_rest() const noexcept;
    // Whether some fault excuses this at some moment of [from, to].
    [[nodiscard]] bool excused(Excused what, std::int64_t from, std::int64_t to) const noexcept;
    // The same for losses, which a fault may also have named.
    [[nodiscard]] bool loss_excused(Story const& story, std::int64_t from, std::int64_t to) const noexcept {
        return story.damaged || excused(Excused::losses, from, to);
    }
    [[nodiscard]] bool anything_lost() const noexcept;
    [[nodiscard]] std::int64_t crash_limit() const noexcept { return plan != nullptr ? plan->count : 0; }
};

// Sorts the entries and sorts them out. Contradictions in them are kept: the checks find them.
[[nodiscard]] Book make_book(std::vector<Entry> entries);

[[nodiscard]] bool is_terminal_status(std::string_view archive_status) noexcept;

}  // namespace leat::cli::chaos
