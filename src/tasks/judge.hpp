#pragma once
// What becomes of a delivery: from the end of a run, or before one, to the transition that records it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/random.hpp"
#include "leat/handler.hpp"
#include "leat/options.hpp"
#include "tasks/message.hpp"

namespace leat::tasks {

// Why a task is dead, as stored in its dead letter.
inline constexpr std::string_view kDeadFailed = "failed";                    // no retries were left
inline constexpr std::string_view kDeadRefused = "refused";                  // the handler said `Dead`
inline constexpr std::string_view kDeadPoison = "poison";                    // too many deliveries without a verdict
inline constexpr std::string_view kDeadResultTooLarge = "result_too_large";  // above AgentOptions::result_bytes_max

enum class RulingKind : std::uint8_t {
    success,
    retry,
    dead,
    cancelled,
    release,  // give the delivery back, nothing is counted
    drop,     // record nothing: the delivery is no longer ours
};

// The decision. Fields that do not apply to its kind are empty or 0.
struct Ruling {
    RulingKind kind = RulingKind::drop;
    std::string text;              // success: the result, JSON text; else the error or reason: valid UTF-8, at most
                                   // Limits::error_bytes
    std::string_view dead_kind;    // dead: one of the constants above
    Milliseconds delay{0};         // retry: how long to wait
    std::int64_t attempt = 0;      // number of the attempt that ended, from 1
    std::int64_t retry_count = 0;  // after this decision
    std::int64_t crashes = 0;      // deliveries without a verdict so far
};

// Deliveries of the task that ended without a verdict, all messages together. `count`: the delivery count, from 1.
[[nodiscard]] std::int64_t crashes_so_far(Message const& message, std::int64_t count) noexcept;

// How long one attempt may take: the task's own limit, else the agent's.
[[nodiscard]] Milliseconds timeout_of(Message const& message, AgentOptions const& options) noexcept;

// Before a run: dead as `poison` when the task has crashed more than `max_crashes` times, nothing when it may run. With
// it a task runs at most (max_retries + 1) + max_crashes times.
[[nodiscard]] std::optional<Ruling> judge_before_run(Message const& message, std::int64_t count,
                                                     AgentOptions const& options);

// After a run. `reason`: why the handler was asked to stop, `none` where it was not.
//   lease_lost                  → drop, whatever the verdict
//   Success                     → success; dead when the result is too large
//   cancelled, not Success      → cancelled
//   shutdown, Retry, RetryAfter → release
//   timeout, Retry, RetryAfter  → as Retry{"timed out after N ms"}
//   Retry, RetryAfter           → retry; dead (`failed`) when max_retries is reached
//   Dead                        → dead (`refused`)
[[nodiscard]] Ruling judge(Verdict verdict, CancelReason reason, Message const& message, std::int64_t count,
                           AgentOptions const& options, core::Random& random);

}  // namespace leat::tasks
