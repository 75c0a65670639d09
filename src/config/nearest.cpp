#include "config/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace leat::config {
namespace {

constexpr std::size_t kNameBytesMax = 128;  // longer names are no typing mistakes

// Edit distance with swaps of neighbours, over three rows of the usual table.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before(right.size() + 1), above(right.size() + 1), row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j)
        above[j] = j;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            std::size_t const wrong = left[i - 1] == right[j - 1] ? 0 : 1;
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + wrong});
            bool const swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[right.size()];
}

}  // namespace

std::string_view nearest(std::string_view name, std::span<std::string_view const> candidates) {
    if (name.size() > kNameBytesMax) return {};
    std::string_view best;
    std::size_t best_distance = 0;
    for (auto const candidate : candidates) {
        auto const mistakes = distance(name, candidate);
        if (3 * mistakes > candidate.size()) continue;
        if (best.empty() || mistakes < best_distance) {
            best = candidate;
            best_distance = mistakes;
        }
    }
    return best;
}

}  // namespace leat::config
