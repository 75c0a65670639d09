#include "core/ids.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace leat::core {
namespace {

constexpr std::string_view kAlphabet =
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's base 32: sorts like its values
constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << 48U) - 1;
constexpr std::size_t kHostBytes = 64;
constexpr int kRandomCharacters = 10;  // 50 bits

bool allowed(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == ':' || c == '-';
}

// Writes the lowest 5 · count bits of `value`, most significant first.
void write_base32(char* out, std::uint64_t value, int count) noexcept {
    for (int i = count - 1; i >= 0; --i) {
        out[i] = kAlphabet[value & 31U];
        value >>= 5U;
    }
}

}  // namespace

std::string IdGenerator::next(std::int64_t now_ms) {
    auto const now = static_cast<std::uint64_t>(std::max<std::int64_t>(now_ms, 0)) & kTimeMask;
    std::uint64_t time = 0, high = 0, low = 0;
    {
        std::lock_guard const lock(mutex_);
        if (now > time_) {
            time_ = now;
            high_ = random_.next() & 0xFFFFU;
            low_ = random_.next();
        } else {
            // The same millisecond, or the clock went back: a random step up keeps the order.
            auto const before = low_;
            low_ += (random_.next() >> 32U) + 1;
            if (low_ < before && ++high_ > 0xFFFFU) {
                high_ = 0;
                ++time_;
            }
        }
        time = time_;
        high = high_;
        low = low_;
    }
    // 10 characters of time, then 80 bits as 16 characters: the upper 40 and the lower 40.
    std::string id(26, '0');
    write_base32(id.data(), time, 10);
    write_base32(id.data() + 10, (high << 24U) | (low >> 40U), 8);
    write_base32(id.data() + 18, low, 8);
    return id;
}

std::string consumer_name(std::string_view host, std::int64_t pid, Random& random) {
    std::string name(host.substr(0, kHostBytes));
    std::ranges::replace_if(
        name, [](char c) { return !allowed(c); }, '-');
    if (name.empty()) name = "host";
    std::string suffix(kRandomCharacters, '0');
    write_base32(suffix.data(), random.next(), kRandomCharacters);
    return name + "." + std::to_string(pid) + "." + suffix;
}

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

}  // namespace leat::core
