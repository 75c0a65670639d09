#pragma once
// How deeply JSON text is nested, without parsing it. Whoever writes a deep value recurses as deep, and readers in
// other languages do so when parsing; so payloads and results have a limit.
#include <string>
#include <string_view>

namespace leat::core {

inline constexpr int kJsonDepthMax = 64;  // of payloads and results

// Levels of arrays and objects that are open at once; brackets in strings do not count. Of text that is no JSON: some
// number. Cost O(length).
[[nodiscard]] int json_depth(std::string_view text) noexcept;

// Why text cannot be a payload, as the end of a sentence ("is not valid JSON in UTF-8"); empty where it can.
[[nodiscard]] std::string json_problem(std::string_view text);

}  // namespace leat::core
