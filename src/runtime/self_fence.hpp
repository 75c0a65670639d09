#pragma once
// When a worker must stop to trust the leases it holds. Pure: times come in.
//
// A lease counts from when its last confirmed renewal was sent. Two thirds later nobody has confirmed it, and a third
// is left until others may take the task over: time to end the handler.
#include <chrono>

namespace leat::runtime {

class SelfFence {
  public:
    using Time = std::chrono::steady_clock::time_point;

    explicit SelfFence(std::chrono::milliseconds lease) : lease_(lease) {}
    void set_lease(std::chrono::milliseconds lease) noexcept { lease_ = lease; }
    [[nodiscard]] std::chrono::milliseconds lease() const noexcept { return lease_; }

    // A lease has six ticks: renewed every second one, distrusted after the fourth.
    [[nodiscard]] std::chrono::milliseconds tick() const noexcept { return lease_ / kTicks; }
    static constexpr int kTicksPerRenewal = 2;

    // Whether a delivery whose renewal sent at `confirmed` was the last confirmed one is to be given up.
    [[nodiscard]] bool distrusts(Time confirmed, Time now) const noexcept {
        return now - confirmed > lease_ * kTicksOfTrust / kTicks;
    }

    // To be asked with each look: true where the leases may be judged. A look that comes more than a tick late means
    // that this process stood still, its handlers too: one renewal first, which tells what is really lost.
    [[nodiscard]] bool may_judge(Time planned, Time now) noexcept {
        auto const late = now - planned > tick();
        auto const excused = late && !excused_;
        excused_ = excused;
        return !excused;
    }

  private:
    static constexpr int kTicks = 6;
    static constexpr int kTicksOfTrust = 4;
    static_assert(kTicksPerRenewal * 2 <= kTicksOfTrust, "one failed renewal must not cost the lease");
    static_assert(kTicksOfTrust + 1 < kTicks, "distrust comes before anybody else may claim, also when excused once");

    std::chrono::milliseconds lease_;
    bool excused_ = false;
};

}  // namespace leat::runtime
