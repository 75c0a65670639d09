#pragma once
// The audit: finds and repairs what no transition leaves behind, but people, failovers and other programs do.
//
// Each call is one atomic step that reads everything again before it acts: a task that is in the middle of a transition
// is always whole for it. Errors as those of Store.
#include <array>
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
#include "store/store.hpp"

namespace leat::store {

// Items of one call: keeps it well below 2 ms of the server.
inline constexpr std::size_t kAuditBatch = 50;

// What the audit found in one place, and did where it may repair.
enum class AuditStatus : std::uint8_t {
    good,
    later,        // not looked at, ask again
    gone,         // neither record nor message any more
    held,         // reported: the message is gone, but a worker holds the delivery
    missing,      // reported: the message is gone; closed by a later call that names the place
    unreadable,   // reported: the record is no record
    recorded,     // repaired from here on: a message had no record
    moved,        // the record named a message that is gone, and there is another
    duplicate,    // a waiting message that its record does not name: deleted
    stranded,     // read past and held by nobody: handed out again
    expiring,     // a finished record without time to live
    persisted,    // a live record with a time to live
    rescheduled,  // parked, but not scheduled
    stray,        // scheduled, but not parked: removed
    closed,       // dead, reason message_missing
    buried,       // parked without a readable message: dead, reason malformed
};
inline constexpr std::size_t kAuditStatuses = 16;
// The stable name ("rescheduled"), as in counters and reports.
[[nodiscard]] std::string_view to_string(AuditStatus status) noexcept;
[[nodiscard]] constexpr bool is_repair(AuditStatus status) noexcept {
    return status >= AuditStatus::recorded;
}
[[nodiscard]] constexpr bool is_report(AuditStatus status) noexcept {
    return status >= AuditStatus::held && status <= AuditStatus::unreadable;
}

struct AuditItem {
    std::string task_id{};
    std::string place{};       // where its message was seen ("n/1732-0"); empty: look at the record
    std::string missing_at{};  // where its message was missing a good while ago; still missing there, it is closed
};
struct AuditReply {
    AuditStatus status = AuditStatus::good;
    std::string place{};  // missing: the place that the record names
};

enum class AuditMode : std::uint8_t { look, repair };

// Judges at most kAuditBatch items; one reply per item. Resend-safe.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<AuditReply>>> audit(redis::Connection& connection,
                                                                            AgentKeys const& keys,
                                                                            std::span<AuditItem const> items,
                                                                            AuditMode mode);

// Tasks that are live, and how many the counters say are; equal unless counters or tasks were lost or forged.
struct Tally {
    std::int64_t live = 0;
    std::int64_t counted = 0;

    [[nodiscard]] std::int64_t drift() const noexcept { return live - counted; }
};
[[nodiscard]] boost::asio::awaitable<Result<Tally>> tally(redis::Connection& connection, AgentKeys const& keys);
// Books the difference `drift` = live - counted as `unaccounted`, so that both agree. False where it is another one by
// now: nothing changed. Resend-safe.
[[nodiscard]] boost::asio::awaitable<Result<bool>> balance(redis::Connection& connection, AgentKeys const& keys,
                                                           std::int64_t drift);

// The oldest message of each lane, for audit(). A message that nobody would ever be handed becomes the oldest some day.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<AuditItem>>> oldest_messages(redis::Connection& connection,
                                                                                     AgentKeys const& keys);

// A slice of one lane: entry id and task of each message of ours.
struct Survey {
    std::string next{};  // where to go on; empty after the last entry
    std::vector<std::pair<std::string, std::string>> messages{};
};
[[nodiscard]] boost::asio::awaitable<Result<Survey>> survey(redis::Connection& connection, AgentKeys const& keys,
                                                            Lane lane, std::string_view after, std::size_t limit);

// Groups that were gone and are there again, or were ahead of their streams and are no longer.
struct Mended {
    std::int64_t created = 0;
    std::int64_t set_back = 0;
};
[[nodiscard]] boost::asio::awaitable<Result<Mended>> mend(redis::Connection& connection, AgentKeys const& keys);

// Whether this worker audits the agent now: one does in every interval, unless there is need.
[[nodiscard]] boost::asio::awaitable<Result<bool>> take_audit_turn(redis::Connection& connection, AgentKeys const& keys,
                                                                   std::string_view consumer,
                                                                   std::chrono::milliseconds interval);
// The same for a need that all workers see at once: also before the interval is over, yet not within `pause` of the
// last turn.
[[nodiscard]] boost::asio::awaitable<Result<bool>> take_early_audit_turn(redis::Connection& connection,
                                                                         AgentKeys const& keys,
                                                                         std::string_view consumer,
                                                                         std::chrono::milliseconds interval,
                                                                         std::chrono::milliseconds pause);

}  // namespace leat::store
