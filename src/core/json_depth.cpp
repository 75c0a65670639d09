#include "core/json_depth.hpp"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace leat::core {

int json_depth(std::string_view text) noexcept {
    int depth = 0;
    int deepest = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const character = text[i];
        if (in_string) {
            if (character == '\\') ++i;
            if (character == '"') in_string = false;
        } else if (character == '"') {
            in_string = true;
        } else if (character == '[' || character == '{') {
            deepest = std::max(deepest, ++depth);
        } else if (character == ']' || character == '}') {
            --depth;
        }
    }
    return deepest;
}

std::string json_problem(std::string_view text) {
    // The parser takes a zero byte for the end and would let pass what follows; no JSON has one.
    bool const is_json = text.find('\0') == std::string_view::npos && nlohmann::json::accept(text);
    if (!is_json) return "is not valid JSON in UTF-8";
    if (json_depth(text) > kJsonDepthMax) return "is nested deeper than " + std::to_string(kJsonDepthMax) + " levels";
    return {};
}

}  // namespace leat::core
