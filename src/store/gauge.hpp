#pragma once
// How much an agent holds, kept with the statistics of each minute: the history of its depth.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string_view>

#include "leat/error.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"

namespace leat::store {

// Fields of a minute that are no counters: the latest look in that minute. Never to be added up over time.
inline constexpr std::string_view kGaugeReady = "gauge:ready";
inline constexpr std::string_view kGaugeRunning = "gauge:running";
inline constexpr std::string_view kGaugeScheduled = "gauge:scheduled";

struct Gauge {
    std::int64_t ready = 0;
    std::int64_t running = 0;
    std::int64_t scheduled = 0;
};

// Looks, and writes what it saw into the statistics of `minute` (since the epoch). One round trip.
// Errors: those of redis::Connection::exec, `corrupt` where a key has the wrong type.
[[nodiscard]] boost::asio::awaitable<Result<Gauge>> note_gauge(redis::Connection& connection, AgentKeys const& keys,
                                                               std::int64_t minute);

}  // namespace leat::store
