#pragma once
// Where a Redis server is and how to speak to it, parsed from a URL.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "leat/error.hpp"

namespace leat::redis {

enum class TransportKind : std::uint8_t { tcp, unix_socket, tls };

struct ConnectOptions {
    TransportKind transport = TransportKind::tcp;
    std::string host = "127.0.0.1";
    std::uint16_t port = 6379;
    std::string socket_path;  // unix_socket only
    std::string username;     // empty: the default user
    std::string password;     // empty: no AUTH. Never printed.
    std::int64_t database = 0;
    std::string tls_ca_file;  // PEM; empty: the system's authorities
    std::string client_name = "leat";
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds command_timeout{10'000};
    std::chrono::milliseconds reconnect_delay_min{50};  // first delay; doubles, full jitter
    std::chrono::milliseconds reconnect_delay_max{5'000};
};

// Parses redis://[user[:password]@]host[:port][/db], rediss://…, unix:///path[?db=N] (percent-encoding is decoded).
// Errors: invalid_input with a sentence that never repeats the password.
[[nodiscard]] Result<ConnectOptions> parse_url(std::string_view url);

// The address for people: "redis://127.0.0.1:6379/0", without user and password.
[[nodiscard]] std::string describe(ConnectOptions const& options);

}  // namespace leat::redis
