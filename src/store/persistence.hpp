#pragma once
// How the server keeps its data: what `durability_of` and the dispatch level `fsync` go by.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "leat/error.hpp"
#include "redis/connection.hpp"

namespace leat::store {

// From INFO and, where this user may read it, CONFIG GET.
struct PersistenceFacts {
    std::string role{};                    // "master" or "slave"
    bool aof_enabled = false;              // appendonly
    std::string appendfsync{};             // "always", "everysec", "no"; empty: CONFIG may not be read
    std::optional<bool> snapshots{};       // some `save` rule is set; none: CONFIG may not be read
    bool fsync_paused_by_rewrite = false;  // no-appendfsync-on-rewrite yes: no fsync while the file is rewritten
    std::int64_t replicas = 0;             // connected now
    std::int64_t min_replicas = 0;         // min-replicas-to-write
};

// Errors as Connection::exec; a refused CONFIG is no error. One round trip.
[[nodiscard]] boost::asio::awaitable<Result<PersistenceFacts>> persistence_facts(redis::Connection& connection);

}  // namespace leat::store
