#pragma once
// The history of a run: one JSON line per thing that a process did or learned, written before acting and after the
// reply. All processes of a run are on one machine and share its monotonic clock.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"

namespace leat::cli::chaos {

enum class Op : std::uint8_t {
    plan,      // the run's settings; value: lease in ms, count: crash limit, attempt: grace of a drain in ms
    process,   // begin: a process was started; info: it gets a signal that ends it; end: it has ended (status: how)
    serve,     // a worker says its consumer name
    dispatch,  // invoke: value: delay in ms, count: max_retries, digest: of the task; ok: status: of the receipt
    front,     // the same through the front door
    cancel,    // ok: status: of the cancel
    look,      // ok: status: the task's state
    run,       // begin and end of a handler; end: status: its verdict, value: delay in ms where it names one
    effect,    // what the handler did to the world, once per run; kept in a file of its own
    event,     // an event of a worker; status: its kind
    fault,     // begin, end or info (skipped); fence: number of the fault, status: its kind, detail: what it excuses;
               // ok: what it takes is taken, what is written from now on stays
    outcome,   // the end of an attempt as the archive tells it; count: its place in the archive
    letter,    // a dead letter; status: its reason
    record,    // what the record of a task says at the end; status: state
    depth,     // how much of something is left at the end; status: what, value: how many
    counter,   // a total of an agent at the end; status: its name
    damage,    // a fault hit the data of this task; status: "message", "record" or "whole", detail: which fault
    consumer,  // a consumer that is left at the end; worker: its name, value: what it holds
    note,      // for readers only
    end,       // the last line; status: drained, timeout, stopped or failed
};
enum class Phase : std::uint8_t { none, invoke, ok, fail, info, begin, end };

[[nodiscard]] std::string_view to_string(Op op) noexcept;
[[nodiscard]] std::string_view to_string(Phase phase) noexcept;

inline constexpr std::int64_t kMicrosPerMilli = 1'000;

// One line. What does not apply is empty or 0 and is not written.
struct Entry {
    std::int64_t t = 0;  // monotonic clock, µs
    std::string proc{};  // name of the process that wrote it
    Op op = Op::note;
    Phase phase = Phase::none;
    std::string agent{};
    std::string task{};
    std::string fence{};   // of a run: unique in the history
    std::string worker{};  // consumer name
    std::string digest{};
    std::string status{};
    std::string detail{};
    std::int64_t call = 0;  // joins an invocation with its reply; unique in the process
    std::int64_t attempt = 0;
    std::int64_t value = 0;
    std::int64_t count = 0;

    friend bool operator==(Entry const&, Entry const&) = default;
};

// One line without its end. Never longer than kLineMax: `detail` is cut.
[[nodiscard]] std::string encode(Entry const& entry);
// Errors: invalid_input for anything that encode() could not have written; unknown fields are ignored.
[[nodiscard]] Result<Entry> decode(std::string_view line);

inline constexpr std::size_t kLineMax = 16U * 1024U;
inline constexpr std::size_t kDetailMax = 1'000;

// What a task's handler has to compute: a digest over id and payload, 16 hex digits.
[[nodiscard]] std::string task_digest(std::string_view task_id, std::string_view payload);

// The lines of several files in one order: by time, and where times are equal, as they stand.
void sort_by_time(std::vector<Entry>& entries);

}  // namespace leat::cli::chaos
