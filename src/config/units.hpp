#pragma once
// Durations and sizes as people write them: "30s", "1h30m", "1MiB".
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "leat/task.hpp"

namespace leat::config {

// Reads one or more numbers with a unit of ms, s, m, h or d, each smaller than the one before ("1h30m", "1.5s";
// fractions below a millisecond are cut). Nothing for any other text, numbers without a unit included, and beyond 1,000
// years.
[[nodiscard]] std::optional<Milliseconds> parse_duration(std::string_view text) noexcept;

// Reads a number with a unit of B, kB, MB, GB (powers of 1,000) or KiB, MiB, GiB (powers of 1,024). Nothing for any
// other text and above 2^53 bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

// The shortest form that parse_duration reads back: "30s", "90m", "250ms", "0s".
[[nodiscard]] std::string format_duration(Milliseconds value);
// The shortest form that parse_size reads back, in units of 1,024: "1MiB", "1500B".
[[nodiscard]] std::string format_size(std::uint64_t bytes);

}  // namespace leat::config
