#include "chaos/schedule.hpp"

#include <algorithm>
#include <utility>

namespace leat::cli::chaos {

Schedule::Schedule(std::uint64_t seed, std::vector<bool> once, Milliseconds lease)
    : random_(seed), once_(std::move(once)), lease_(lease) {
    if (std::ranges::find(once_, false) == once_.end()) once_.assign(once_.size(), false);
}

void Schedule::deal() {
    for (std::size_t i = 0; i < once_.size(); ++i) {
        if (!once_[i]) deck_.push_back(i);
    }
    for (auto i = deck_.size(); i > 1; --i)
        std::swap(deck_[i - 1], deck_[static_cast<std::size_t>(random_.below(i))]);
    for (std::size_t i = 0; number_ == 0 && i < once_.size(); ++i) {
        if (!once_[i]) continue;
        auto const turn = std::min<std::uint64_t>(random_.below(kEarlyTurns), deck_.size());
        deck_.insert(deck_.end() - static_cast<std::ptrdiff_t>(turn), i);
    }
}

Planned Schedule::next() {
    if (deck_.empty()) deal();
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
