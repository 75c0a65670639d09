#pragma once
// Worker heartbeats and housekeeping: who serves what, and cleaning up after those who are gone.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"

namespace leat::store {

// What a worker says of itself with each beat.
struct WorkerBeat {
    std::string consumer{};
    std::string name{};
    std::string host{};
    std::string version{};
    std::int64_t pid = 0;
    std::int64_t started_at = 0;  // ms since the epoch
    std::int64_t beat_at = 0;     // ms since the epoch, server clock; set by the server's reader, ignored when written
    std::int64_t rss_bytes = 0;
    std::int64_t beats = 0;  // how many it has written, with this one: shows that it lives, by nobody's clock
    bool draining = false;
    std::map<std::string, std::int64_t, std::less<>> events{};  // how often each was told since the start
    struct Serving {
        std::string agent{};
        std::int64_t slots = 0;
        std::int64_t running = 0;
        std::int64_t oldest_started_at = 0;  // of the running attempts, server clock, ms since the epoch; 0: none
    };
    std::vector<Serving> agents{};
};

// What the server is and whether it is safe for a queue.
struct ServerFacts {
    std::string version{};  // "7.0.15"
    std::string kind{};     // "redis" or "valkey"
    std::string role{};     // "master" or "slave"
    std::string maxmemory_policy{};
    std::int64_t maxmemory_bytes = 0;
    std::int64_t used_memory_bytes = 0;
    std::int64_t uptime_s = 0;  // of its process
    bool aof_enabled = false;
    bool aof_write_ok = true;  // the last write to the append-only file, and its last rewrite
    bool save_ok = true;       // the last snapshot
    bool loading = false;      // it reads its data and answers few commands
    std::int64_t replicas = 0;
    std::int64_t replica_lag_bytes = 0;    // of the replica that is furthest behind
    std::int64_t replica_lag_seconds = 0;  // longest time since one acknowledged
    bool link_ok = true;                   // a replica's connection to its master; true for a master
};

// Writes the beat and answers the server's clock, ms since the epoch. Two round trips. The hash lives for `ttl`.
[[nodiscard]] boost::asio::awaitable<Result<std::int64_t>> beat(redis::Connection& connection, KeySpace const& space,
                                                                WorkerBeat const& worker,
                                                                std::chrono::milliseconds ttl);

// The epoch of the data in Redis: made up by whoever finds none, counted up with each look.
struct Epoch {
    std::string id{};
    std::int64_t beats = 0;
};
// Adds a beat and reads both; `id` is the epoch's where there is none yet. One round trip.
[[nodiscard]] boost::asio::awaitable<Result<Epoch>> touch_epoch(redis::Connection& connection, KeySpace const& space,
                                                                std::string_view id);

// Forgets a worker that has stopped. Its consumers are pruned apart.
[[nodiscard]] boost::asio::awaitable<Result<void>> forget_worker(redis::Connection& connection, KeySpace const& space,
                                                                 std::string_view consumer);

// Workers that beat lately, the latest first; those whose hash has lapsed are left out. At most `limit`.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<WorkerBeat>>> list_workers(redis::Connection& connection,
                                                                                   KeySpace const& space,
                                                                                   std::int64_t limit);

// Consumers of an agent's lanes whose worker no longer beats: candidates for Store::prune_consumer, which deletes them
// only where they hold nothing. `idle_min`: silent for at least this long.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<std::string>>> silent_consumers(
    redis::Connection& connection, KeySpace const& space, AgentKeys const& keys, std::chrono::milliseconds idle_min);

// Removes registry entries of workers that have been silent for `age`, and dead letters older than `dead_age`.
[[nodiscard]] boost::asio::awaitable<Result<void>> sweep(redis::Connection& connection, KeySpace const& space,
                                                         std::span<AgentKeys const* const> agents,
                                                         std::chrono::milliseconds age,
                                                         std::chrono::milliseconds dead_age);

// Adds an agent to the registry, so that listings show it although no worker serves it yet. Idempotent.
[[nodiscard]] boost::asio::awaitable<Result<void>> note_agent(redis::Connection& connection, KeySpace const& space,
                                                              std::string_view agent);

// What the text of INFO says.
[[nodiscard]] ServerFacts server_facts_of(std::string_view info);
// Reads INFO. Errors as Connection::exec.
[[nodiscard]] boost::asio::awaitable<Result<ServerFacts>> server_facts(redis::Connection& connection);

// Whether Leat works with it: Redis 7.0 and later, Valkey 8 and later.
[[nodiscard]] bool is_supported(ServerFacts const& server) noexcept;

// True where `version` ("7.0.15") is at least `major`.`minor`.
[[nodiscard]] bool version_at_least(std::string_view version, int major, int minor) noexcept;

}  // namespace leat::store
