#include "core/clock.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace leat::core {
namespace {

namespace chrono = std::chrono;

class MachineClock final : public Clock {
  public:
    [[nodiscard]] chrono::steady_clock::time_point now() const noexcept override { return chrono::steady_clock::now(); }
    [[nodiscard]] std::int64_t wall_ms() const noexcept override {
        return chrono::duration_cast<chrono::milliseconds>(chrono::system_clock::now().time_since_epoch()).count();
    }
    [[nodiscard]] std::int64_t wall_ns() const noexcept override {
        return chrono::duration_cast<chrono::nanoseconds>(chrono::system_clock::now().time_since_epoch()).count();
    }
};

constexpr std::int64_t kFirstMs = -62'167'219'200'000;  // 0000-01-01T00:00:00.000Z
constexpr std::int64_t kLastMs = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

// Consumes a text from the left; every step says whether it matched.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool done() const noexcept { return rest_.empty(); }
    bool any_of(std::string_view characters) noexcept {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] char peek() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }
    [[nodiscard]] bool digit_next() const noexcept { return peek() >= '0' && peek() <= '9'; }
    // Exactly `count` digits.
    std::optional<int> number(int count) noexcept {
        int value = 0;
        for (int i = 0; i < count; ++i) {
            if (!digit_next()) return std::nullopt;
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }
    // One digit or more, as thousandths.
    std::optional<int> fraction_ms() noexcept {
        if (!digit_next()) return std::nullopt;
        int value = 0;
        for (int scale = 100; digit_next(); scale /= 10) {
            value += (rest_.front() - '0') * scale;
            rest_.remove_prefix(1);
        }
        return value;
    }

  private:
    std::string_view rest_;
};

std::optional<std::int64_t> parse_date(Scanner& scanner) noexcept {
    auto const year = scanner.number(4);
    if (!year || !scanner.any_of("-")) return std::nullopt;
    auto const month = scanner.number(2);
    if (!month || !scanner.any_of("-")) return std::nullopt;
    auto const day = scanner.number(2);
    if (!day) return std::nullopt;
    auto const date = chrono::year{*year} / *month / *day;
    if (!date.ok()) return std::nullopt;
    return chrono::duration_cast<chrono::milliseconds>(chrono::sys_days{date}.time_since_epoch()).count();
}

std::optional<std::int64_t> parse_time(Scanner& scanner) noexcept {
    auto const hour = scanner.number(2);
    if (!hour || *hour > 23 || !scanner.any_of(":")) return std::nullopt;
    auto const minute = scanner.number(2);
    if (!minute || *minute > 59) return std::nullopt;
    std::int64_t ms = (*hour * 60 + *minute) * 60'000;
    if (!scanner.any_of(":")) return ms;
    auto const second = scanner.number(2);
    if (!second || *second > 60) return std::nullopt;  // 60: a leap second, counted as the next one
    ms += *second * 1'000;
    if (!scanner.any_of(".,")) return ms;
    auto const fraction = scanner.fraction_ms();
    if (!fraction) return std::nullopt;
    return ms + *fraction;
}

// What the zone adds to UTC, in ms.
std::optional<std::int64_t> parse_zone(Scanner& scanner) noexcept {
    if (scanner.done() || scanner.any_of("Zz")) return 0;
    bool const west = scanner.peek() == '-';
    if (!scanner.any_of("+-")) return std::nullopt;
    auto const hours = scanner.number(2);
    if (!hours || *hours > 23) return std::nullopt;
    bool const colon = scanner.any_of(":");
    int minutes = 0;
    if (colon || scanner.digit_next()) {
        auto const parsed = scanner.number(2);
        if (!parsed || *parsed > 59) return std::nullopt;
        minutes = *parsed;
    }
    std::int64_t const offset = (*hours * 60 + minutes) * 60'000;
    return west ? -offset : offset;
}

}  // namespace

Clock const& machine_clock() noexcept {
    static MachineClock const clock;
    return clock;
}

std::string format_iso8601(std::int64_t epoch_ms) {
    auto const time =
        chrono::sys_time<chrono::milliseconds>{chrono::milliseconds{std::clamp(epoch_ms, kFirstMs, kLastMs)}};
    auto const day = chrono::floor<chrono::days>(time);
    auto const date = chrono::year_month_day{day};
    auto const clock = chrono::hh_mm_ss{time - day};
    std::array<char, 64> text{};
    auto const length =
        std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<std::int64_t> parse_iso8601(std::string_view text) noexcept {
    Scanner scanner(text);
    auto const date = parse_date(scanner);
    if (!date) return std::nullopt;
    if (scanner.done()) return date;
    if (!scanner.any_of("Tt ")) return std::nullopt;
    auto const time = parse_time(scanner);
    if (!time) return std::nullopt;
    auto const zone = parse_zone(scanner);
    if (!zone || !scanner.done()) return std::nullopt;
    return *date + *time - *zone;
}

}  // namespace leat::core
