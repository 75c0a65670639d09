#pragma once
// What a fault excuses, and how the history says it.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "leat/task.hpp"

namespace leat::cli::chaos {

// The window reaches from the fault's begin to its end, and `after` + `after_leases` leases longer.
struct Excuse {
    bool duplicates = false;  // runs may end without a recorded verdict; their tasks run again
    bool overlaps = false;    // two runs of one task at once
    bool early_runs = false;  // runs before their due time (the server's clock jumped)
    // Receipts and outcomes may be lost that were given in the window, or at most this long before it began.
    // The checker lists each lost task.
    std::optional<Milliseconds> losses{};
    Milliseconds after{0};
    double after_leases = 0;
};

// "duplicates overlaps losses=2000 after=3000": times in ms, the leases worked out.
[[nodiscard]] std::string encode(Excuse const& excuse, Milliseconds lease);
// Words that are unknown or malformed excuse nothing.
[[nodiscard]] Excuse decode_excuse(std::string_view text);

}  // namespace leat::cli::chaos
