#include "progress.hpp"

#include <algorithm>

#include "text.hpp"

namespace leat::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kRedrawEvery = 100ms;
constexpr auto kLineEvery = 3s;
constexpr int kBarWidth = 20;
constexpr std::string_view kWipe = "\r\x1b[K";

std::string bar(double share) {
    auto const filled = std::clamp(static_cast<int>(share * kBarWidth), 0, kBarWidth);
    return "[" + std::string(static_cast<std::size_t>(filled), '#') +
           std::string(static_cast<std::size_t>(kBarWidth - filled), '.') + "] ";
}

}  // namespace

std::int64_t rate_of(std::int64_t count, std::chrono::nanoseconds elapsed) noexcept {
    auto const seconds = std::chrono::duration<double>(elapsed).count();
    return seconds > 0 ? static_cast<std::int64_t>(static_cast<double>(count) / seconds) : 0;
}

std::optional<std::string> Progress::update(std::int64_t count, std::optional<double> share, TimePoint now) {
    if (now - told_ < (terminal_ ? TimePoint::duration(kRedrawEvery) : TimePoint::duration(kLineEvery)))
        return std::nullopt;
    told_ = now;
    std::string text;
    if (share) {
        auto const percent = std::to_string(std::clamp(static_cast<int>(*share * 100), 0, 100));
        text = std::string(3 - percent.size(), ' ') + percent + "% " + (terminal_ ? bar(*share) : "");
    }
    text += grouped(count) + " " + what_ + ", " + grouped(rate_of(count, now - start_)) + "/s";
    drawn_ = terminal_;
    return terminal_ ? std::string(kWipe) + text : text + "\n";
}

std::string Progress::clear() {
    if (!drawn_) return {};
    drawn_ = false;
    return std::string(kWipe);
}

}  // namespace leat::cli
