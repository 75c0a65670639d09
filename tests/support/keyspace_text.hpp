#pragma once
// A keyspace as lines of text that are the same each time: for golden files and for differences that people read.
#include <string>
#include <string_view>
#include <vector>

#include "support/keyspace_snapshot.hpp"

namespace leat::testing {

// One line per field, member, entry, group and pending row, sorted by key; `own` is left out where a key begins with
// it. What the server's clock made is written as <id>, <ms> and <date>; ids and numbers that tests choose stay (keep
// them small). Idle times are whole minutes, times to live tens of seconds.
[[nodiscard]] std::vector<std::string> lines_of(Snapshot const& snapshot, std::string_view own);

// What the server's clock made, in any text.
[[nodiscard]] std::string without_times(std::string text);

// Lines that are gone ("- …") and lines that came ("+ …").
[[nodiscard]] std::vector<std::string> difference(std::vector<std::string> const& before,
                                                  std::vector<std::string> const& after);

}  // namespace leat::testing
