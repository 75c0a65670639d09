#include "chaos/register.hpp"

#include <algorithm>
#include <unordered_set>

namespace leat::cli::chaos {
namespace {

// Depth first over (steps done, state), each pair once. A step may come next where no undone step that must happen has
// ended before it began.
class Search {
  public:
    explicit Search(std::vector<RegisterStep> const& steps) : steps_(steps) {
        for (std::size_t i = 0; i < steps.size(); ++i) {
            if (!steps[i].optional) required_ |= bit(i);
        }
    }

    bool from(std::uint32_t done, Register state) {
        if ((done & required_) == required_) return true;
        if (!seen_.insert((static_cast<std::uint64_t>(done) << 8U) | static_cast<std::uint64_t>(state)).second)
            return false;
        auto first_end = INT64_MAX;
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            if ((done & bit(i)) == 0 && !steps_[i].optional) first_end = std::min(first_end, steps_[i].end);
        }
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            auto const& step = steps_[i];
            if ((done & bit(i)) != 0 || step.begin > first_end) continue;
            if (step.any_but_absent) {
                if (state != Register::absent && from(done | bit(i), state)) return true;
            } else if (step.needs == state && from(done | bit(i), step.becomes)) {
                return true;
            }
        }
        return false;
    }

  private:
    static std::uint32_t bit(std::size_t i) noexcept { return 1U << i; }

    std::vector<RegisterStep> const& steps_;
    std::uint32_t required_ = 0;
    std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

std::optional<bool> is_linearizable(std::vector<RegisterStep> const& steps) {
    if (steps.size() > kStepsMax) return std::nullopt;
    return Search(steps).from(0, Register::absent);
}

}  // namespace leat::cli::chaos
