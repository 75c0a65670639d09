#pragma once
// Who may do what: the Host check, tokens, sessions, and the proof that a change was asked for on purpose. No I/O.
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "http/routes.hpp"
#include "leat/error.hpp"

namespace leat::http {

using TimePoint = std::chrono::steady_clock::time_point;

inline constexpr std::size_t kTokenBytesMin = 16;
inline constexpr std::size_t kTokenBytesMax = 512;
inline constexpr std::chrono::hours kSessionLife{12};
inline constexpr std::size_t kSessionsMax = 1'000;  // beyond it the oldest one ends
inline constexpr std::string_view kSessionCookie = "leat_session";

using Digest = std::array<std::uint8_t, 32>;
[[nodiscard]] Digest sha256(std::string_view text);
// In a time that depends on nothing but the size.
[[nodiscard]] bool equal_digests(Digest const& left, Digest const& right) noexcept;

// Whether a Host field names this server: an address, "localhost", or one of `names` (lower case). A page of another
// origin that had its name pointed here sends that name.
[[nodiscard]] bool host_allowed(std::string_view host, std::vector<std::string> const& names);

// Whether a bind address is reachable from this machine only: 127.0.0.0/8, ::1 or "localhost".
[[nodiscard]] bool is_loopback(std::string_view address);

// How long to wait before answering a wrong token. Doubles with each failure, halves with time.
class FailureDelay {
  public:
    static constexpr std::chrono::milliseconds kFirst{100};
    static constexpr std::chrono::milliseconds kMost{5'000};
    static constexpr std::chrono::seconds kHalfLife{10};

    // Notes a failure and answers the wait.
    [[nodiscard]] std::chrono::milliseconds failed(TimePoint now) noexcept;

  private:
    double failures_ = 0;
    TimePoint last_{};
};

struct AccessOptions {
    std::string operator_token{};      // empty: everybody who passes the Host check is an operator
    std::string viewer_token{};        // empty: there is no such role; needs operator_token
    std::vector<std::string> hosts{};  // further names of this server
};

// What the server is to do with a request.
struct Ruling {
    Role role = Role::nobody;
    unsigned status = 0;      // 0: go on; else refuse
    std::string_view code{};  // of the problem
    std::string_view detail{};
    bool wrong_token = false;  // wait for FailureDelay first
};

class Access {
  public:
    // Errors: invalid_input for a token that is too short or too long, or the same for both roles.
    [[nodiscard]] static Result<Access> make(AccessOptions options);

    [[nodiscard]] bool needs_token() const noexcept { return operator_.has_value(); }

    // Judges a request by its header. The order: Host, then where it came from, then who it is, then what it may.
    [[nodiscard]] Ruling judge(Head const& head, Route const& route, TimePoint now) const;
    // Whether the Host field names this server.
    [[nodiscard]] bool host_allowed(std::string_view host) const { return http::host_allowed(host, hosts_); }

    // The role of a token; nobody for a wrong one.
    [[nodiscard]] Role role_of(std::string_view token) const;
    // Starts a session for a browser. `secret`: 32 random bytes as hex, which becomes the cookie's value.
    void open_session(std::string_view secret, Role role, TimePoint now);
    void close_session(std::string_view cookie_header);

  private:
    struct Session {
        Digest digest;
        Role role;
        TimePoint ends;
    };
    [[nodiscard]] Role role_of_session(std::string_view cookie_header, TimePoint now) const;
    // Nothing where the request carries no proof at all.
    [[nodiscard]] std::optional<Role> identify(Head const& head, TimePoint now) const;

    std::vector<std::string> hosts_;
    std::optional<Digest> operator_;
    std::optional<Digest> viewer_;
    std::deque<Session> sessions_;  // oldest first
};

// The value of a cookie in a Cookie field; empty where it is absent.
[[nodiscard]] std::string_view cookie_value(std::string_view header, std::string_view name) noexcept;

}  // namespace leat::http
