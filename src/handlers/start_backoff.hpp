#pragma once
// Spaces out the starts of a command that keeps failing, so that a broken one does not spin. Decisions only.
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace leat::handlers {

inline constexpr std::chrono::milliseconds kStartPauseFirst{100};
inline constexpr std::chrono::milliseconds kStartPauseMax{30'000};

class StartBackoff {
  public:
    using Time = std::chrono::steady_clock::time_point;

    // Starting, or a process before its first answer, failed at `now`.
    void failed(Time now) {
        next_ = now + pause_;
        failing_ = true;
        pause_ = std::min(2 * pause_, kStartPauseMax);
    }
    // A process answered: the command works.
    void worked() { *this = StartBackoff(); }

    // When the next start may be tried; in the past while nothing has failed.
    [[nodiscard]] Time next() const noexcept { return next_; }
    // Whether a start may be tried now. While the command fails, one caller per pause gets true.
    [[nodiscard]] bool may_start(Time now) {
        if (now < next_) return false;
        if (failing_) next_ = now + pause_;
        return true;
    }

  private:
    std::chrono::milliseconds pause_ = kStartPauseFirst;
    Time next_ = Time::min();
    bool failing_ = false;
};

}  // namespace leat::handlers
