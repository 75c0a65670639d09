#pragma once
// Reading the text of INFO.
#include <cstdint>
#include <string_view>

namespace leat::redis {

// The value of the line "name:value"; empty where there is none.
[[nodiscard]] std::string_view info_field(std::string_view info, std::string_view name) noexcept;
// A decimal number; 0 where the text does not begin with one.
[[nodiscard]] std::int64_t info_number(std::string_view text) noexcept;

}  // namespace leat::redis
