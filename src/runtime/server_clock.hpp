#pragma once
// The worker's estimate of the server's clock, for time stamps in the archive. Never decides a due time or a lease.
#include <atomic>
#include <chrono>
#include <cstdint>

namespace leat::runtime {

class ServerClock {
  public:
    // The server said `server_ms` in a reply that arrived at `now` to a question sent at `asked`: the middle is taken.
    void observe(std::int64_t server_ms, std::chrono::steady_clock::time_point asked,
                 std::chrono::steady_clock::time_point now) noexcept {
        auto const middle = asked + (now - asked) / 2;
        offset_ms_.store(server_ms - to_ms(middle), std::memory_order_relaxed);
    }
    // Server ms at a local time. Safe from any thread.
    [[nodiscard]] std::int64_t at(std::chrono::steady_clock::time_point time) const noexcept {
        return to_ms(time) + offset_ms_.load(std::memory_order_relaxed);
    }

  private:
    static std::int64_t to_ms(std::chrono::steady_clock::time_point time) noexcept {
        return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    }
    std::atomic<std::int64_t> offset_ms_{0};
};

}  // namespace leat::runtime
