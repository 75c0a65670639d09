#pragma once
// A proxy between workers and their Redis that behaves like a bad network: slow, deaf, torn, forgetful.
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace leat::cli::chaos {

enum class Direction : std::uint8_t { to_server, to_client };

// What the proxy does to all connections, present and new. Default: forwards faithfully.
struct ProxyFaults {
    std::chrono::milliseconds delay{0};   // every piece, in each direction; throughput stays
    std::chrono::milliseconds jitter{0};  // up to so much more, evenly spread; order is kept
    bool drop_to_server = false;          // bytes vanish; the connection stays open
    bool drop_to_client = false;
    bool black_hole = false;  // nothing passes in either direction; what waited passes once this is over
    std::optional<std::size_t> cut_after_bytes;  // a connection is reset once its client was sent so many bytes
    double cut_chance = 0;                       // 0..1, for each piece that arrives: its connection is reset
    // Replies to commands that contain one of these texts (a script's SHA1) are lost, though the server runs them.
    std::vector<std::string> lose_replies_of;
    double lose_chance = 1;      // 0..1, for each such command
    bool lose_silently = false;  // the connection stays open without replies; otherwise it is reset
    // Only connections of these processes suffer; empty: all. Known on unix sockets, where nobody else is hit.
    std::vector<pid_t> only;
};

struct ProxyCounts {
    std::uint64_t connections = 0;  // accepted
    std::uint64_t cut = 0;          // reset by us
    std::uint64_t pieces = 0;       // arrived, both directions
    std::uint64_t dropped_bytes = 0;
    std::uint64_t lost_replies = 0;  // commands whose reply was lost
    std::uint64_t half_closed = 0;
};

// Runs on a thread of its own from construction to destruction. Functions are thread-safe and have taken effect when
// they return.
class FaultProxy {
  public:
    // Forwards to `server_url` (redis://host:port with a numeric host, or unix:///path). Listens on a loopback port
    // that the system chooses, or, with `socket`, on that unix socket. `seed` decides jitter and chances. Throws
    // std::runtime_error where it cannot listen or the URL is neither of both.
    explicit FaultProxy(std::string const& server_url, std::filesystem::path const& socket = {},
                        std::uint64_t seed = 1);
    ~FaultProxy();  // all connections end
    FaultProxy(FaultProxy const&) = delete;
    FaultProxy& operator=(FaultProxy const&) = delete;

    // What clients connect to.
    [[nodiscard]] std::string const& url() const noexcept { return url_; }

    // Replaces the faults. A connection that has lost bytes is reset now: its ends no longer agree on where they are.
    void set(ProxyFaults faults);
    void heal() { set({}); }
    // Forwards to another server from now on; present connections are reset. Throws as the constructor does.
    void retarget(std::string const& server_url);
    // Resets each present connection with a chance of `share` (0..1); answers how many.
    std::size_t cut(double share = 1);
    // The receiver of `direction` sees the end of the stream; the other direction goes on. Present connections only.
    void half_close(Direction direction);

    [[nodiscard]] ProxyCounts counts() const;
    // Connections that are open now.
    [[nodiscard]] std::size_t open() const;

  private:
    class Engine;
    std::string url_;
    std::unique_ptr<Engine> engine_;
};

}  // namespace leat::cli::chaos
