#pragma once
// What a fault excuses, and how the history says it.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leat/task.hpp"

namespace leat::cli::chaos {

// The window reaches from the fault's begin to its end, and `after` + `after_leases` leases longer.
struct Excuse {
    bool duplicates = false;  // runs may end without a recorded verdict; their tasks run again
    bool overlaps = false;    // two runs of one task at once
    bool early_runs = false;  // runs before their due time (the server's clock jumped)
    bool changes = false;     // somebody changes what Redis holds: deliveries may be gone while their workers run them
    // What was written in the window, or at most this long before it began, may be undone, as if it had never been.
    // The checker lists each lost task.
    std::optional<Milliseconds> losses{};
    bool emptied = false;  // everything in Redis goes, once; what had ended by then is in the history
    Milliseconds after{0};
    double after_leases = 0;
    // Only runs of these processes are excused; none: those of all.
    std::optional<std::vector<std::string>> processes{};

    [[nodiscard]] bool hits(std::string_view process) const;
};

// "duplicates overlaps losses=2000 after=3000 only=worker-1,worker-2": times in ms, the leases worked out.
[[nodiscard]] std::string encode(Excuse const& excuse, Milliseconds lease);
// Words that are unknown or malformed excuse nothing.
[[nodiscard]] Excuse decode_excuse(std::string_view text);

}  // namespace leat::cli::chaos
