#include "text.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include "config/units.hpp"
#include "core/clock.hpp"
#include "core/escape.hpp"

namespace leat::cli {
namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

struct Unit {
    std::string_view suffix;
    std::int64_t ms;
};
constexpr std::array kUnits = {Unit{"ms", 1}, Unit{"s", kSecond}, Unit{"m", kMinute}, Unit{"h", kHour},
                               Unit{"d", kDay}};

std::string one_decimal(double value) {
    std::array<char, 32> text{};
    auto const length = std::snprintf(text.data(), text.size(), "%.1f", value);
    return {text.data(), static_cast<std::size_t>(length)};
}

// "3m20s": a value in its unit and the rest in the next smaller one.
std::string in_two_units(std::int64_t ms, Unit large, Unit small) {
    auto text = std::to_string(ms / large.ms) + std::string(large.suffix);
    if (auto const rest = ms % large.ms / small.ms; rest > 0) text += std::to_string(rest) + std::string(small.suffix);
    return text;
}

}  // namespace

std::string grouped(std::int64_t value) {
    auto text = std::to_string(value);
    auto const digits_start = value < 0 ? 1U : 0U;
    for (auto at = text.size(); at > digits_start + 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

std::string short_duration(std::int64_t ms) {
    if (ms < 0) return "-" + short_duration(ms == INT64_MIN ? INT64_MAX : -ms);
    if (ms < kSecond) return std::to_string(ms) + "ms";
    if (ms < kMinute) return one_decimal(static_cast<double>(ms / 100) / 10) + "s";
    if (ms < kHour) return in_two_units(ms, kUnits[2], kUnits[1]);
    if (ms < kDay) return in_two_units(ms, kUnits[3], kUnits[2]);
    return in_two_units(ms, kUnits[4], kUnits[3]);
}

std::string short_bytes(std::int64_t bytes) {
    constexpr std::array<std::string_view, 5> kSizes = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024) return std::to_string(bytes) + " B";
    auto value = static_cast<double>(bytes) / 1024;
    std::size_t size = 0;
    while (value >= 1024 && size + 1 < kSizes.size()) {
        value /= 1024;
        ++size;
    }
    return one_decimal(value) + " " + std::string(kSizes[size]);
}

std::string time_text(std::int64_t epoch_ms) {
    return epoch_ms == 0 ? "-" : core::format_iso8601(epoch_ms);
}

std::string quoted(std::string_view text, std::size_t bytes_max) {
    std::string out = "\"";
    for (char const character : core::printable(text, bytes_max)) {
        if (character == '"' || character == '\\') out += '\\';
        out += character;
    }
    return out + "\"";
}

Result<Milliseconds> parse_duration(std::string_view what, std::string_view text) {
    if (text.starts_with('-')) return fail(ErrorCode::invalid_input, what, "a duration must not be negative");
    auto const duration = config::parse_duration(text);
    if (!duration) {
        return fail(
            ErrorCode::invalid_input, what,
            "'" + core::printable(text, kQuotedBytes) + "' is no duration; write it like 500ms, 5s, 1m30s or 7d");
    }
    if (*duration > Limits::delay_max)
        return fail(ErrorCode::invalid_input, what, "a duration may be at most 366 days");
    return *duration;
}

Result<std::int64_t> parse_priority(std::string_view text) {
    if (auto const lane = lane_from_string(text)) return priority_of_lane(*lane);
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size()) return value;
    return fail(
        ErrorCode::invalid_input, "priority",
        "'" + core::printable(text, kQuotedBytes) + "' is no priority; use critical, high, normal, low or an integer");
}

}  // namespace leat::cli
