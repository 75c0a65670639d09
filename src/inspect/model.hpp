#pragma once
// What the inspector answers: plain values, the same for the command line, the dashboard and metrics.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leat/task.hpp"
#include "store/audit_walk.hpp"
#include "store/store.hpp"
#include "store/store_inspect.hpp"
#include "store/store_worker.hpp"
#include "store/task_log.hpp"

namespace leat::inspect {

// Why an agent's tasks move or do not.
enum class AgentCondition : std::uint8_t {
    served,    // at least one live worker serves it
    paused,    // somebody paused it: nothing is handed out
    unserved,  // no live worker serves it: tasks wait
    unknown,   // nobody has ever dispatched to it or served it
    corrupt,   // one of its keys holds what Leat did not write
};
[[nodiscard]] std::string_view to_string(AgentCondition condition) noexcept;

struct AgentInfo {
    std::string agent{};
    bool registered = false;  // a worker has served it at some time
    store::Control control{};
    store::Depth depth{};
    std::int64_t workers = 0;  // live workers that serve it
    std::int64_t slots = 0;    // tasks they can run at once
    // How long the longest running attempt has run, as its worker's last beat tells; none where no live worker runs
    // any.
    std::optional<std::int64_t> oldest_running_ms{};
    store::Counters totals{};  // of one agent and in overviews; empty in listings
    std::string problem{};     // listings: why nothing is known of a corrupt agent; else empty

    [[nodiscard]] AgentCondition condition() const noexcept;
};

struct AgentPage {
    std::vector<AgentInfo> agents{};
    std::string cursor{};
};

struct AgentPending {
    std::string agent{};
    std::vector<store::PendingByWorker> workers{};
    std::string problem{};  // why nothing is known of a corrupt agent; else empty

    [[nodiscard]] std::int64_t count() const noexcept;
    [[nodiscard]] std::int64_t oldest_idle_ms() const noexcept;
    [[nodiscard]] std::int64_t oldest_running_ms() const noexcept;
};

struct PendingPage {
    std::vector<AgentPending> agents{};
    std::string cursor{};
};

struct WorkerPage {
    std::int64_t now = 0;  // server clock, ms since the epoch: what the beats are to be compared with
    std::vector<store::WorkerBeat> workers{};
};

// Everything at a glance.
struct Overview {
    std::int64_t now = 0;              // server clock, ms since the epoch
    std::vector<AgentInfo> agents{};   // by name, with totals
    bool all_agents = true;            // false: there are more agents than were asked for
    std::int64_t agents_left_out = 0;  // how many more
    std::vector<store::WorkerBeat> workers{};
    store::ServerFacts server{};
};

// What became of `task retry`.
enum class RetryStatus : std::uint8_t {
    replayed,  // it was dead and waits again
    not_dead,  // it needs no replay; `state` says where it is
};

struct RetryReply {
    RetryStatus status = RetryStatus::replayed;
    TaskState state = TaskState::ready;
};

// Which dead letters to replay, and how fast.
struct ReplayRequest {
    std::string agent{};
    std::string error_contains{};  // in the error or the reason; empty: all
    // A further condition; none: all.
    std::function<bool(store::DeadLetter const&)> takes{};
    double rate = 0;       // tasks a second; 0: as fast as it goes
    bool dry_run = false;  // count, change nothing
};

struct ReplayReport {
    std::int64_t looked_at = 0;
    std::int64_t matched = 0;   // open letters that the filter takes
    std::int64_t replayed = 0;  // brought back now; 0 in a dry run
    std::int64_t skipped = 0;   // matched, and gone on or purged in the meantime
};

// What one pass of the audit over an agent found.
struct AuditReport {
    static constexpr std::size_t kFindingsMax = 1'000;

    std::string agent{};
    std::int64_t checked = 0;                   // messages, scheduled ids and records looked at
    store::Counters repaired{};                 // by kind; in a mere look: what would be
    store::Counters reported{};                 // by kind: what workers or people must see to
    std::vector<store::AuditFinding> findings;  // the first kFindingsMax of both, by task id
    store::Tally tally{};                       // live tasks, and what the counters say, at the end
    bool steady = true;                         // the difference of both was the same before: no task in transit
    std::int64_t booked = 0;                    // of that difference; live minus counted
};

}  // namespace leat::inspect
