#pragma once
// SHA-1 of a text, as Redis names scripts. For identification only, not for security.
#include <string>
#include <string_view>

namespace luapack {

// 40 lower-case hex digits.
[[nodiscard]] std::string sha1_hex(std::string_view text);

}  // namespace luapack
