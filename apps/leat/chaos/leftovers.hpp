#pragma once
// Keys of a namespace that should not be there at the end, or not without a time to live.
#include <span>
#include <string>

#include "chaos/final_reading.hpp"

namespace leat::cli::chaos {

// Writes one line of each kind: keys that nobody knows, records of tasks that nobody handed in, finished records and
// short-lived keys without a time to live. Looks at every key of the namespace.
[[nodiscard]] Result<void> read_leftovers(RedisLink& link, store::KeySpace const& space, std::string const& front,
                                          std::span<std::string const> agents, TaskNames const& tasks,
                                          HistoryWriter const& history);

// Writes one line for each consumer of the agent's groups, with what it holds.
[[nodiscard]] Result<void> read_consumers(RedisLink& link, store::KeySpace const& space, std::string const& agent,
                                          HistoryWriter const& history);

}  // namespace leat::cli::chaos
