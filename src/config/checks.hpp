#pragma once
// Rules for single texts: each answers what is wrong and how to write it, empty for a good value. None repeats the
// value.
#include <string>
#include <string_view>

namespace leat::config {

[[nodiscard]] std::string check_redis_url(std::string_view url);
[[nodiscard]] std::string check_prefix(std::string_view prefix);
// A name that is shown or used as a key: 1 to 128 characters of [A-Za-z0-9_.:-], or empty.
[[nodiscard]] std::string check_optional_name(std::string_view name);
// A Redis key: 1 to 256 bytes of printable ASCII without blanks.
[[nodiscard]] std::string check_stream(std::string_view key);
[[nodiscard]] std::string check_optional_stream(std::string_view key);
// http:// or https:// with a host, or empty.
[[nodiscard]] std::string check_optional_web_url(std::string_view url);
[[nodiscard]] std::string check_not_empty(std::string_view text);

// A name of an environment variable: [A-Za-z_][A-Za-z0-9_]*.
[[nodiscard]] bool is_variable_name(std::string_view name) noexcept;

}  // namespace leat::config
