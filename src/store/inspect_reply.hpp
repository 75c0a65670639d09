#pragma once
// Reading stream replies for listings: tolerant of missing fields, strict about shapes.
#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "redis/reply.hpp"

namespace leat::store {

// A stream entry id, comparable.
struct EntryId {
    std::uint64_t ms = 0, sequence = 0;
    auto operator<=>(EntryId const&) const = default;
};
// Reads "1732-0"; nothing for any other text (a missing sequence included).
[[nodiscard]] std::optional<EntryId> parse_entry_id(std::string_view text) noexcept;
// "(1732-0", the exclusive bound of a range command.
[[nodiscard]] std::string behind(std::string_view entry);

// One entry of XRANGE: its id and fields. Valid as long as the reply.
class EntryView {
  public:
    // Nothing where the reply is no entry.
    [[nodiscard]] static std::optional<EntryView> of(redis::ReplyView reply);

    [[nodiscard]] std::string_view id() const noexcept { return id_; }
    // When it was written, by the server's clock in ms: the time in its id. 0 where that is none.
    [[nodiscard]] std::int64_t written_at() const noexcept;
    // A field's value; empty where there is none.
    [[nodiscard]] std::string_view text(std::string_view field) const;
    // 0 where there is none or it is no number.
    [[nodiscard]] std::int64_t integer(std::string_view field) const;

  private:
    std::string_view id_;
    redis::ReplyView fields_;
};

// One line of XPENDING with a range.
struct PendingLine {
    std::string_view entry;
    std::string_view consumer;
    std::int64_t idle_ms = 0;
    std::int64_t deliveries = 0;
};

// What XPENDING says of a group as a whole.
struct PendingSummary {
    std::int64_t count = 0;
    std::vector<std::pair<std::string_view, std::int64_t>> consumers;
};

[[nodiscard]] std::unexpected<Error> unexpected_reply(std::string_view operation);
// The error of an error reply.
[[nodiscard]] Result<void> check_reply(std::string_view operation, redis::ReplyView reply);

// The entries of XRANGE or XREVRANGE.
[[nodiscard]] Result<std::vector<EntryView>> read_entries(std::string_view operation, redis::ReplyView reply);
// The lines of XPENDING with a range; empty without the group.
[[nodiscard]] Result<std::vector<PendingLine>> read_pending(std::string_view operation, redis::ReplyView reply);
// Nothing without the group.
[[nodiscard]] Result<std::optional<PendingSummary>> read_pending_summary(std::string_view operation,
                                                                         redis::ReplyView reply);
// `last-delivered-id` of the group of workers in XINFO GROUPS; 0-0 without it.
[[nodiscard]] Result<EntryId> read_last_delivered(std::string_view operation, redis::ReplyView reply);
// Members and scores of ZRANGE … WITHSCORES, in either protocol.
struct Scored {
    std::string_view member;
    std::int64_t score = 0;
};
[[nodiscard]] Result<std::vector<Scored>> read_scored(std::string_view operation, redis::ReplyView reply);
// TIME as milliseconds since the epoch.
[[nodiscard]] Result<std::int64_t> read_time(std::string_view operation, redis::ReplyView reply);
// An integer reply.
[[nodiscard]] Result<std::int64_t> read_integer(std::string_view operation, redis::ReplyView reply);

}  // namespace leat::store
