#include "config/checks.hpp"

#include <algorithm>

#include "leat/task.hpp"

namespace leat::config {
namespace {

constexpr std::size_t kPrefixBytesMax = 32;
constexpr std::size_t kStreamBytesMax = 256;

bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string check_redis_url(std::string_view url) {
    for (std::string_view const scheme :
         {"redis://", "rediss://", "unix://", "redis+sentinel://", "rediss+sentinel://"}) {
        if (url.starts_with(scheme) && url.size() > scheme.size()) return "";
    }
    return "write redis://[user[:password]@]host[:port][/db], rediss://… for TLS, unix:///path, or "
           "redis+sentinel://host[:port][,host[:port]…]/master[/db]";
}

std::string check_prefix(std::string_view prefix) {
    bool const good =
        std::ranges::all_of(prefix, [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
    if (good && !prefix.empty() && prefix.size() <= kPrefixBytesMax) return "";
    return "write 1 to 32 characters of A-Z a-z 0-9 _ . -";
}

std::string check_optional_name(std::string_view name) {
    if (name.empty() || check_name("name", name)) return "";
    return "write 1 to 128 characters of A-Z a-z 0-9 _ . : -";
}

std::string check_stream(std::string_view key) {
    bool const good = std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
    if (good && !key.empty() && key.size() <= kStreamBytesMax) return "";
    return "write 1 to 256 printable ASCII characters without blanks";
}

std::string check_optional_stream(std::string_view key) {
    return key.empty() ? "" : check_stream(key);
}

std::string check_optional_web_url(std::string_view url) {
    bool const good = std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~'; });
    for (std::string_view const scheme : {"http://", "https://"})
        if (good && url.starts_with(scheme) && url.size() > scheme.size()) return "";
    return url.empty() ? "" : "write http://host[:port][/path] or https://…, printable ASCII without blanks";
}

std::string check_not_empty(std::string_view text) {
    return text.empty() ? "write at least one character" : "";
}

bool is_variable_name(std::string_view name) noexcept {
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
    return std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || c == '_'; });
}

}  // namespace leat::config
