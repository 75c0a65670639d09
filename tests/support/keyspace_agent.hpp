#pragma once
// One agent's part of a snapshot, as Keyspace looks at it.
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/keyspace.hpp"

namespace leat::testing {

inline constexpr std::array<std::string_view, 4> kLaneNames{"critical", "high", "normal", "low"};
inline constexpr std::string_view kReleasedConsumer = "released";

struct TaskRecord {
    std::string state{};
    std::string lane{}, entry{};                   // ready
    std::string due{};                             // scheduled
    std::map<std::string, std::string> message{};  // scheduled: the parked one
    std::string at{}, result{};                    // finished: entries
    std::int64_t ttl_ms = -1;
    std::string problem{};  // why it is no record

    [[nodiscard]] bool live() const { return state == "ready" || state == "scheduled"; }
};

// Keys are null where they do not exist or have a wrong type; the latter is a problem.
struct AgentKeyspace {
    std::string name{};
    std::map<std::string, StoredKey const*> lanes{};
    StoredKey const* scheduled = nullptr;
    StoredKey const* results = nullptr;
    StoredKey const* dead = nullptr;
    StoredKey const* stats = nullptr;
    StoredKey const* control = nullptr;
    StoredKey const* auditor = nullptr;
    StoredKey const* log = nullptr;
    std::map<std::string, StoredKey const*> minutes{};
    std::map<std::string, TaskRecord> records{};
    std::vector<std::string> problems{};  // found while it was put together

    // The lane where the message of a ready task is pending, and its row; null where nobody holds it.
    [[nodiscard]] PendingRow const* holder(TaskRecord const& record) const;
};

using AgentMap = std::map<std::string, AgentKeyspace>;
using Sentences = std::vector<std::string>;

// Every agent that has a key, by name. Keys below the prefix that belong to nothing are added to `strangers`.
[[nodiscard]] AgentMap split_by_agent(Snapshot const& snapshot, KeyspaceOptions const& options, Sentences& strangers);

// Records against lanes and the schedule: I1, I4, I6, I7.
void check_places(AgentKeyspace const& agent, std::int64_t max_crashes, Sentences& found);
// Records against the archive, dead letters and counters: I2, I3, I4, I7.
void check_history(AgentKeyspace const& agent, Sentences& found);
// Entries of one stream that will never be handed out again, although they are there.
void check_reach(std::string const& stream, StoredKey const& key, std::string_view group, Sentences& found);

}  // namespace leat::testing
