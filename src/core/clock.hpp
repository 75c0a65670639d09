#pragma once
// Time as a parameter, and its text form. Due times and leases are judged by the server's clock, never by this one.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leat::core {

// Where code that decides gets its time from. Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    // Never goes back; for durations and deadlines.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const noexcept = 0;
    // Milliseconds since the epoch, UTC; may jump. For ids and for display.
    [[nodiscard]] virtual std::int64_t wall_ms() const noexcept = 0;
    // The same in nanoseconds, as finely as the clock goes. For spans.
    [[nodiscard]] virtual std::int64_t wall_ns() const noexcept { return wall_ms() * 1'000'000; }
};

// The clock of this machine.
[[nodiscard]] Clock const& machine_clock() noexcept;

// A clock that moves only when told to, for tests.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(std::int64_t wall_ms = 0) : start_(wall_ms) {}
    void advance(std::chrono::nanoseconds step) noexcept { passed_.fetch_add(step.count()); }
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept override {
        return std::chrono::steady_clock::time_point{std::chrono::nanoseconds{passed_.load()}};
    }
    [[nodiscard]] std::int64_t wall_ms() const noexcept override { return start_ + passed_.load() / 1'000'000; }

  private:
    std::int64_t start_;
    std::atomic<std::int64_t> passed_{0};  // nanoseconds
};

// "2024-05-01T12:34:56.789Z". Times before year 0 or after year 9999 are shown as that limit.
[[nodiscard]] std::string format_iso8601(std::int64_t epoch_ms);

// Milliseconds since the epoch of YYYY-MM-DD, optionally with T (or a space) and HH:MM[:SS[.fraction]], then Z, +HH:MM,
// +HHMM or +HH. Without a zone: UTC. A finer fraction is cut to milliseconds. Nothing for any other text.
[[nodiscard]] std::optional<std::int64_t> parse_iso8601(std::string_view text) noexcept;

}  // namespace leat::core
