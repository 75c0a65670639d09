#include "runtime/claim_guard.hpp"

#include <algorithm>

namespace leat::runtime {
namespace {

std::int64_t ms(ClaimGuard::Time::duration duration) noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

bool came_back_lately(ServerStart const& start, std::chrono::milliseconds lease) noexcept {
    auto const uptime_ms = (start.uptime_s + 1) * 1'000;  // it tells whole seconds only
    bool const older = start.data_since_ms > 0 && start.data_since_ms < start.server_ms - uptime_ms;
    return older && start.uptime_s * 1'000 < lease.count();
}

ClaimGuard::ClaimGuard(std::chrono::milliseconds lease, std::chrono::milliseconds beat_patience)
    : lease_(lease), beat_patience_(beat_patience) {}

void ClaimGuard::trouble(std::string_view why, Time now) {
    if (!holds(now)) {
        why_ = why;
        told_ = false;
    }
    held_until_ = std::max(held_until_, now + lease_);
}

void ClaimGuard::observe(std::int64_t server_ms, Time asked, Time answered) {
    if (answered - asked > tolerance()) trouble("Redis took long to answer", answered);
    auto const middle = asked + (answered - asked) / 2;
    if (seen_at_) {
        auto const jump = server_ms - seen_ms_ - ms(middle - *seen_at_);
        if (jump > lease_.count() / 2) trouble("the clock of Redis jumped forward", answered);
        if (jump < -tolerance().count()) trouble("the clock of Redis jumped back", answered);
    }
    highest_ms_ = std::max(highest_ms_, server_ms);
    behind_ = server_ms < highest_ms_ - tolerance().count();
    seen_at_ = middle;
    seen_ms_ = server_ms;
}

std::optional<std::string_view> ClaimGuard::news() {
    if (told_) return std::nullopt;
    told_ = true;
    return why_;
}

std::int64_t ClaimGuard::expected_ms(Time now) const noexcept {
    return seen_at_ ? seen_ms_ + ms(now - *seen_at_) : 0;
}

bool ClaimGuard::is_gone(std::string const& consumer, std::optional<std::int64_t> beats, Time now) {
    auto const [owner, fresh] = owners_.try_emplace(consumer, Owner{beats, now});
    owner->second.asked = true;
    if (fresh) return false;
    if (owner->second.beats != beats) {
        owner->second.beats = beats;
        owner->second.since = now;
    }
    return now - owner->second.since >= std::max(lease_, beat_patience_);
}

void ClaimGuard::forget_others() {
    std::erase_if(owners_, [](auto const& item) { return !item.second.asked; });
    for (auto& [consumer, owner] : owners_)
        owner.asked = false;
}

}  // namespace leat::runtime
