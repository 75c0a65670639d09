#pragma once
// Judges a history: does it keep what Leat promises? Pure: entries in, a report out.
//
//   C1  nothing accepted is lost                      C7  attempts, crashes, delays and due times within the policy
//   C2  nothing runs or ends that nobody handed in    C8  a run is repeated only because of a fault
//   C3  one recorded outcome per task                 C9  at the end nothing is left over, and the totals add up
//   C4  a result comes from a run that returned it    C10 what clients were told about a task fits one order of events
//   C5  verdicts are accepted in the order of runs    C11 one id creates one task
//   C6  runs overlap only where a fault excuses it
//   R…  what a row of the fault matrix expects beyond that
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/history.hpp"

namespace leat::cli::chaos {

enum class Verdict : std::uint8_t {
    valid,    // every check was made and held
    invalid,  // at least one violation
    unknown,  // no violation, but the history does not reach its end: nothing is proven
};
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

struct Violation {
    std::string check;  // "C3"
    std::string agent, task;
    std::string what;            // one sentence
    std::vector<Entry> excerpt;  // the lines that prove it, by time
};

// Of each check this many violations are kept; all are counted.
inline constexpr std::size_t kKeptPerCheck = 10;
inline constexpr std::size_t kExcerptMax = 12;

struct Counts {
    std::int64_t dispatched = 0;                   // tasks that somebody handed in
    std::int64_t unknown_receipts = 0;             // calls whose answer never came
    std::int64_t repeated_ids = 0;                 // dispatches answered `duplicate`
    std::map<std::string, std::int64_t> outcomes;  // by kind: succeeded, dead, cancelled, expired
    std::int64_t runs = 0;
    std::map<std::string, std::int64_t> redelivered;  // runs of an attempt that ran before, by cause: crash, lease, …
    std::int64_t duplicates = 0;                      // runs whose verdict was not recorded
    std::int64_t stale = 0;                           // verdicts that came too late
    std::int64_t lost_renewals = 0;
    std::int64_t overlaps_excused = 0;
    std::int64_t overlaps_unexcused = 0;
    std::map<std::string, std::int64_t> losses;   // tasks that are lost, by the kind of fault that had said so
    std::map<std::string, std::int64_t> excused;  // tasks of which a fault may have undone something, by its kind
    std::map<std::string, std::int64_t> repeats;  // of `duplicates`: by the kind of the fault that excuses them
    std::int64_t fully_checked = 0;               // tasks that no fault may have lost anything of
    std::int64_t longest_gap_ms = 0;              // from the end of a killed worker to the next run of what it held
    std::map<std::string, std::int64_t> faults;   // by kind
    std::map<std::string, std::int64_t> skipped;  // by "kind: why"
    std::int64_t linearized = 0;                  // tasks whose calls were put into an order (C10)
    std::int64_t unchecked = 0;                   // tasks with too many calls for that
};

struct Report {
    Verdict verdict = Verdict::unknown;
    std::string reason;                                   // of `unknown`
    std::vector<Violation> violations;                    // at most kKeptPerCheck of each check
    std::map<std::string, std::int64_t> violation_count;  // by check
    std::vector<std::string> declared_losses;             // "agent/task (fault)": lost, and a fault had said so
    Counts counts;
};

// Of one history; the order of the calls of add() matters only for entries of the same time.
class Checker {
  public:
    void add(Entry entry) { entries_.push_back(std::move(entry)); }
    // Judges what was added, and starts anew.
    [[nodiscard]] Report finish();

  private:
    std::vector<Entry> entries_;
};

}  // namespace leat::cli::chaos
