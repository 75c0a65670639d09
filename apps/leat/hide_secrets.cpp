#include "hide_secrets.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace leat::cli {
namespace {

constexpr std::array<std::string_view, 2> kSecrets{"redis.password=", "redis.sentinel_password="};

// The rest of an argument, which can be overwritten.
struct Rest {
    char* begin;
    std::string_view text;

    bool skip(std::string_view prefix) noexcept {
        if (!text.starts_with(prefix)) return false;
        text.remove_prefix(prefix.size());
        begin += prefix.size();
        return true;
    }
    void overwrite(std::size_t from, std::size_t to) const noexcept { std::fill(begin + from, begin + to, 'x'); }
};

// Between the first colon behind the scheme and the last @: also of a URL that will be refused.
void hide_password(Rest const& url) noexcept {
    auto const scheme = url.text.find("://");
    auto const colon = url.text.find(':', scheme == std::string_view::npos ? 0 : scheme + 3);
    auto const at = url.text.rfind('@');
    if (colon != std::string_view::npos && at != std::string_view::npos && colon < at) url.overwrite(colon + 1, at);
}

}  // namespace

void hide_secrets(std::span<char* const> arguments) noexcept {
    bool url_is_next = false;
    for (auto* const argument : arguments) {
        Rest rest{argument, argument};
        bool is_url = std::exchange(url_is_next, rest.text == "--redis") || rest.skip("--redis=");
        rest.skip("--set=");
        is_url = rest.skip("redis.url=") || is_url;
        if (is_url) hide_password(rest);
        if (std::ranges::any_of(kSecrets, [&](std::string_view key) { return rest.skip(key); }))
            rest.overwrite(0, rest.text.size());
    }
}

}  // namespace leat::cli
