#pragma once
#include <cstddef>
#include <string>

namespace leat::cli {

// The text within `width_max` characters, wide ones counted twice; what is cut ends with "…".
[[nodiscard]] std::string cut_to_width(std::string text, std::size_t width_max);

}  // namespace leat::cli
