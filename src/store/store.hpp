#pragma once
// The typed transitions: each is one atomic step at the server and safe to send again after an unknown outcome.
//
// All functions run on the connection's thread. Errors of every function: those of redis::Connection::exec, plus
// `corrupt` where a key has the wrong type or a reply has not the promised shape. Batches hold at most
// Limits::dispatch_batch items; longer spans are a programmer's error (asserted).
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leat/client.hpp"
#include "leat/error.hpp"
#include "leat/task.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"
#include "tasks/message.hpp"

namespace leat::store {

// --- dispatch -------------------------------------------------------------------------------------------------------

struct DispatchItem {
    std::string id{};
    Lane lane = Lane::normal;
    std::int64_t priority = 0;
    std::int64_t delay_ms = 0;
    std::optional<std::int64_t> max_retries{};  // none: the agent's
    std::string payload{};
    std::optional<std::int64_t> timeout_ms{};
    std::string traceparent{};
};

struct DispatchReply {
    DispatchStatus status = DispatchStatus::created;
    TaskState state = TaskState::ready;  // where the task is (`ready` also for running)
    // A duplicate whose record cannot be read: nothing was stored, `state` says nothing. Callers answer `corrupt`.
    bool unreadable = false;
};

// What became of a batch that asked for more than memory.
struct DurableReply {
    std::vector<DispatchReply> items;
    Durability reached;       // memory where `shortfall` says why it is not more
    std::string shortfall{};  // empty: what was asked for was reached
};

// --- deliveries -----------------------------------------------------------------------------------------------------

// One hand-out of a message. Its fence is (consumer, count).
struct Delivery {
    Lane lane = Lane::normal;
    std::string entry_id{};
    std::int64_t count = 1;
    tasks::Message message;
    std::string malformed{};  // not empty: why the entry is no message; `message` holds what could be read
};

// How many entries to take from one lane.
struct LaneCredit {
    Lane lane = Lane::normal;
    std::int64_t count = 0;
};

// Whether lost groups may be created again by a fetch, and how many were.
struct GroupMending {
    bool allowed = true;
    std::int64_t created = 0;
};

// Names one delivery of ours.
struct Held {
    Lane lane = Lane::normal;
    std::string_view entry_id{};
    std::int64_t count = 1;
    std::string_view task_id{};
};

// An entry that is pending with somebody.
struct HeldEntry {
    std::string entry_id{};
    std::int64_t count = 1;
};

enum class SettleVerdict : std::uint8_t { success, retry, dead, cancelled, expired };

// One verdict to record. The views live until the call has answered.
struct Settlement {
    Held held;
    SettleVerdict verdict = SettleVerdict::success;
    std::string_view text{};       // success: result (JSON text); else the error or reason
    std::string_view dead_kind{};  // dead: "failed", "refused" (handler said dead), "poison", "result_too_large", …
    std::int64_t delay_ms = 0;     // retry
    std::int64_t attempt = 1;      // number of the attempt that ended
    std::int64_t crashes = 0;      // deliveries without verdict so far, this message's included
    std::int64_t retry_count = 0;  // after this verdict
    std::int64_t created_at = 0, started_at = 0;  // ms; started_at is the worker's estimate of server time
    std::string_view payload{};                   // kept in the archive when not empty
};

enum class SettleStatus : std::uint8_t {
    settled,    // recorded now
    already,    // recorded by an earlier send of this very verdict
    cancelled,  // a retry became `cancelled`, because somebody asked for it
    buried,     // a retry became `dead`, because its message has too many fields to be written again
    missing,    // the message was deleted, of a retry or with the fence: nothing changed, see Store::restore
    stale,      // the fence was lost: nothing changed, counted
};

// How long and how much of what has ended is kept. The defaults are those of the scripts, too.
struct SettlePolicy {
    std::int64_t retention_s = 86'400;
    std::int64_t results_kept = 100'000;
    std::int64_t dead_kept = 10'000;

