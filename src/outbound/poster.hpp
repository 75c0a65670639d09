#pragma once
// Small HTTP requests to others (webhooks, collectors) that must never hold up who sends them.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "core/random.hpp"
#include "outbound/retry.hpp"

namespace leat::outbound {

// What became of one post.
struct PostOutcome {
    bool sent = false;  // answered with 2xx
    long status = 0;    // of the last answer; 0: there was none
    int attempts = 0;
    std::string body{};   // of the last answer, at most kAnswerBytes; hostile: escape before printing
    std::string error{};  // empty where sent; a sentence without URL, header or password
};

// One request. A receiver may get it more than once: an answer may be lost.
struct Post {
    std::string url{};                   // see check_url(); redirects are not followed
    std::vector<std::string> headers{};  // "Content-Type: application/json"; no line breaks
    std::string body{};
    std::chrono::milliseconds timeout{10'000};  // of each attempt
    int attempts = 3;                           // at least 1
    // Called once for every post that was accepted, on the Poster's thread: return fast, do not throw. May call post().
    std::function<void(PostOutcome const&)> on_done{};
};

struct PostCounts {
    std::uint64_t sent = 0;     // posts answered with 2xx
    std::uint64_t failed = 0;   // posts given up
    std::uint64_t dropped = 0;  // posts refused, and posts that stop() gave up before they were through
    std::uint64_t retried = 0;  // further attempts
};

struct PosterOptions {
    std::string user_agent = "leat";
    std::size_t posts_max = 1'000;      // in its hands at once, waiting or under way
    std::size_t bytes_max = 16U << 20;  // of their URLs, headers and bodies
    std::size_t transfers_at_once = 2;  // 1 keeps the order, as long as nothing is sent again
    Backoff backoff{};
};

inline constexpr std::size_t kAnswerBytes = 16U << 10;

// Has a thread of its own, and connections that are kept. The environment's proxies (https_proxy, no_proxy) are used.
class Poster {
  public:
    Poster(PosterOptions options, core::Random const& random, core::Clock const& clock);
    // stop() without patience.
    ~Poster();
    Poster(Poster const&) = delete;
    Poster& operator=(Poster const&) = delete;

    // Never waits for the network. False where it holds too much already or has stopped: dropped and counted, on_done
    // is not called. From any thread.
    bool post(Post post);

    // Takes nothing more, sends what it holds (what waits for another attempt has a last one now), gives up what is
    // left after `patience`, and ends the thread. The second call only waits. Not from on_done.
    void stop(std::chrono::milliseconds patience);

    // From any thread.
    [[nodiscard]] PostCounts counts() const noexcept;
    // Posts in its hands now.
    [[nodiscard]] std::size_t held() const;

  private:
    struct Job;
    class Engine;
    using Time = std::chrono::steady_clock::time_point;

    // What the engine's thread needs from the others: what came in, and when all must have ended.
    struct News {
        std::deque<std::unique_ptr<Job>> jobs;
        std::optional<Time> stop_at;
    };
    [[nodiscard]] News take_news();
    void let_go(std::size_t bytes);

    PosterOptions options_;
    core::Clock const& clock_;
    mutable std::mutex mutex_;
    std::deque<std::unique_ptr<Job>> incoming_;  // guarded by mutex_, as all below up to stop_at_
    std::size_t held_posts_ = 0;
    std::size_t held_bytes_ = 0;
    std::optional<Time> stop_at_;
    std::atomic<std::uint64_t> sent_{0}, failed_{0}, dropped_{0}, retried_{0};
    std::mutex stop_mutex_;  // one stop() at a time
    std::unique_ptr<Engine> engine_;
    std::thread thread_;
};

}  // namespace leat::outbound
