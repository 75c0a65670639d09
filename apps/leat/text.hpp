#pragma once
// Values as people read them, and the other way round.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "leat/error.hpp"
#include "leat/task.hpp"

namespace leat::cli {

// "1,048,576".
[[nodiscard]] std::string grouped(std::int64_t value);
// "250ms", "12.3s", "3m20s", "5h12m", "3d4h"; negative ones with a minus sign.
[[nodiscard]] std::string short_duration(std::int64_t ms);
// "512 B", "1.5 MiB".
[[nodiscard]] std::string short_bytes(std::int64_t bytes);
// "2024-05-01T12:34:56.789Z"; "-" for 0, which stands for unknown.
[[nodiscard]] std::string time_text(std::int64_t epoch_ms);

// The text on one line, in double quotes, quotes and backslashes in it behind a backslash; cut at `bytes_max`.
[[nodiscard]] std::string quoted(std::string_view text, std::size_t bytes_max);

// How much of bad input is repeated in an error.
inline constexpr std::size_t kQuotedBytes = 64;

// Reads "500ms", "5s", "1m30s" or "7d". `what` names the value in the error ("delay").
// Errors: invalid_input for other texts and for values below 0 or above Limits::delay_max.
[[nodiscard]] Result<Milliseconds> parse_duration(std::string_view what, std::string_view text);

// Reads a lane's name or an integer: "high", "-1". Errors: invalid_input.
[[nodiscard]] Result<std::int64_t> parse_priority(std::string_view text);

}  // namespace leat::cli
