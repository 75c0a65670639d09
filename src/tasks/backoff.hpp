#pragma once
// How long a failed task waits before its next attempt.
#include <cstdint>

#include "core/random.hpp"
#include "leat/options.hpp"

namespace leat::tasks {

// The longest delay after `retries_before` earlier retries: base · factor^retries_before, at most the cap. Never
// negative and never above the cap (or Limits::delay_max), whatever the inputs are.
[[nodiscard]] Milliseconds backoff_ceiling(AgentOptions const& options, std::int64_t retries_before) noexcept;

// A delay evenly drawn from 0 to that ceiling (full jitter), so that tasks that failed together do not return together.
[[nodiscard]] Milliseconds backoff_delay(AgentOptions const& options, std::int64_t retries_before,
                                         core::Random& random);

}  // namespace leat::tasks
