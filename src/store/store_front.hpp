#pragma once
// The front door's stream: any program XADDs tasks into it, workers take them out and dispatch them.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leat/error.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"

namespace leat::store {

// One entry as it stands in the stream, in the producer's order and spelling.
struct FrontEntry {
    std::string entry_id{};
    std::vector<std::pair<std::string, std::string>> fields{};
};

// Creates the group at the beginning of the stream; idempotent.
[[nodiscard]] boost::asio::awaitable<Result<void>> front_open(redis::Connection& connection, std::string_view stream);

// Waits up to `block` for new entries (at most `count`). A lost group is re-created and an empty answer given.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<FrontEntry>>> front_fetch(redis::Connection& connection,
                                                                                  std::string_view stream,
                                                                                  std::string_view consumer,
                                                                                  std::size_t count,
                                                                                  std::chrono::milliseconds block);

// The ids of what this worker holds behind `after` (empty: from the start), at most `count`: for replies that were
// lost.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<std::string>>> front_held(redis::Connection& connection,
                                                                                  std::string_view stream,
                                                                                  std::string_view consumer,
                                                                                  std::string_view after,
                                                                                  std::size_t count);
// These entries; those that somebody deleted are left out.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<FrontEntry>>> front_read(
    redis::Connection& connection, std::string_view stream, std::span<std::string const> entry_ids);

// Takes over entries that another worker has left lying for `idle`.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<FrontEntry>>> front_reclaim(redis::Connection& connection,
                                                                                    std::string_view stream,
                                                                                    std::string_view consumer,
                                                                                    std::size_t count,
                                                                                    std::chrono::milliseconds idle);

// Removes entries that have become tasks, and counts them. Safe to send again: what is removed is counted at most once.
[[nodiscard]] boost::asio::awaitable<Result<void>> front_done(redis::Connection& connection, KeySpace const& space,
                                                              std::string_view stream,
                                                              std::span<std::string const> entry_ids);

// Copies an unreadable entry with its reason to `dead_stream`, then removes it. A resend may write the copy twice,
// never lose it.
[[nodiscard]] boost::asio::awaitable<Result<void>> front_refuse(redis::Connection& connection, KeySpace const& space,
                                                                std::string_view stream, std::string_view dead_stream,
                                                                FrontEntry const& entry, std::string_view reason);

// Lets go of this worker's name in the group if it holds nothing.
[[nodiscard]] boost::asio::awaitable<Result<void>> front_leave(redis::Connection& connection, std::string_view stream,
                                                               std::string_view consumer);

}  // namespace leat::store
