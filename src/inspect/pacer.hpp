#pragma once
// Decides when the next items of a throttled run may go.
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace leat::inspect {

// A steady rate without bursts to catch up after a stall. Driven from outside: no clock, no sleep.
class Pacer {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // `rate`: items a second, 0 or less for no limit.
    explicit Pacer(double rate) : rate_(rate) {}

    // How many items to send at once: a tenth of a second's worth, within 1 and `batch_max`.
    [[nodiscard]] std::int64_t batch(std::int64_t batch_max) const noexcept {
        if (rate_ <= 0) return batch_max;
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::min(rate_ / 10, 1e6)), 1, batch_max);
    }
    // Notes that `count` items go now and answers how long to wait before the next ones.
    [[nodiscard]] std::chrono::nanoseconds sent(std::int64_t count, TimePoint now) noexcept {
        if (rate_ <= 0) return std::chrono::nanoseconds{0};
        auto const share = std::chrono::duration<double>(static_cast<double>(count) / rate_);
        next_ = std::max(next_, now) + std::chrono::duration_cast<std::chrono::nanoseconds>(share);
        return next_ - now;
    }

  private:
    double rate_;
    TimePoint next_{};
};

}  // namespace leat::inspect
