#include "tasks/judge.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/escape.hpp"
#include "core/json_depth.hpp"
#include "tasks/backoff.hpp"

namespace leat::tasks {
namespace {

// Sums of counters that came from the server: never negative, never past the limit of the type.
std::int64_t add(std::int64_t left, std::int64_t right) noexcept {
    left = std::max<std::int64_t>(left, 0);
    right = std::max<std::int64_t>(right, 0);
    auto const max = std::numeric_limits<std::int64_t>::max();
    return left > max - right ? max : left + right;
}

std::string reason_text(std::string_view text) {
    if (text.empty()) return "the handler gave no reason";
    return core::sanitize_utf8(text, Limits::error_bytes);
}

Ruling dead(Ruling ruling, std::string_view dead_kind, std::string_view text) {
    ruling.kind = RulingKind::dead;
    ruling.dead_kind = dead_kind;
    ruling.text = reason_text(text);
    return ruling;
}

Ruling success(Ruling ruling, Success verdict, AgentOptions const& options) {
    auto text =
        core::is_utf8(verdict.result_text) ? std::move(verdict.result_text) : core::sanitize_utf8(verdict.result_text);
    if (text.empty()) text = "null";
    if (text.size() > options.result_bytes_max) {
        return dead(std::move(ruling), kDeadResultTooLarge,
                    "the result has " + std::to_string(text.size()) + " bytes; the limit is " +
                        std::to_string(options.result_bytes_max) + " (result_bytes_max)");
    }
    if (core::json_depth(text) > core::kJsonDepthMax) {
        return dead(std::move(ruling), kDeadResultTooLarge,
                    "the result is nested deeper than " + std::to_string(core::kJsonDepthMax) + " levels");
    }
    ruling.kind = RulingKind::success;
    ruling.text = std::move(text);
    return ruling;
}

// `delay` is what the handler asked for; without it the agent's backoff decides.
Ruling retry(Ruling ruling, std::string_view error, std::optional<Milliseconds> delay, Message const& message,
             AgentOptions const& options, core::Random& random) {
    if (message.retry_count >= message.max_retries) return dead(std::move(ruling), kDeadFailed, error);
    ruling.kind = RulingKind::retry;
    ruling.text = reason_text(error);
    ruling.retry_count = add(message.retry_count, 1);
    ruling.delay = delay ? std::clamp(*delay, Milliseconds{0}, Limits::delay_max)
                         : backoff_delay(options, message.retry_count, random);
    return ruling;
}

Ruling ruling_about(Message const& message, std::int64_t count) {
    Ruling ruling;
    ruling.attempt = add(message.attempts, 1);
    ruling.retry_count = message.retry_count;
    ruling.crashes = crashes_so_far(message, count);
    return ruling;
}

}  // namespace

std::int64_t crashes_so_far(Message const& message, std::int64_t count) noexcept {
    return add(message.crashes, std::max<std::int64_t>(count, 1) - 1);
}

Milliseconds timeout_of(Message const& message, AgentOptions const& options) noexcept {
    if (message.timeout_ms.value_or(0) <= 0) return options.timeout;
    return std::min(Milliseconds{*message.timeout_ms}, Limits::delay_max);
}

std::optional<Ruling> judge_before_run(Message const& message, std::int64_t count, AgentOptions const& options) {
    auto ruling = ruling_about(message, count);
    if (ruling.crashes <= options.max_crashes) return std::nullopt;
    auto const text = std::to_string(ruling.crashes) + " deliveries ended without a verdict; the limit is " +
                      std::to_string(options.max_crashes) + " (max_crashes)";
    return dead(std::move(ruling), kDeadPoison, text);
}

Ruling judge(Verdict verdict, CancelReason reason, Message const& message, std::int64_t count,
             AgentOptions const& options, core::Random& random) {
    auto ruling = ruling_about(message, count);
    if (reason == CancelReason::lease_lost) return ruling;
    if (auto* const done = std::get_if<Success>(&verdict)) return success(std::move(ruling), std::move(*done), options);
    if (reason == CancelReason::cancelled) {
        ruling.kind = RulingKind::cancelled;
        ruling.text = "cancelled on request while it ran";
        return ruling;
    }
    if (auto const* const refused = std::get_if<Dead>(&verdict))
        return dead(std::move(ruling), kDeadRefused, refused->reason);
    if (reason == CancelReason::shutdown) {
        ruling.kind = RulingKind::release;
        return ruling;
    }
    if (reason == CancelReason::timeout) {
        auto const text = "timed out after " + std::to_string(timeout_of(message, options).count()) + " ms";
        return retry(std::move(ruling), text, std::nullopt, message, options, random);
    }
    if (auto const* const later = std::get_if<RetryAfter>(&verdict)) {
        return retry(std::move(ruling), later->error, later->delay, message, options, random);
    }
    return retry(std::move(ruling), std::get<Retry>(verdict).error, std::nullopt, message, options, random);
}

}  // namespace leat::tasks
