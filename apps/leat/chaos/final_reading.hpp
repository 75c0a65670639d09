#pragma once
// What is in Redis once everything has come to rest, as lines of the history.
#include <set>
#include <span>
#include <string>
#include <utility>

#include "chaos/history_file.hpp"
#include "chaos/redis_link.hpp"
#include "leat/error.hpp"
#include "store/keys.hpp"

namespace leat::cli::chaos {

// Tasks by agent and id.
using TaskNames = std::set<std::pair<std::string, std::string>>;

// How much of anything waits, runs or is scheduled: 0 is rest. `what`: a few words about it. Where all is quiet, those
// of `tasks` that have ended are forgotten, and what is left of them counts: a task may live where nothing shows it.
struct Unrest {
    std::int64_t left = 0;
    std::string what;
};
[[nodiscard]] Result<Unrest> look_for_rest(RedisLink& link, store::KeySpace const& space, std::string const& front,
                                           std::span<std::string const> agents, TaskNames& tasks);

// Writes the archive, the dead letters, the records of `tasks`, what is left over and the totals.
[[nodiscard]] Result<void> read_all(RedisLink& link, store::KeySpace const& space, std::string const& front,
                                    std::span<std::string const> agents, TaskNames const& tasks,
                                    HistoryWriter const& history);

// Writes the archive, the dead letters and the totals as they are now, while the run goes on.
[[nodiscard]] Result<void> read_archive(RedisLink& link, store::KeySpace const& space,
                                        std::span<std::string const> agents, HistoryWriter const& history);

// Deletes every key of the namespace.
[[nodiscard]] Result<void> remove_all(RedisLink& link, std::string const& prefix);

}  // namespace leat::cli::chaos
