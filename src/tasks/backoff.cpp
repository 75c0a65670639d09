#include "tasks/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace leat::tasks {

Milliseconds backoff_ceiling(AgentOptions const& options, std::int64_t retries_before) noexcept {
    auto const cap = std::clamp(options.backoff_cap, Milliseconds{0}, Limits::delay_max);
    auto const base = std::clamp(options.backoff_base, Milliseconds{0}, cap);
    if (base.count() == 0) return base;
    // fmax also turns a NaN factor into 1. The power may be infinite, which the cap ends.
    double const factor = std::fmax(options.backoff_factor, 1.0);
    double const exponent = static_cast<double>(std::max<std::int64_t>(retries_before, 0));
    double const delay = static_cast<double>(base.count()) * std::pow(factor, exponent);
    if (!(delay < static_cast<double>(cap.count()))) return cap;
    return Milliseconds{static_cast<std::int64_t>(delay)};
}

Milliseconds backoff_delay(AgentOptions const& options, std::int64_t retries_before, core::Random& random) {
    auto const ceiling = backoff_ceiling(options, retries_before).count();
    return Milliseconds{static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(ceiling) + 1))};
}

}  // namespace leat::tasks
