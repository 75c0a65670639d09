#include "chaos/schedule.hpp"

#include <numeric>
#include <utility>

namespace leat::cli::chaos {

Schedule::Schedule(std::uint64_t seed, std::size_t faults, Milliseconds lease)
    : random_(seed), faults_(faults), lease_(lease) {}

Planned Schedule::next() {
    if (deck_.empty()) {
        deck_.resize(faults_);
        std::iota(deck_.begin(), deck_.end(), std::size_t{0});
        for (auto i = deck_.size(); i > 1; --i)
            std::swap(deck_[i - 1], deck_[static_cast<std::size_t>(random_.below(i))]);
    }
    Planned planned;
    planned.fault = deck_.back();
    deck_.pop_back();
    auto const half = static_cast<std::uint64_t>(lease_.count() / 2);
    planned.pause = Milliseconds(half + random_.below(3 * half + 1));
    planned.seed = random_.next();
    planned.number = ++number_;
    return planned;
}

}  // namespace leat::cli::chaos