    bool operator==(SettlePolicy const&) const = default;
};

// What an agent's workers say of it besides the lease. It is kept in the control hash; who registers last decides.
struct AgentPolicy {
    SettlePolicy kept{};
    std::optional<std::int64_t> max_retries{};  // of tasks that come without their own; none: 3
};

enum class RenewStatus : std::uint8_t {
    renewed,
    cancel_requested,  // renewed, and somebody asked for the end of the task
    lost,              // another owner, another count, or no longer pending
    missing,           // somebody deleted its message: see Store::restore
};

// What the server's clock should say when a claim is made, and how far it may be off. 0: whatever it says.
struct ClaimWindow {
    std::int64_t expected_ms = 0;
    std::chrono::milliseconds tolerance{0};
};

// Whether a worker lives, by the count of its heartbeats.
struct OwnerBeats {
    std::string consumer{};
    std::optional<std::int64_t> beats{};  // nothing: it has no heartbeat any more
};

struct ReclaimReply {
    std::string cursor{};              // where to go on; "0-0" after a whole sweep
    std::vector<Delivery> deliveries;  // ours now, with their new count
    std::vector<std::string> missing;  // entry ids that were pending and no longer exist
    bool clock_was_off = false;        // nothing was done: the server's clock is not where the window says
};

// Due tasks are told so many at a time, and moved so many a call: no call takes long, however many are due together.
inline constexpr std::size_t kPromoteTold = 200;
inline constexpr std::size_t kPromoteBatch = 50;

struct PromoteReply {
    std::int64_t promoted = 0;
    std::vector<std::string> due;                  // ids due now: pass them to the next calls
    std::optional<std::int64_t> next_due_in_ms{};  // until the earliest scheduled task; 0 when `due` is not empty
};

enum class RemovalKind : std::uint8_t { adopted, quarantined };
enum class ReprioritiseStatus : std::uint8_t { moved, unchanged, running, terminal };
enum class ReplayStatus : std::uint8_t { replayed, not_dead, missing };

// A dead letter to bring back: its entry in the dead stream and its task.
struct ReplayItem {
    std::string entry_id{};
    std::string task_id{};
    std::string payload{};  // JSON text instead of the letter's; empty: the letter's
};

// --- control messages (pub/sub, hints only: state is in Redis)
// --------------------------------------------------------

enum class ControlKind : std::uint8_t {
    cancel,    // task id: a running task shall end
    due,       // a task was scheduled earlier than everything known
    released,  // deliveries were given back
    paused,
    resumed,
    policy,  // the agent's control hash changed
};
struct ControlMessage {
    ControlKind kind;
    std::string task_id{};  // cancel only
};
[[nodiscard]] std::string encode(ControlMessage const& message);
[[nodiscard]] std::optional<ControlMessage> decode_control(std::string_view text);

// One finished task as told on the done channel.
struct DoneNote {
    std::string_view task_id{};
    TaskState state;
    std::string_view entry{};             // succeeded: where the archive has the result
    std::optional<TaskResult> outcome{};  // succeeded, and small enough to be told
};
// Splits a message of the done channel; unreadable parts are left out.
[[nodiscard]] std::vector<DoneNote> decode_done(std::string_view text);

// A look at a record. Neither: the task has ended otherwise, or anything is wrong.
struct Glance {
    bool is_live = false;  // it waits, runs or is scheduled
    std::string entry{};   // it succeeded: where the archive has the result
};

// The agent's control hash.
struct Control {
    std::string results_stream{};  // as the last worker named them; empty: none has registered yet
    std::string dead_stream{};
    bool paused = false;
    std::int64_t format = 0;  // 0: no worker has registered yet
    std::optional<std::int64_t> lease_ms{};
    std::optional<std::int64_t> max_waiting{};
    std::optional<std::int64_t> max_retries{};
    std::optional<SettlePolicy> kept{};  // none: not said, or not to be read
};

// --- transitions
// ------------------------------------------------------------------------------------------------------

// Stateless apart from the connection; cheap to construct.
class Store {
  public:
    explicit Store(redis::Connection& connection) : connection_(&connection) {}

    // Stores new tasks; one reply per item. `max_waiting` is overruled by the control hash.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<DispatchReply>>> dispatch(
        AgentKeys const& keys, std::span<DispatchItem const> items, std::optional<std::int64_t> max_waiting) const;

    // dispatch(), and then waits up to `timeout` until what this connection wrote is as safe as `wanted`, which also
    // covers the duplicates among the items, whoever stored them. Blocks the connection for as long: use one of its
    // own. Errors also: unsupported (the server cannot reach the level: nothing was sent).
    [[nodiscard]] boost::asio::awaitable<Result<DurableReply>> dispatch_durably(
        AgentKeys const& keys, std::span<DispatchItem const> items, std::optional<std::int64_t> max_waiting,
        Durability wanted, std::chrono::milliseconds timeout) const;

    // Creates what an agent needs (groups at 0, control hash with format, lease and policy), adds it to the registry.
    // Idempotent. Errors also: unsupported when the control hash has a newer format.
    [[nodiscard]] boost::asio::awaitable<Result<void>> register_agent(KeySpace const& space, AgentKeys const& keys,
                                                                      std::chrono::milliseconds lease,
                                                                      AgentPolicy policy = {}) const;

