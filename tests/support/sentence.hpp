#pragma once
// Sentences with values in them, as std::format would make them; GCC 12 has none.
#include <concepts>
#include <string>
#include <string_view>

namespace leat::testing {

inline std::string sentence(std::string_view text) {
    return std::string(text);
}

// Each "{}" in `text` is replaced by the next value.
template <class First, class... Rest>
[[nodiscard]] std::string sentence(std::string_view text, First const& first, Rest const&... rest) {
    auto const gap = text.find("{}");
    std::string made(text.substr(0, gap));
    if constexpr (std::integral<First>) {
        made += std::to_string(first);
    } else {
        made += std::string_view(first);
    }
    return made + sentence(text.substr(gap + 2), rest...);
}

}  // namespace leat::testing
