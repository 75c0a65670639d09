#include "http/target.hpp"

#include <algorithm>
#include <optional>

#include "core/escape.hpp"
#include "http/limits.hpp"

namespace leat::http {
namespace {

int hex_digit(char character) noexcept {
    if (character >= '0' && character <= '9') return character - '0';
    if (character >= 'a' && character <= 'f') return character - 'a' + 10;
    if (character >= 'A' && character <= 'F') return character - 'A' + 10;
    return -1;
}

bool is_control(char character) noexcept {
    auto const byte = static_cast<unsigned char>(character);
    return byte < 0x20 || byte == 0x7F;
}

// Nothing for a bad escape, a control character or invalid UTF-8.
std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char character = text[i];
        if (character == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            int const high = hex_digit(text[i + 1]);
            int const low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            character = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (character == '+' && plus_is_space) {
            character = ' ';
        }
        if (is_control(character)) return std::nullopt;
        out += character;
    }
    if (!core::is_utf8(out)) return std::nullopt;
    return out;
}

std::unexpected<std::string> wrong(std::string text) {
    return std::unexpected(std::move(text));
}

}  // namespace

std::string_view Target::parameter(std::string_view name) const noexcept {
    auto const found = std::ranges::find(query, name, &std::pair<std::string, std::string>::first);
    return found == query.end() ? std::string_view{} : std::string_view(found->second);
}

std::string Target::path() const {
    std::string text;
    for (auto const& segment : segments)
        text.append("/").append(segment);
    return text.empty() ? "/" : text;
}

std::expected<Target, std::string> parse_target(std::string_view text) {
    Target target;
    if (!text.starts_with('/')) return wrong("the request target must be a path that starts with /");
    auto const question = text.find('?');
    auto path = text.substr(1, question == std::string_view::npos ? question : question - 1);
    auto query = question == std::string_view::npos ? std::string_view{} : text.substr(question + 1);
    while (!path.empty()) {
        auto const slash = path.find('/');
        auto const part = path.substr(0, slash);
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
        auto segment = decoded(part, false);
        if (!segment) return wrong("the path holds a malformed escape or a character that is not allowed");
        if (segment->empty() || *segment == "." || *segment == "..")
            return wrong("the path holds an empty part, \".\" or \"..\"");
        target.segments.push_back(std::move(*segment));
    }
    while (!query.empty()) {
        auto const ampersand = query.find('&');
        auto const part = query.substr(0, ampersand);
        query.remove_prefix(ampersand == std::string_view::npos ? query.size() : ampersand + 1);
        if (part.empty()) continue;
        auto const equals = part.find('=');
        auto name = decoded(part.substr(0, equals), true);
        auto value = decoded(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1), true);
        if (!name || !value) return wrong("the query holds a malformed escape or a character that is not allowed");
        if (std::ranges::find(target.query, *name, &std::pair<std::string, std::string>::first) != target.query.end())
            return wrong("the query names a parameter twice");
        if (target.query.size() == kQueryParametersMax) return wrong("the query has too many parameters");
        target.query.emplace_back(std::move(*name), std::move(*value));
    }
    return target;
}

}  // namespace leat::http
