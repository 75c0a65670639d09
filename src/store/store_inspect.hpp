#pragma once
// Read-only questions about agents, tasks, results and dead letters, and the one clean-up of dead letters.
//
// Every call is bounded: pages hold at most kPageMax rows, samples and scans have named limits in entries and in bytes
// (store/scan.hpp), payloads and results are cut. The
// several commands of one call are pipelined, not atomic: counts of a busy agent may be off by what moved in between.
// Errors of every function: those of redis::Connection::exec, `corrupt` where a key has the wrong type or a reply has
// not the promised shape, and `invalid_input` for a cursor that Leat did not give out.
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/container/flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "leat/task.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"
#include "store/scan.hpp"

namespace leat::store {

inline constexpr std::int64_t kPageMax = 1'000;         // rows of one page
inline constexpr std::size_t kPreviewBytes = 4'096;     // payload, result or error text kept per row
inline constexpr std::int64_t kAttemptScanMax = 2'000;  // archive entries looked at for one task's attempts
inline constexpr std::int64_t kPendingSample = 100;     // deliveries looked at per lane, or per lane and worker
inline constexpr std::int64_t kSilenceSample = 10;    // deliveries looked at per lane and worker when tasks are counted
inline constexpr std::int64_t kAgentsMax = 10'000;    // agents of one listing
inline constexpr std::int64_t kMinutesMax = 24 * 60;  // minutes of one statistics call

struct LaneDepth {
    std::int64_t ready = 0;                       // waiting for a worker, given-back deliveries included
    std::int64_t running = 0;                     // handed out
    std::optional<std::int64_t> oldest_ready_ms;  // how long the oldest waiting task has been in its lane
    std::optional<std::int64_t> oldest_idle_ms;   // longest silence of a delivery, of the oldest ones of each worker
};

// How much an agent holds now.
struct Depth {
    std::array<LaneDepth, kLanes> lanes;  // by Lane
    std::int64_t scheduled = 0;
    std::optional<std::int64_t> next_due_in_ms;  // negative when overdue
    std::int64_t results = 0;                    // entries of the archive
    std::int64_t dead = 0;                       // dead letters, replayed ones included
    bool group_exists = false;                   // some worker has registered the agent
    std::int64_t now = 0;                        // server clock when it was counted, ms since the epoch

    [[nodiscard]] std::int64_t ready() const noexcept;
    [[nodiscard]] std::int64_t running() const noexcept;
    [[nodiscard]] std::optional<std::int64_t> oldest_ready_ms() const noexcept;
    [[nodiscard]] std::optional<std::int64_t> oldest_idle_ms() const noexcept;
};

// What one worker holds of one agent.
struct PendingByWorker {
    std::string consumer;
    std::int64_t count = 0;
    std::int64_t oldest_idle_ms = 0;     // of at most kPendingSample deliveries per lane
    std::int64_t deliveries_max = 0;     // likewise
    std::int64_t oldest_running_ms = 0;  // how long ago the oldest of them entered its lane
};

// One task in a listing. Which fields are filled depends on the state.
struct TaskRow {
    std::string id;  // empty: the message of a running task was deleted by somebody
    TaskState state = TaskState::ready;
    std::string entry;             // the stream entry that holds it; scheduled: empty
    std::optional<Lane> lane;      // ready and running
    std::int64_t created_at = 0;   // ms since the epoch; 0: unknown
    std::int64_t started_at = 0;   // succeeded, cancelled, expired; 0 where it never ran
    std::int64_t finished_at = 0;  // terminal
    std::int64_t due_in_ms = 0;    // scheduled; negative when overdue
    std::string consumer;          // running and terminal: who holds it or ended it
    std::int64_t idle_ms = 0;      // running
    std::int64_t deliveries = 0;   // running
    std::int64_t attempts = 0;
    std::int64_t retry_count = 0;
    std::string error;              // the last one; cut
    std::string payload;            // cut at kPreviewBytes
    std::size_t payload_bytes = 0;  // before the cut
};

struct TaskPage {
    std::vector<TaskRow> rows;  // may be short or empty while there is a cursor
    std::string cursor;         // pass it to the next call; empty: that was all
    std::int64_t scanned = 0;   // entries looked at
};

// Which tasks to list.
struct TaskSearch {
    TaskState state = TaskState::ready;
    std::string cursor{};  // empty: from the start
    std::int64_t limit = kPageMax;
    // When the tasks were dispatched; of finished ones, when they ended.
    TimeWindow window{};
    std::int64_t scan_max = kScanMax;  // entries looked at, at most
};

// One entry of the archive: how an attempt ended.
struct ResultEntry {
    std::string entry;
    std::string task_id;
    std::string status;            // "success", "retry", "dead", "cancelled", "expired"
    std::string result_text;       // JSON text; whole in results_after(), else cut at kPreviewBytes
    std::size_t result_bytes = 0;  // before the cut
    std::string error;
    std::string processed_by;
    std::int64_t attempt = 0;
    std::int64_t created_at = 0, started_at = 0, finished_at = 0;
    std::string payload;
};

struct ResultPage {
    std::vector<ResultEntry> entries;
    std::string cursor;
};

// The ends of one task's attempts.
struct AttemptHistory {
    std::vector<ResultEntry> entries;  // oldest first
    // Whether the archive was read back to the task's dispatch or its first attempt. If not, older attempts were not
    // looked for.
    bool complete = true;
    std::int64_t back_to = 0;  // how far it was read, ms since the epoch
};

// Tasks that start before another one of the same lane.
struct TasksAhead {
    static constexpr std::int64_t kCountMax = 1'000;

