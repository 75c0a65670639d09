#include "redis/reconnect_backoff.hpp"

#include <algorithm>
#include <limits>

namespace leat::redis {

ReconnectBackoff::ReconnectBackoff(Duration min, Duration max, core::Random random)
    : min_(std::max(min, Duration(1))), max_(std::max(max, min_)), random_(random) {}

ReconnectBackoff::Duration ReconnectBackoff::after_failure() {
    auto ceiling = min_;
    for (int i = 0; i < failures_ && ceiling < max_; ++i)
        ceiling = ceiling > max_ / 2 ? max_ : 2 * ceiling;
    count();
    return spread(Duration::zero(), ceiling);
}

ReconnectBackoff::Duration ReconnectBackoff::after_refusal() {
    count();
    return spread(max_ / 2, max_);
}

ReconnectBackoff::Duration ReconnectBackoff::spread(Duration from, Duration to) {
    auto const width = static_cast<std::uint64_t>((to - from).count()) + 1;
    return from + Duration(static_cast<Duration::rep>(random_.below(width)));
}

void ReconnectBackoff::count() noexcept {
    if (failures_ < std::numeric_limits<int>::max()) ++failures_;
}

}  // namespace leat::redis
