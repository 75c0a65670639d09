#pragma once
// The whole keyspace of a prefix as it is at one moment, read by one atomic script.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leat::testing {

struct PendingRow {
    std::string entry;
    std::string consumer;
    std::int64_t idle_ms = 0;
    std::int64_t count = 0;
};

struct StreamGroup {
    std::string name;
    std::string last_delivered;  // entry id: what is older and not pending is never handed out again
    std::vector<std::string> consumers{};
    std::vector<PendingRow> pending{};
};

struct StreamEntry {
    std::string id;
    std::vector<std::pair<std::string, std::string>> fields{};

    // The value of the first field of that name; empty where there is none.
    [[nodiscard]] std::string_view field(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
};

struct StoredKey {
    std::string type;                            // as the server names it: "string", "stream", …
    std::int64_t ttl_ms = -1;                    // -1: none
    std::string text{};                          // string
    std::map<std::string, std::string> pairs{};  // hash: fields; zset: member → score; set: member → ""
    std::vector<StreamEntry> entries{};          // stream
    std::vector<StreamGroup> groups{};           // stream
    std::int64_t entries_added = 0;              // stream: all that ever were

    [[nodiscard]] StreamEntry const* entry(std::string_view id) const;
    [[nodiscard]] StreamGroup const* group(std::string_view name) const;
};

using Snapshot = std::map<std::string, StoredKey>;

// Runs one command at the server and answers a bulk reply as it is: testing::RedisServer::command does.
using Ask = std::function<std::string(std::vector<std::string> const& command)>;

// Every key below `prefix`, the streams for results and dead letters that control hashes name, and `others`.
// Throws std::runtime_error where the server answers something else.
[[nodiscard]] Snapshot read_snapshot(Ask const& ask, std::string const& prefix,
                                     std::vector<std::string> const& others = {});

// Milliseconds and sequence of an entry id, for comparisons; nothing where the text is no id.
[[nodiscard]] std::optional<std::pair<std::uint64_t, std::uint64_t>> entry_order(std::string_view id);

}  // namespace leat::testing
