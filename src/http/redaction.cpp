#include "http/redaction.hpp"

#include <algorithm>
#include <array>

namespace leat::http {
namespace {

bool is_upper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
bool is_word_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || is_upper(c) || (c >= '0' && c <= '9');
}
char lower(char c) noexcept {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

// "X-apiKey2" → "x", "api", "key2".
std::vector<std::string> words_of(std::string_view name) {
    std::vector<std::string> words;
    bool inside = false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        char const c = name[i];
        if (!is_word_character(c)) {
            inside = false;
            continue;
        }
        bool const hump = is_upper(c) && i > 0 && is_word_character(name[i - 1]) && !is_upper(name[i - 1]);
        if (!inside || hump) words.emplace_back();
        words.back() += lower(c);
        inside = true;
    }
    return words;
}

std::string joined(std::vector<std::string> const& words) {
    std::string text;
    for (auto const& word : words)
        text += word;
    return text;
}

bool ends_with(std::vector<std::string> const& words, std::vector<std::string> const& end) {
    return words.size() >= end.size() && std::equal(end.rbegin(), end.rend(), words.rbegin());
}

// Members of answers that hold what users stored.
constexpr std::array<std::string_view, 2> kValues{"payload", "result"};
constexpr std::array<std::string_view, 2> kTexts{"payload_text", "result_text"};

bool contains(std::span<std::string_view const> names, std::string_view name) noexcept {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::vector<std::string> default_redaction_rules() {
    return {"password",   "passwd",      "passphrase", "secret",      "token",         "api_key",
            "access_key", "private_key", "credential", "credentials", "authorization", "cookie"};
}

Redaction::Redaction(std::span<std::string const> rules) {
    for (auto const& rule : rules) {
        auto words = words_of(rule);
        if (words.empty()) continue;
        joined_.push_back(joined(words));
        rules_.push_back(std::move(words));
    }
}

bool Redaction::takes(std::string_view field) const {
    auto const words = words_of(field);
    if (words.empty()) return false;
    return std::ranges::any_of(rules_, [&](auto const& rule) { return ends_with(words, rule); }) ||
           std::ranges::find(joined_, words.back()) != joined_.end();
}

void Redaction::apply(json& value) const {
    if (value.is_object()) {
        for (auto& [name, member] : value.items()) {
            if (takes(name)) {
                member = kRedacted;
            } else {
                apply(member);
            }
        }
    } else if (value.is_array()) {
        for (auto& item : value)
            apply(item);
    }
}

bool Redaction::holds_redacted(json const& value) const {
    if (value.is_object()) {
        for (auto const& [name, member] : value.items())
            if ((takes(name) && member == kRedacted) || holds_redacted(member)) return true;
    } else if (value.is_array()) {
        for (auto const& item : value)
            if (holds_redacted(item)) return true;
    }
    return false;
}

// Looks at everything that could be a quoted field name; strings with escapes count as names too.
bool Redaction::names_field(std::string_view text) const {
    for (auto start = text.find('"'); start != std::string_view::npos;) {
        auto const end = text.find('"', start + 1);
        if (takes(text.substr(start + 1, end == std::string_view::npos ? end : end - start - 1))) return true;
        start = end;
    }
    return false;
}

// Looks at the word before each colon and equals sign.
bool Redaction::names_secret(std::string_view text) const {
    if (rules_.empty()) return false;
    if (names_field(text)) return true;
    constexpr std::string_view kBetween = " \t\"'\\";  // name and sign
    for (auto sign = text.find_first_of(":="); sign != std::string_view::npos;
         sign = text.find_first_of(":=", sign + 1)) {
        auto name = text.substr(0, sign);
        auto const last = name.find_last_not_of(kBetween);
        name = name.substr(0, last == std::string_view::npos ? 0 : last + 1);
        auto begin = name.size();
        while (begin > 0 && (is_word_character(name[begin - 1]) || name[begin - 1] == '_' || name[begin - 1] == '-'))
            --begin;
        if (takes(name.substr(begin))) return true;
    }
    return false;
}

void Redaction::apply_to_answer(json& answer) const {
    if (rules_.empty()) return;
    if (answer.is_array()) {
        for (auto& item : answer)
            apply_to_answer(item);
    } else if (answer.is_object()) {
        for (auto& [name, member] : answer.items()) {
            if (contains(kValues, name)) {
                apply(member);
            } else if (contains(kTexts, name)) {
                if (member.is_string() && names_field(member.get_ref<std::string const&>())) member = kRedacted;
            } else {
                apply_to_answer(member);
            }
        }
    }
}

}  // namespace leat::http
