#include "outbound/url.hpp"

#include <curl/curl.h>

#include <memory>

#include "core/escape.hpp"

namespace leat::outbound {
namespace {

struct FreeUrl {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string part(CURLU const* url, CURLUPart which) {
    char* text = nullptr;
    // Older headers take a pointer to what they do not change.
    if (curl_url_get(const_cast<CURLU*>(url), which, &text, 0) != CURLUE_OK) return {};
    std::unique_ptr<char, decltype(&curl_free)> const owner(text, &curl_free);
    return text;
}

// Null where it cannot be read.
Url parse(std::string_view text) {
    Url url(curl_url());
    if (!url || text.find('\0') != std::string_view::npos) return nullptr;
    if (curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return nullptr;
    return url;
}

bool is_http(std::string_view scheme) {
    return scheme == "http" || scheme == "https";
}

}  // namespace

Result<void> check_url(std::string_view text) {
    for (char const c : text) {
        if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f)
            return fail(ErrorCode::invalid_input, "url", "the URL has spaces or control characters; escape them");
    }
    auto const url = parse(text);
    if (!url) return fail(ErrorCode::invalid_input, "url", "this is no URL; write http://HOST:PORT/PATH or https://…");
    if (!is_http(part(url.get(), CURLUPART_SCHEME)))
        return fail(ErrorCode::invalid_input, "url", "the URL must begin with http:// or https://");
    return {};
}

std::string shown_url(std::string_view text) {
    auto const url = parse(text);
    auto const scheme = url ? part(url.get(), CURLUPART_SCHEME) : std::string{};
    if (!is_http(scheme)) return "(no address)";
    auto shown = scheme + "://" + part(url.get(), CURLUPART_HOST);
    if (auto const port = part(url.get(), CURLUPART_PORT); !port.empty()) shown += ":" + port;
    constexpr std::size_t kShownBytes = 256;
    return core::printable(shown + part(url.get(), CURLUPART_PATH), kShownBytes);
}

}  // namespace leat::outbound
