#pragma once
// What handlers say about their tasks while they run: one capped stream for each agent, which lives a day longer than
// its last line. A courtesy to readers: nothing else depends on it, and lines may be lost.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"

namespace leat::store {

inline constexpr std::int64_t kLogKept = 10'000;                // entries of an agent, about
inline constexpr std::size_t kLogLineBytes = 1'024;             // longer texts are cut, marked with "…"
inline constexpr std::chrono::hours kLogLife{24};               // behind the last line of the agent
inline constexpr std::string_view kLogDropped = "log_dropped";  // in the totals: lines that were not kept

// A line, or a step of progress.
struct LogLine {
    std::string task_id{};
    std::int64_t attempt = 1;
    std::string text{};                     // of progress: its note
    std::optional<std::int64_t> percent{};  // 0 to 100: progress
};

struct LogWritten {
    std::int64_t lost = 0;         // of `lines` and `dropped`, what the server has not taken, or may not have taken
    std::optional<Error> error{};  // why; or why the stream got no time to live
};

// Adds lines in their order, and `dropped` to the totals: native commands in one write, of which a part may be lost
// with the connection. Never sent again: lines would be there twice. Cost at the server: O(lines).
// Errors: those of redis::Connection::exec, and of the first command that the server refused.
[[nodiscard]] boost::asio::awaitable<LogWritten> write_log(redis::Connection& connection, AgentKeys const& keys,
                                                           std::vector<LogLine> lines, std::int64_t dropped);

struct LogEntry {
    std::string entry{};  // its id
    std::int64_t at = 0;  // when it was written, ms since the epoch by the server's clock
    LogLine line{};       // text is valid UTF-8 of at most kLogLineBytes, whoever wrote it
};

struct LogPage {
    std::vector<LogEntry> entries{};  // of the task, oldest first; may be few, even none, while there is more
    std::string cursor{};  // the last entry looked at: where the next call goes on, also for what comes later
    bool more = false;     // this call did not look at all that is there
};

// Lines of one task behind the entry `cursor` ("0-0": from the start), at most `limit` (1 to kPageMax). Looks at
// entries of all tasks of the agent, and is bounded as all listings are (store/scan.hpp).
// Errors: those of redis::Connection::exec, `corrupt` for a key of another type, `invalid_input` for a cursor that is
// none.
[[nodiscard]] boost::asio::awaitable<Result<LogPage>> read_log(redis::Connection& connection, AgentKeys const& keys,
                                                               std::string task_id, std::string cursor,
                                                               std::int64_t limit);

// Where the log of a task begins that was created at this time (ms since the epoch by the server's clock; 0: unknown).
[[nodiscard]] std::string log_start(std::int64_t created_at);

}  // namespace leat::store
