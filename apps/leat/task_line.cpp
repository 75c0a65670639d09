#include "task_line.hpp"

#include <algorithm>
#include <array>

#include "core/escape.hpp"
#include "leat/json.hpp"
#include "text.hpp"

namespace leat::cli {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kMemberBytesMax = 1'024;  // of an option in an envelope

// Walks over JSON text without looking deeper than needed.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : text_(text) {}

    void skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size()); }
    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    bool take(char expected) {
        skip_blanks();
        if (at_end() || text_[at_] != expected) return false;
        ++at_;
        return true;
    }
    // The text of a string, quotes included; empty where there is none.
    std::string_view take_string() {
        skip_blanks();
        if (at_end() || text_[at_] != '"') return {};
        for (auto i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] == '\\') {
                ++i;
            } else if (text_[i] == '"') {
                return cut(i + 1);
            }
        }
        return {};
    }
    // Everything up to the comma or bracket that ends the value; empty where there is none.
    std::string_view take_value() {
        skip_blanks();
        std::size_t depth = 0;
        for (auto i = at_; i < text_.size(); ++i) {
            switch (text_[i]) {
                case '"': {
                    Cursor inner(text_.substr(i));
                    auto const string = inner.take_string();
                    if (string.empty()) return {};
                    i += string.size() - 1;
                    break;
                }
                case '[':
                case '{':
                    ++depth;
                    break;
                case ']':
                case '}':
                    if (depth == 0) return trimmed(i);
                    --depth;
                    break;
                case ',':
                    if (depth == 0) return trimmed(i);
                    break;
                default:
                    break;
            }
        }
        return {};
    }

  private:
    std::string_view cut(std::size_t end) {
        auto const piece = text_.substr(at_, end - at_);
        at_ = end;
        return piece;
    }
    std::string_view trimmed(std::size_t end) {
        auto piece = cut(end);
        piece.remove_suffix(piece.size() - (piece.find_last_not_of(kBlank) + 1));
        return piece;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// A key without quotes and escapes; nothing where it is no string.
std::optional<std::string> unescaped(std::string_view quoted) {
    if (quoted.find('\\') == std::string_view::npos) return std::string(quoted.substr(1, quoted.size() - 2));
    auto const value = json::parse(quoted, nullptr, false);
    if (!value.is_string()) return std::nullopt;
    return value.get<std::string>();
}

using Problem = std::expected<void, std::string>;

Problem wrong(std::string_view key, std::string_view what) {
    return std::unexpected("\"" + std::string(key) + "\"" + std::string(what));
}

Problem take_text(RawMember const& member, std::string& place) {
    auto const value = json::parse(member.value, nullptr, false);
    if (!value.is_string()) return wrong(member.key, " must be a string");
    place = value.get<std::string>();
    return {};
}

Problem take_integer(RawMember const& member, std::int64_t& place) {
    auto const value = json::parse(member.value, nullptr, false);
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)) {
        return wrong(member.key, " must be an integer");
    }
    place = value.get<std::int64_t>();
    return {};
}

// "5s", or a number of milliseconds.
Problem take_duration(RawMember const& member, Milliseconds& place) {
    auto const value = json::parse(member.value, nullptr, false);
    if (value.is_string()) {
        auto const duration = parse_duration(member.key, value.get_ref<std::string const&>());
        if (!duration) return wrong(member.key, ": " + duration.error().detail);
        place = *duration;
        return {};
    }
    std::int64_t ms = 0;
    if (!take_integer(member, ms)) return wrong(member.key, " must be a duration like \"5s\" or milliseconds");
    if (ms < 0 || ms > Limits::delay_max.count()) return wrong(member.key, " must be between 0 and 366 days");
    place = Milliseconds{ms};
    return {};
}

Problem take_priority(RawMember const& member, std::int64_t& place) {
    auto const value = json::parse(member.value, nullptr, false);
    if (!value.is_string()) return take_integer(member, place);
    auto const priority = parse_priority(value.get_ref<std::string const&>());
    if (!priority) return wrong(member.key, ": " + priority.error().detail);
    place = *priority;
    return {};
}

Problem take_member(RawMember const& member, NewTask& task) {
    if (member.key == "payload") {
        task.payload_text = member.value;
        return {};
    }
    if (member.value.size() > kMemberBytesMax) return wrong(core::printable(member.key, kQuotedBytes), " is too long");
    auto& options = task.options;
    if (member.key == "id") return take_text(member, options.id);
    if (member.key == "priority") return take_priority(member, options.priority);
    if (member.key == "delay") return take_duration(member, options.delay);
    if (member.key == "max_retries") return take_integer(member, options.max_retries.emplace());
    if (member.key == "traceparent") return take_text(member, options.traceparent);
    if (member.key == "timeout") return take_duration(member, options.timeout.emplace());
    return std::unexpected("\"" + core::printable(member.key, kQuotedBytes) +
                           "\" is no field of a task; to send the whole object as payload, wrap it or use --plain");
}

}  // namespace

std::optional<std::vector<RawMember>> split_object(std::string_view text) {
    Cursor cursor(text);
    if (!cursor.take('{')) return std::nullopt;
    std::vector<RawMember> members;
    if (!cursor.take('}')) {
        do {
            auto const quoted = cursor.take_string();
            if (quoted.empty() || !cursor.take(':')) return std::nullopt;
            auto key = unescaped(quoted);
            auto const value = cursor.take_value();
            if (!key || value.empty()) return std::nullopt;
            members.push_back({.key = std::move(*key), .value = value});
        } while (cursor.take(','));
        if (!cursor.take('}')) return std::nullopt;
    }
    cursor.skip_blanks();
    if (!cursor.at_end()) return std::nullopt;
    return members;
}

std::expected<NewTask, std::string> parse_task_line(std::string_view line, bool plain,
                                                    DispatchOptions const& defaults) {
    NewTask task{.payload_text = {}, .options = defaults};
    auto const members = plain ? std::nullopt : split_object(line);
    auto const is_payload = [](RawMember const& member) { return member.key == "payload"; };
    if (!members || std::ranges::none_of(*members, is_payload)) {
        task.payload_text = line;
        return task;
    }
    for (auto member = members->begin(); member != members->end(); ++member) {
        auto const same_key = [&](RawMember const& other) { return other.key == member->key; };
        if (std::any_of(members->begin(), member, same_key)) {
            return std::unexpected("\"" + core::printable(member->key, kQuotedBytes) + "\" is given twice");
        }
        if (auto const taken = take_member(*member, task); !taken) return std::unexpected(taken.error());
    }
    return task;
}

}  // namespace leat::cli
