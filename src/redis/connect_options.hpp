#pragma once
// Where a Redis server is and how to speak to it, parsed from a URL.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"

namespace leat::redis {

enum class TransportKind : std::uint8_t { tcp, unix_socket, tls };

struct Address {
    std::string host;
    std::uint16_t port = 0;
    friend bool operator==(Address const&, Address const&) = default;
};
// "host:port", "[::1]:port".
[[nodiscard]] std::string to_string(Address const& address);

struct ConnectOptions {
    TransportKind transport = TransportKind::tcp;
    std::string host = "127.0.0.1";
    std::uint16_t port = 6379;
    std::string socket_path;  // unix_socket only
    std::string username;     // empty: the default user
    std::string password;     // empty: no AUTH. Never printed.
    std::int64_t database = 0;
    std::string tls_ca_file;    // PEM; empty: the system's authorities
    std::string tls_cert_file;  // PEM: this side's certificate and its chain; empty: none is shown
    std::string tls_key_file;   // PEM: its key, without a passphrase
    // Not empty: these are asked where the master `master_name` is, at each connection anew; host and port above say
    // nothing. The server that they name is used only while it says itself that it is a master.
    std::vector<Address> sentinels;
    std::string master_name;
    std::string sentinel_username;
    std::string sentinel_password;  // Never printed.
    std::string client_name = "leat";
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds command_timeout{10'000};
    std::chrono::milliseconds reconnect_delay_min{50};  // first delay; doubles, full jitter
    std::chrono::milliseconds reconnect_delay_max{5'000};
};

// Parses redis://[user[:password]@]host[:port][/db], rediss://…, unix:///path[?db=N] (percent-encoding is decoded), and
// redis+sentinel://[user[:password]@]host[:port][,host[:port]…]/master[/db], rediss+sentinel://…, where user and
// password are those of the Redis servers.
// Errors: invalid_input with a sentence that never repeats the password.
[[nodiscard]] Result<ConnectOptions> parse_url(std::string_view url);

// What a connection to one of the sentinels needs.
[[nodiscard]] ConnectOptions sentinel_options(ConnectOptions const& options, Address const& sentinel);

// The address for people: "redis://127.0.0.1:6379/0", without user and password.
[[nodiscard]] std::string describe(ConnectOptions const& options);

}  // namespace leat::redis
