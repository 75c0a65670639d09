#include "config/units.hpp"

#include <array>
#include <charconv>

namespace leat::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};
constexpr std::array<Unit, 5> kDurations{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};  // largest first
constexpr std::array<Unit, 7> kSizes{{{"GiB", 1U << 30U},
                                      {"MiB", 1U << 20U},
                                      {"KiB", 1U << 10U},
                                      {"GB", 1'000'000'000},
                                      {"MB", 1'000'000},
                                      {"kB", 1'000},
                                      {"B", 1}}};
constexpr double kDurationMax = 1'000.0 * 366 * 86'400'000;  // ms
constexpr double kSizeMax = 9'007'199'254'740'992.0;         // 2^53: where doubles stop being exact

bool is_number(char c) noexcept {
    return (c >= '0' && c <= '9') || c == '.';
}

// Takes "12.5" off the front.
std::optional<double> take_number(std::string_view& text) noexcept {
    std::size_t length = 0;
    while (length < text.size() && is_number(text[length]))
        ++length;
    double value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + length, value, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + length) return std::nullopt;
    text.remove_prefix(length);
    return value;
}

std::string_view take_unit(std::string_view& text) noexcept {
    std::size_t length = 0;
    while (length < text.size() && !is_number(text[length]))
        ++length;
    auto const unit = text.substr(0, length);
    text.remove_prefix(length);
    return unit;
}

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    double total = 0;
    std::size_t next = 0;  // units before it are used up
    while (!text.empty()) {
        auto const number = take_number(text);
        auto const name = take_unit(text);
        while (next < kDurations.size() && kDurations[next].name != name)
            ++next;
        if (!number || next == kDurations.size()) return std::nullopt;
        total += *number * static_cast<double>(kDurations[next].factor);
        ++next;
    }
    if (total > kDurationMax) return std::nullopt;
    return Milliseconds{static_cast<std::int64_t>(total)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
    auto const number = take_number(text);
    if (!number) return std::nullopt;
    for (auto const& unit : kSizes) {
        if (unit.name != text) continue;
        double const bytes = *number * static_cast<double>(unit.factor);
        if (bytes > kSizeMax) return std::nullopt;
        return static_cast<std::uint64_t>(bytes);
    }
    return std::nullopt;
}

std::string format_duration(Milliseconds value) {
    if (value.count() == 0) return "0s";
    for (auto const& unit : kDurations) {
        auto const factor = static_cast<std::int64_t>(unit.factor);
        if (factor > 1 && value.count() % factor == 0) return std::to_string(value.count() / factor).append(unit.name);
    }
    return std::to_string(value.count()) + "ms";
}

std::string format_size(std::uint64_t bytes) {
    for (auto const& unit : kSizes) {
        bool const binary = unit.name.size() != 2;  // the units of 1,024, and B
        if (binary && bytes != 0 && bytes % unit.factor == 0)
            return std::to_string(bytes / unit.factor).append(unit.name);
    }
    return "0B";
}

}  // namespace leat::config
