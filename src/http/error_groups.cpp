#include "http/error_groups.hpp"

#include <algorithm>

#include "core/escape.hpp"
#include "http/limits.hpp"

namespace leat::http {
namespace {

constexpr std::size_t kPatternBytes = 200;
constexpr std::size_t kExamples = 3;
constexpr std::size_t kHexWordMin = 8;  // shorter words of a to f are words

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_hex(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_word(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void add_word(std::string& pattern, std::string_view word) {
    bool const has_digit = std::ranges::any_of(word, is_digit);
    if (has_digit && word.size() >= kHexWordMin && std::ranges::all_of(word, is_hex)) {
        pattern += '#';
        return;
    }
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (!is_digit(word[i])) {
            pattern += word[i];
        } else if (i == 0 || !is_digit(word[i - 1])) {
            pattern += '#';
        }
    }
}

}  // namespace

std::string error_pattern(std::string_view error) {
    std::string pattern;
    auto rest = error.substr(0, std::min<std::size_t>(error.size(), kPatternBytes * 4));
    while (!rest.empty()) {
        auto const length = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_word) - rest.begin());
        if (length > 0) {
            add_word(pattern, rest.substr(0, length));
            rest.remove_prefix(length);
        } else {
            pattern += rest.front();
            rest.remove_prefix(1);
        }
    }
    return core::sanitize_utf8(pattern, kPatternBytes);
}

void ErrorGroups::add(store::DeadLetter const& letter) {
    ++letters_;
    auto& group = groups_[{letter.reason, error_pattern(letter.error)}];
    if (group.count == 0 || letter.failed_at >= group.last_at) {
        group.last_at = letter.failed_at;
        group.error = letter.error;
    }
    if (group.count == 0 || letter.failed_at < group.first_at) group.first_at = letter.failed_at;
    ++group.count;
    if (letter.state == store::LetterState::open || letter.state == store::LetterState::forgotten) ++group.open;
    if (group.examples.size() < kExamples) group.examples.push_back(letter.entry);
}

json ErrorGroups::to_json() const {
    std::vector<std::pair<std::pair<std::string, std::string> const, Group> const*> sorted;
    for (auto const& group : groups_)
        sorted.push_back(&group);
    std::ranges::sort(sorted, [](auto const* a, auto const* b) {
        return a->second.count != b->second.count ? a->second.count > b->second.count : a->first < b->first;
    });
    if (sorted.size() > kGroupsMax) sorted.resize(kGroupsMax);
    auto list = json::array();
    for (auto const* const entry : sorted) {
        auto const& [key, group] = *entry;
        list.push_back({{"reason", key.first},
                        {"pattern", key.second},
                        {"error", group.error},
                        {"count", group.count},
                        {"open", group.open},
                        {"first_at", group.first_at},
                        {"last_at", group.last_at},
                        {"letters", group.examples}});
    }
    return list;
}

}  // namespace leat::http