    // Takes up to `credits` entries without blocking: one round trip. A lost group is re-created at 0 and read again,
    // where `mending` (none: always) allows it; else the answer is `unavailable`.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<Delivery>>> fetch(AgentKeys const& keys,
                                                                              std::string_view consumer,
                                                                              std::span<LaneCredit const> credits,
                                                                              GroupMending* mending = nullptr) const;
    // Waits up to `block` for an entry in any lane; `count` is per lane (the server's rule), so more than `count` may
    // come.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<Delivery>>> fetch_blocking(
        AgentKeys const& keys, std::string_view consumer, std::int64_t count, std::chrono::milliseconds block,
        GroupMending* mending = nullptr) const;

    // Records verdicts; one status per item. `minute`: server minutes since the epoch, for the per-minute counters.
    // `increments`: histogram fields of this batch and by how much.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<SettleStatus>>> settle(
        AgentKeys const& keys, std::string_view consumer, std::span<Settlement const> settlements,
        SettlePolicy const& policy, std::int64_t minute,
        std::span<std::pair<std::string, std::int64_t> const> increments) const;

    [[nodiscard]] boost::asio::awaitable<Result<std::vector<RenewStatus>>> renew(AgentKeys const& keys,
                                                                                 std::string_view consumer,
                                                                                 std::span<Held const> held) const;

    // Takes over deliveries of one lane that were silent for `min_idle` (at most `count`, scanning on from `cursor`).
    [[nodiscard]] boost::asio::awaitable<Result<ReclaimReply>> reclaim(AgentKeys const& keys, Lane lane,
                                                                       std::string_view consumer,
                                                                       std::chrono::milliseconds min_idle,
                                                                       std::string_view cursor, std::int64_t count,
                                                                       ClaimWindow window = {}) const;

    // Takes over deliveries of one lane from a worker that is known to be gone, however short its silence.
    [[nodiscard]] boost::asio::awaitable<Result<ReclaimReply>> inherit(AgentKeys const& keys, Lane lane,
                                                                       std::string_view consumer,
                                                                       std::string_view owner,
                                                                       std::int64_t count) const;
    // Who holds deliveries of this agent, apart from `consumer` and what was given back.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<OwnerBeats>>> owners(KeySpace const& space,
                                                                                 AgentKeys const& keys,
                                                                                 std::string_view consumer) const;

    // Puts a message back that somebody deleted while we held it, as it shall be handed out next; `place` names the
    // delivery. Answers whether it was put back: not where the message is there or the task has gone on.
    [[nodiscard]] boost::asio::awaitable<Result<bool>> restore(AgentKeys const& keys, Held const& place,
                                                               tasks::Message const& message, std::string_view payload,
                                                               std::chrono::milliseconds delay) const;

    // What `consumer` holds in one lane behind `after` (empty: from the start), at most a batch.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<HeldEntry>>> held_by(AgentKeys const& keys, Lane lane,
                                                                                 std::string_view consumer,
                                                                                 std::string_view after) const;
    // The deliveries of such entries; those whose messages are gone are left out.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<Delivery>>> read_held(
        AgentKeys const& keys, Lane lane, std::span<HeldEntry const> entries) const;

    // Gives deliveries back to everybody, nothing counted; true per item where the fence still held.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<bool>>> release(AgentKeys const& keys,
                                                                            std::string_view consumer,
                                                                            std::span<Held const> held) const;

    // Moves due tasks of `ids` to their lanes and answers what is due next, at most `most` ids. Best with at most
    // kPromoteBatch ids.
    [[nodiscard]] boost::asio::awaitable<Result<PromoteReply>> promote(AgentKeys const& keys,
                                                                       std::span<std::string const> ids,
                                                                       std::size_t most = kPromoteTold) const;

    // Removes a pending entry that is no task of ours: after it was dispatched properly, or into the dead stream.
    // Answers whether the fence still held. `dead_kept`: as in SettlePolicy.
    [[nodiscard]] boost::asio::awaitable<Result<bool>> remove(AgentKeys const& keys, std::string_view consumer,
                                                              Held const& held, RemovalKind kind,
                                                              std::string_view reason,
                                                              std::int64_t dead_kept = SettlePolicy{}.dead_kept) const;

    // Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<CancelStatus>> cancel(AgentKeys const& keys,
                                                                      std::string_view task_id) const;
    [[nodiscard]] boost::asio::awaitable<Result<ReprioritiseStatus>> reprioritise(AgentKeys const& keys,
                                                                                  std::string_view task_id,
                                                                                  std::int64_t priority) const;
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<ReplayStatus>>> replay(
        AgentKeys const& keys, std::span<ReplayItem const> items) const;

    [[nodiscard]] boost::asio::awaitable<Result<void>> set_paused(AgentKeys const& keys, bool paused) const;
    [[nodiscard]] boost::asio::awaitable<Result<Control>> control(AgentKeys const& keys) const;

    // Everything known of one task, by one atomic read. Errors also: not_found.
    [[nodiscard]] boost::asio::awaitable<Result<TaskInfo>> task(AgentKeys const& keys, std::string_view task_id) const;

    // What the record's first words say. Cheaper than task(), which knows the rest.
    [[nodiscard]] boost::asio::awaitable<Result<Glance>> glance(AgentKeys const& keys, std::string_view task_id) const;
    // The success that an entry of the archive tells; nothing where it is gone or another task's.
    [[nodiscard]] boost::asio::awaitable<Result<std::optional<TaskResult>>> success(AgentKeys const& keys,
                                                                                    std::string_view task_id,
                                                                                    std::string_view entry) const;

    // Deletes a consumer from the lanes where it holds nothing; answers how many entries it still holds.
    [[nodiscard]] boost::asio::awaitable<Result<std::int64_t>> prune_consumer(AgentKeys const& keys,
                                                                              std::string_view consumer) const;

    // The server's clock, ms since the epoch.
    [[nodiscard]] boost::asio::awaitable<Result<std::int64_t>> server_time() const;

    [[nodiscard]] redis::Connection& connection() const noexcept { return *connection_; }

  private:
    redis::Connection* connection_;
};

}  // namespace leat::store
