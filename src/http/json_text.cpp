#include "http/json_text.hpp"

#include <algorithm>
#include <utility>

#include "leat/json.hpp"

namespace leat::http {
namespace {

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Walks through text, value by value.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() {
        skip_space();
        return rest_.empty();
    }
    // Takes this character, behind spaces.
    [[nodiscard]] bool take(char wanted) {
        skip_space();
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    // A string, with its quotes.
    [[nodiscard]] std::optional<std::string_view> string() {
        skip_space();
        if (rest_.empty() || rest_.front() != '"') return std::nullopt;
        return part(end_of_string(0));
    }
    // Any value.
    [[nodiscard]] std::optional<std::string_view> value() {
        skip_space();
        if (rest_.empty()) return std::nullopt;
        if (rest_.front() == '"') return part(end_of_string(0));
        if (rest_.front() == '{' || rest_.front() == '[') return part(end_of_brackets());
        auto const length = std::min(rest_.find_first_of(",]} \t\r\n"), rest_.size());
        return part(length == 0 ? std::string_view::npos : length);
    }

  private:
    void skip_space() {
        while (!rest_.empty() && is_space(rest_.front()))
            rest_.remove_prefix(1);
    }
    // Takes so many bytes; nothing for npos.
    std::optional<std::string_view> part(std::size_t length) {
        if (length == std::string_view::npos) return std::nullopt;
        auto const taken = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return taken;
    }
    // Behind the closing quote of the string that begins at `start`.
    [[nodiscard]] std::size_t end_of_string(std::size_t start) const {
        for (auto i = start + 1; i < rest_.size(); ++i) {
            if (rest_[i] == '\\') {
                ++i;
            } else if (rest_[i] == '"') {
                return i + 1;
            }
        }
        return std::string_view::npos;
    }
    // Behind the bracket that closes the first one. Which kind closes which is for the reader of the value to check.
    [[nodiscard]] std::size_t end_of_brackets() const {
        std::size_t depth = 0;
        for (std::size_t i = 0; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                auto const end = end_of_string(i);
                if (end == std::string_view::npos) return end;
                i = end - 1;
            } else if (rest_[i] == '{' || rest_[i] == '[') {
                ++depth;
            } else if (rest_[i] == '}' || rest_[i] == ']') {
                if (--depth == 0) return i + 1;
            }
        }
        return std::string_view::npos;
    }

    std::string_view rest_;
};

// What a string with its quotes says; nothing where it is no JSON.
std::optional<std::string> name_of(std::string_view quoted) {
    auto value = json::parse(quoted, nullptr, false);
    if (!value.is_string()) return std::nullopt;
    return std::move(value.get_ref<std::string&>());
}

}  // namespace

std::optional<std::vector<JsonMember>> json_members(std::string_view text) {
    Cursor cursor(text);
    if (!cursor.take('{')) return std::nullopt;
    std::vector<JsonMember> members;
    if (!cursor.take('}')) {
        do {
            auto const quoted = cursor.string();
            auto name = quoted ? name_of(*quoted) : std::nullopt;
            if (!name || !cursor.take(':')) return std::nullopt;
            auto const value = cursor.value();
            if (!value) return std::nullopt;
            members.push_back({std::move(*name), *value});
        } while (cursor.take(','));
        if (!cursor.take('}')) return std::nullopt;
    }
    if (!cursor.at_end()) return std::nullopt;
    return members;
}

std::optional<std::vector<std::string_view>> json_items(std::string_view text) {
    Cursor cursor(text);
    if (!cursor.take('[')) return std::nullopt;
    std::vector<std::string_view> items;
    if (!cursor.take(']')) {
        do {
            auto const value = cursor.value();
            if (!value) return std::nullopt;
            items.push_back(*value);
        } while (cursor.take(','));
        if (!cursor.take(']')) return std::nullopt;
    }
    if (!cursor.at_end()) return std::nullopt;
    return items;
}

}  // namespace leat::http
