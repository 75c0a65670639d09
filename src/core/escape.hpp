#pragma once
// Untrusted text made safe: to print, and to store.
#include <cstddef>
#include <string>
#include <string_view>

namespace leat::core {

inline constexpr std::size_t kNoCut = static_cast<std::size_t>(-1);

// One line that is safe on a terminal and in a log. Control characters (C0, C1, DEL), line separators and invisible
// direction marks are written as \n, \r, \t or \u{202e}; invalid UTF-8 becomes U+FFFD. Applying it twice changes
// nothing. A result longer than `max_bytes` is cut between characters and ends with "…", all within `max_bytes`.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = kNoCut);

// Valid UTF-8 with the same characters; each invalid sequence becomes one U+FFFD. Cut like printable().
[[nodiscard]] std::string sanitize_utf8(std::string_view text, std::size_t max_bytes = kNoCut);

// Whether the text is valid UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace leat::core