    std::int64_t count = 0;
    bool more = false;  // there are more than `count`
};

enum class LetterState : std::uint8_t {
    open,       // the task is dead because of this letter: it can be replayed
    replayed,   // the task went on since
    forgotten,  // the task's record has expired: replaying creates it anew
    malformed,  // an entry that was no task: it cannot be replayed
};
[[nodiscard]] std::string_view to_string(LetterState state) noexcept;

struct DeadLetter {
    std::string entry;
    std::string task_id;
    std::string payload;  // whole in dead_letter(), cut in listings
    std::size_t payload_bytes = 0;
    std::string error;
    std::string reason;  // "failed", "poison", …
    std::int64_t attempts = 0;
    std::int64_t failed_at = 0;  // ms since the epoch
    LetterState state = LetterState::open;
};

struct DeadPage {
    std::vector<DeadLetter> letters;
    std::string cursor;
};

enum class Order : std::uint8_t { newest_first, oldest_first };

// Where a task's record says it is.
struct RecordPlace {
    TaskState state = TaskState::ready;
    std::string at;        // entry of the results or dead stream, "lane/entry" of a ready one; empty when scheduled
    std::string result{};  // of a dead one: the entry of the results stream
};

using Counters = boost::container::flat_map<std::string, std::int64_t, std::less<>>;  // thousands of them in one answer

struct MinuteCounters {
    std::int64_t minute = 0;  // since the epoch
    Counters counters;        // empty where nothing happened
};

// Stateless apart from the connection; cheap to construct. On the connection's thread. Arguments by reference live
// until the call has answered. Streams that several agents share show the entries of the agent that is asked for.
class StoreInspect {
  public:
    explicit StoreInspect(redis::Connection& connection) : connection_(&connection) {}

    // Registered agents, sorted; at most kAgentsMax. Names that are none are left out.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<std::string>>> agents(KeySpace const& space) const;

    // Cost: two round trips, O(workers) at the server. Of each worker's deliveries in a lane the oldest are looked at,
    // at least kSilenceSample: who is silent is silent with all of them.
    [[nodiscard]] boost::asio::awaitable<Result<Depth>> depth(AgentKeys const& keys) const;

    // What is handed out, by worker; sorted by name. Two round trips, the second one only where something is.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<PendingByWorker>>> pending(AgentKeys const& keys) const;

    // One page of the tasks in a state. Ready and running: by lane, oldest first; scheduled: by due time; finished
    // ones: newest first, as far back as archive and dead letters reach.
    [[nodiscard]] boost::asio::awaitable<Result<TaskPage>> tasks(AgentKeys const& keys, TaskSearch search) const;
    // The attempts of a task that was dispatched at `created_at` and has had `count` of them, as far as the archive
    // holds them and kAttemptScanMax of its entries tell, from its last end backwards.
    [[nodiscard]] boost::asio::awaitable<Result<AttemptHistory>> attempts(AgentKeys const& keys, std::string task_id,
                                                                          std::int64_t created_at,
                                                                          std::int64_t count) const;
    // How many tasks start before a ready one; none where it is not ready. O(TasksAhead::kCountMax) at the server.
    [[nodiscard]] boost::asio::awaitable<Result<std::optional<TasksAhead>>> ahead(AgentKeys const& keys,
                                                                                  std::string task_id) const;

    // One page of the archive, newest first. May be short while there is a cursor, as may be dead().
    [[nodiscard]] boost::asio::awaitable<Result<ResultPage>> results(AgentKeys const& keys, std::string cursor,
                                                                     std::int64_t limit) const;
    // Entries behind `entry` ("$": from now on), oldest first; waits up to `block` for one (0: not at all). A wait
    // holds up everything else on the connection. The cursor is the last entry, or `entry` again.
    [[nodiscard]] boost::asio::awaitable<Result<ResultPage>> results_after(AgentKeys const& keys, std::string entry,
                                                                           std::int64_t limit,
                                                                           std::chrono::milliseconds block) const;

    // One page of dead letters. `payload_bytes`: what is kept of each payload.
    [[nodiscard]] boost::asio::awaitable<Result<DeadPage>> dead(AgentKeys const& keys, Order order, std::string cursor,
                                                                std::int64_t limit, TimeWindow window = {},
                                                                std::size_t payload_bytes = kPreviewBytes) const;
    // The letter of an entry id, whole. Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<DeadLetter>> dead_letter(AgentKeys const& keys,
                                                                         std::string entry) const;
    // Entry id of the newest letter; empty where there is none.
    [[nodiscard]] boost::asio::awaitable<Result<std::string>> last_dead(AgentKeys const& keys) const;
    // Removes the agent's letters older than `before` (ms since the epoch; none: all) and answers how many. One round
    // trip; where agents share the stream, one or two per 100 letters of it, and letters that name no agent stay.
    [[nodiscard]] boost::asio::awaitable<Result<std::int64_t>> purge_dead(AgentKeys const& keys,
                                                                          std::optional<std::int64_t> before) const;

    // Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<RecordPlace>> record(AgentKeys const& keys, std::string task_id) const;

    // Totals since the agent was first used.
    [[nodiscard]] boost::asio::awaitable<Result<Counters>> stats(AgentKeys const& keys) const;
    // The minutes `last - count + 1` to `last`; count at most kMinutesMax.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<MinuteCounters>>> stats_minutes(AgentKeys const& keys,
                                                                                            std::int64_t last,
                                                                                            std::int64_t count) const;

  private:
    redis::Connection* connection_;
};

}  // namespace leat::store
