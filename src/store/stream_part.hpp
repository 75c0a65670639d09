#pragma once
// Reading the archive and the dead letters page by page.
#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "leat/error.hpp"
#include "redis/command.hpp"
#include "redis/connection.hpp"
#include "store/inspect_reply.hpp"
#include "store/store_inspect.hpp"

namespace leat::store {

// A part of a stream in either direction, and how far it was read.
struct StreamPart {
    Order order = Order::newest_first;
    std::string cursor{};  // the last entry seen; empty: none yet
    TimeWindow window{};   // of entry ids

    // Reads the next `count` entries. Errors: invalid_input where the cursor is no entry, those of the connection.
    // Newest first costs a second, short read where it does not begin at the newest entry: Redis walks a whole stream
    // for an XREVRANGE whose end lies before the first entry (streamIteratorStart() of Redis 7 falls back to the last
    // node).
    [[nodiscard]] boost::asio::awaitable<Result<redis::Reply>> read(redis::Connection& connection,
                                                                    std::string_view operation,
                                                                    std::string const& stream,
                                                                    std::int64_t count) const;
};

// Whether an entry of a stream that agents may share belongs to this one. Foreign ones without a name do.
[[nodiscard]] bool belongs(EntryView const& entry, AgentKeys const& keys);

[[nodiscard]] ResultEntry result_of(EntryView const& entry, std::size_t result_bytes_max);

}  // namespace leat::store
