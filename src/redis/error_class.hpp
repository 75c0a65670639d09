#pragma once
// The one table that sorts Redis' error replies by what we do next (reliability: error classes).
#include <cstdint>
#include <string_view>

#include "leat/error.hpp"

namespace leat::redis {

enum class ErrorClass : std::uint8_t {
    retry_now,    // LOADING BUSY TRYAGAIN CLUSTERDOWN MASTERDOWN: the same call again after a backoff
    re_route,     // MOVED ASK READONLY UNBLOCKED: the server changed its role; reconnect, then again
    self_heal,    // NOSCRIPT NOGROUP: re-create, then again
    stop_intake,  // OOM MISCONF NOREPLICAS: refuse new work, finish what runs
    fatal,        // NOAUTH WRONGPASS NOPERM WRONGTYPE …: only an operator can help
    other,        // ERR …: a defect or an unsupported server
};

// Sorts an error reply ("OOM command not allowed …") by its first word.
[[nodiscard]] ErrorClass classify(std::string_view error_reply) noexcept;

// The library error of an error reply: retry_now, re_route and self_heal → unavailable; stop_intake → overloaded;
// NOAUTH, WRONGPASS, NOPERM → denied; WRONGTYPE → corrupt; unknown command → unsupported; else internal.
// The detail is the reply's text, control characters escaped, at most 512 bytes.
[[nodiscard]] Error error_of_reply(std::string_view operation, std::string_view error_reply);

}  // namespace leat::redis
