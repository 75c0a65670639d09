#include "outbound/retry.hpp"

#include <algorithm>

namespace leat::outbound {

using std::chrono::milliseconds;

bool is_passing(long status) noexcept {
    return status == 408 || status == 429 || (status >= 500 && status < 600);
}

milliseconds retry_delay(Backoff const& backoff, int failures, std::optional<std::chrono::seconds> retry_after,
                         core::Random& random) {
    auto ceiling = std::min(std::max(backoff.base, milliseconds{1}), backoff.cap);
    for (int i = 1; i < failures && ceiling < backoff.cap; ++i)
        ceiling = std::min(ceiling * 2, backoff.cap);
    auto const half = ceiling.count() / 2;
    milliseconds const delay{half + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(half) + 1))};
    if (!retry_after) return delay;
    auto const limit = std::chrono::duration_cast<std::chrono::seconds>(backoff.retry_after_max);
    return std::max<milliseconds>(delay, std::clamp(*retry_after, std::chrono::seconds{0}, limit));
}

}  // namespace leat::outbound
