#pragma once
// How this server can be asked for a level of durability, and what its answer says.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <string>

#include "leat/error.hpp"
#include "leat/task.hpp"
#include "redis/connection.hpp"
#include "redis/reply.hpp"

namespace leat::store {

// A command to be sent right behind the write, on the same connection.
struct DurabilityWay {
    enum class Kind : std::uint8_t {
        none,     // memory: a PING, whatever it answers
        wait,     // WAIT
        waitaof,  // WAITAOF, from Redis 7.2 on
        always,   // appendfsync always syncs before it answers: the settings are read once more, for they can change
    };
    Kind kind = Kind::none;
    redis::Command follower{"PING"};

    // What was reached by the follower's reply, or why `wanted` was not.
    [[nodiscard]] std::expected<Durability, std::string> judge(redis::ReplyView reply, Durability wanted,
                                                               std::chrono::milliseconds timeout) const;
};

// Errors: those of Connection::exec; unsupported, with what to do, where the server cannot reach the level. One round
// trip for `fsync`, none for the others.
[[nodiscard]] boost::asio::awaitable<Result<DurabilityWay>> durability_way(redis::Connection& connection,
                                                                           Durability wanted,
                                                                           std::chrono::milliseconds timeout);

// The decision for `fsync`: from the replies to CONFIG GET *append* and to WAITAOF 0 0 0. No I/O.
[[nodiscard]] Result<DurabilityWay> fsync_way(redis::ReplyView config, redis::ReplyView waitaof,
                                              std::string_view version, std::chrono::milliseconds timeout);

}  // namespace leat::store
