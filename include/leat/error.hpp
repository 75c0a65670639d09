#pragma once
// Errors of the library: a few codes, sorted by what the caller does next.
//
// Whatever can fail in operation returns `Result<T>`. Exceptions are thrown only for misuse (`std::logic_error`) and by
// handlers. Expected outcomes (duplicate, stale, paused, full, empty) are values of the result, never errors.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace leat {

// What went wrong, by what the caller does next.
enum class ErrorCode : std::uint8_t {
    // Fix the input; the same call fails again.
    invalid_input,  // malformed id, name, payload, option or file
    too_large,      // payload, result or batch above its limit
    not_found,      // no such task, agent, dead letter or file
    // Try again later; nothing was stored.
    unavailable,  // no connection, server loading, or deadline passed before the command was sent
    overloaded,   // the server refuses writes (OOM, MISCONF, NOREPLICAS); running work still settles
    timeout,      // the awaited thing did not happen in time; nothing was changed
    // Send the same call again with the same id: safe, and it tells what happened.
    unknown_outcome,  // the connection broke after the command was sent and before its reply
    not_durable,      // the task is stored, but not (yet) as safely as was asked for
    // Ask the operator; nothing changes by itself.
    denied,       // wrong password, missing ACL right
    unsupported,  // server too old, feature missing, refused eviction policy, newer data format
    corrupt,      // the server holds something that Leat did not write (wrong key type, unreadable record)
    // The caller stopped it.
    cancelled,
    // A defect of Leat; please report it.
    internal,
};

// The code's stable name, as printed and as used in JSON output ("invalid_input"). Static storage.
[[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;

// One failure: what kind, during what, and a sentence for people. Never contains a password or raw control characters.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string operation;  // what was tried: "dispatch", "connect"
    std::string detail;     // one sentence, says what to do where that is known

    // "dispatch: the payload has 1,048,577 bytes; the limit is 1,048,576 (too_large)"
    [[nodiscard]] std::string message() const;

    friend bool operator==(Error const&, Error const&) = default;
};

template <class T>
using Result = std::expected<T, Error>;

// Shorthand for the failure side of a Result.
[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, std::string_view operation, std::string_view detail);

}  // namespace leat
