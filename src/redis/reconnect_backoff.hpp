#pragma once
// How long to wait before the next connection attempt.
#include <chrono>
#include <cstdint>

#include "core/random.hpp"

namespace leat::redis {

class ReconnectBackoff {
  public:
    using Duration = std::chrono::nanoseconds;

    // 0 < min ≤ max; anything else is corrected to that.
    ReconnectBackoff(Duration min, Duration max, core::Random random);

    // After a failed attempt or a loss: evenly spread over [0, min × 2^(failures before)], never above max.
    [[nodiscard]] Duration after_failure();
    // After an answer that only an operator can change: between half of max and max.
    [[nodiscard]] Duration after_refusal();
    // The connection served well: the next failure is the first again.
    void reset() noexcept { failures_ = 0; }
    // Corrected like the constructor's.
    void set_max(Duration max) noexcept { max_ = max < min_ ? min_ : max; }
    // Failures and refusals in a row.
    [[nodiscard]] int failures() const noexcept { return failures_; }

  private:
    [[nodiscard]] Duration spread(Duration from, Duration to);
    void count() noexcept;

    Duration min_;
    Duration max_;
    core::Random random_;
    int failures_ = 0;
};

}  // namespace leat::redis
