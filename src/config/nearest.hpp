#pragma once
// The name somebody probably meant.
#include <span>
#include <string_view>

namespace leat::config {

// The candidate with the fewest typing mistakes to `name` (a wrong, missing, extra or swapped character each); empty
// where none is closer than a third of its length.
[[nodiscard]] std::string_view nearest(std::string_view name, std::span<std::string_view const> candidates);

}  // namespace leat::config
