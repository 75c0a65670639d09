#pragma once
// When a post is sent again.
#include <chrono>
#include <optional>

#include "core/random.hpp"

namespace leat::outbound {

struct Backoff {
    std::chrono::milliseconds base{500};
    std::chrono::milliseconds cap{30'000};
    std::chrono::milliseconds retry_after_max{5 * 60 * 1'000};  // a longer Retry-After is shortened to that
};

// Whether another attempt may end better than this answer: 408, 429 and 5xx.
[[nodiscard]] bool is_passing(long status) noexcept;

// How long to wait after `failures` ≥ 1 attempts: between half of base · 2^(failures − 1) and all of it, at most the
// cap, so that those who failed together do not return together. Never sooner than the answer's Retry-After.
[[nodiscard]] std::chrono::milliseconds retry_delay(Backoff const& backoff, int failures,
                                                    std::optional<std::chrono::seconds> retry_after,
                                                    core::Random& random);

}  // namespace leat::outbound
