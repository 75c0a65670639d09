#pragma once
// Whether the work of other workers may be taken over now, and by which sign. Pure: times come in.
//
// Silence on the server's clock proves that a worker is gone only while that clock ran evenly and Redis was there for
// everybody. After trouble of our own, or a jump of the clock forward, everybody gets one lease to renew first. While
// the clock is behind a time it has shown before, silence says nothing: then a worker is gone whose count of heartbeats
// has not changed for a lease on our own clock.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace leat::runtime {

// When the server's process began, as it matters to a worker that starts.
struct ServerStart {
    std::int64_t server_ms = 0;  // the server's clock
    std::int64_t uptime_s = 0;
    std::int64_t data_since_ms = 0;  // when the epoch of its data began; 0: not known
};
// Whether the server came back with the data of an earlier process less than a lease ago: the workers of that time may
// live, and have had no chance to renew.
[[nodiscard]] bool came_back_lately(ServerStart const& start, std::chrono::milliseconds lease) noexcept;

class ClaimGuard {
  public:
    using Time = std::chrono::steady_clock::time_point;

    // `beat_patience`: how long a living worker's heartbeats may stay away at most.
    ClaimGuard(std::chrono::milliseconds lease, std::chrono::milliseconds beat_patience);
    void set_lease(std::chrono::milliseconds lease) noexcept { lease_ = lease; }

    // Redis was away, slow or held up: nobody is judged for one lease from `now` on.
    void trouble(std::string_view why, Time now);
    // The server said `server_ms` to a question of `asked`, answered at `answered`.
    void observe(std::int64_t server_ms, Time asked, Time answered);

    [[nodiscard]] bool holds(Time now) const noexcept { return now < held_until_; }
    // Why claims are held, once for each time it begins.
    [[nodiscard]] std::optional<std::string_view> news();

    // What the server's clock should say, and how far it may be off before a claim is not to be made.
    [[nodiscard]] std::int64_t expected_ms(Time now) const noexcept;
    [[nodiscard]] std::chrono::milliseconds tolerance() const noexcept { return lease_ / kTolerance; }

    [[nodiscard]] bool clock_is_behind() const noexcept { return behind_; }
    // `beats`: the worker's count of heartbeats, nothing where it has none. True once it has not changed for long
    // enough.
    [[nodiscard]] bool is_gone(std::string const& consumer, std::optional<std::int64_t> beats, Time now);
    // Forgets owners that were not asked for since the last call.
    void forget_others();

  private:
    static constexpr int kTolerance = 6;
    struct Owner {
        std::optional<std::int64_t> beats;
        Time since;
        bool asked = true;
    };

    std::chrono::milliseconds lease_;
    std::chrono::milliseconds const beat_patience_;
    Time held_until_ = Time::min();
    std::string_view why_;
    bool told_ = true;
    std::optional<Time> seen_at_;
    std::int64_t seen_ms_ = 0;
    std::int64_t highest_ms_ = 0;
    bool behind_ = false;
    std::map<std::string, Owner> owners_;
};

}  // namespace leat::runtime
