#include "config/value.hpp"

#include <charconv>
#include <cmath>

#include "config/split_command.hpp"
#include "config/units.hpp"
#include "core/escape.hpp"

namespace leat::config {
namespace {

constexpr std::string_view kNone = "none";  // empties an optional value

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (char const c : core::printable(text)) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

template <class Number>
std::optional<Number> number_in(std::string_view text) noexcept {
    Number value{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// The text of a value that was written as one.
std::string const* text_of(Raw const& raw) noexcept {
    if (auto const* const text = std::get_if<Text>(&raw)) return &text->value;
    return std::get_if<std::string>(&raw);
}

// What was written, for a sentence: `a text ("x")`.
struct Written {
    std::string operator()(Text const& text) const { return in_quotes(text.value); }
    std::string operator()(std::string const& text) const { return "a text (" + in_quotes(text) + ")"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return "the number " + std::to_string(value); }
    std::string operator()(double) const { return "a number with a fraction"; }
    std::string operator()(std::vector<std::string> const&) const { return "an array of texts"; }
    std::string operator()(std::vector<std::int64_t> const&) const { return "an array of numbers"; }
    std::string operator()(Unusable unusable) const { return std::string(unusable.type); }
};

std::string mismatch(Raw const& raw, std::string_view wanted) {
    return "it is " + std::visit(Written{}, raw) + "; write " + std::string(wanted);
}

std::string show_list(std::array<int, kLanes> const& numbers) {
    std::string out;
    for (int const number : numbers)
        out.append(out.empty() ? "[" : ", ").append(std::to_string(number));
    return out + "]";
}

std::string show_list(std::vector<std::string> const& texts) {
    std::string out = "[";
    for (auto const& text : texts)
        out.append(out.size() == 1 ? "" : ", ").append(in_quotes(text));
    return out + "]";
}

// "redis://user:***@host/0": everything up to the last @ before the path may be a password.
std::string without_password(std::string const& url) {
    auto const scheme = url.find("://");
    auto const start = scheme == std::string::npos ? 0 : scheme + 3;
    auto const at = url.rfind('@');
    if (at == std::string::npos || at < start) return url;
    auto const colon = url.find(':', start);
    if (colon == std::string::npos || colon > at) return url;
    return url.substr(0, colon + 1) + "***" + url.substr(at);
}

// "a, b" → "a", "b"; nothing for an empty text.
std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        auto part = text.substr(0, end);
        while (part.starts_with(' '))
            part.remove_prefix(1);
        while (part.ends_with(' '))
            part.remove_suffix(1);
        parts.emplace_back(part);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

std::string show_bound(Field const& field, std::int64_t bound) {
    auto const is = [&]<class T>(std::type_identity<T>) { return std::holds_alternative<T>(field); };
    if (is(std::type_identity<Milliseconds*>{})) return format_duration(Milliseconds{bound});
    if (is(std::type_identity<Seconds>{})) return format_duration(std::chrono::seconds{bound});
    if (is(std::type_identity<std::size_t*>{}) || is(std::type_identity<std::optional<std::uint64_t>*>{})) {
        return format_size(static_cast<std::uint64_t>(bound));
    }
    return std::to_string(bound);
}

class Assigner {
  public:
    Assigner(Field const& field, Rules const& rules, Raw const& raw) : field_(field), rules_(rules), raw_(raw) {}

    std::string operator()(bool* out) const {
        if (auto const* const value = std::get_if<bool>(&raw_)) return store(*out, *value);
        if (auto const* const text = std::get_if<Text>(&raw_)) {
            if (text->value == "true" || text->value == "1" || text->value == "yes") return store(*out, true);
            if (text->value == "false" || text->value == "0" || text->value == "no") return store(*out, false);
        }
        return mismatch(raw_, "true or false");
    }
    std::string operator()(int* out) const { return integer(*out); }
    std::string operator()(std::int64_t* out) const { return integer(*out); }
    std::string operator()(std::optional<std::int64_t>* out) const {
        return optional(*out, &Assigner::integer<std::int64_t>);
    }
    std::string operator()(Count out) const { return optional(*out.value, &Assigner::integer<std::uint64_t>); }
    std::string operator()(double* out) const {
        std::optional<double> value;
        if (auto const* const number = std::get_if<double>(&raw_)) value = *number;
        if (auto const* const whole = std::get_if<std::int64_t>(&raw_)) value = static_cast<double>(*whole);
        if (auto const* const text = std::get_if<Text>(&raw_)) value = number_in<double>(text->value);
        if (!value || !std::isfinite(*value)) return mismatch(raw_, "a number such as 1.5");
        if (*value < static_cast<double>(rules_.min) || *value > static_cast<double>(rules_.max))
            return out_of_bounds();
        return store(*out, *value);
    }
    std::string operator()(std::string* out) const { return text(*out, "it is"); }
    std::string operator()(Path out) const { return text(*out.value, "it is"); }
    std::string operator()(Secret out) const { return text(*out.value, ""); }
    std::string operator()(Url out) const { return text(*out.value, ""); }
    std::string operator()(Milliseconds* out) const { return duration(*out); }
    std::string operator()(Seconds out) const { return optional(*out.value, &Assigner::seconds); }
    std::string operator()(std::size_t* out) const { return size(*out); }
    std::string operator()(std::optional<std::uint64_t>* out) const { return optional(*out, &Assigner::size); }

    std::string operator()(Command out) const {
        if (auto const* const words = std::get_if<std::vector<std::string>>(&raw_)) {
            if (words->empty() || words->front().empty())
                return "the command is empty; write a program and its arguments";
            for (auto const& word : *words) {
                if (word.find('\0') != std::string::npos) return "it holds a NUL character; remove it";
            }
            return store(*out.value, *words);
        }
        auto const* const line = text_of(raw_);
        if (line == nullptr) return mismatch(raw_, R"("program argument" or ["program", "argument"])");
        if (line->find('\0') != std::string::npos) return "it holds a NUL character; remove it";
        auto words = split_command(*line);
        if (!words) return words.error();
        return store(*out.value, std::move(*words));
    }
    std::string operator()(List out) const {
        std::vector<std::string> texts;
        if (auto const* const list = std::get_if<std::vector<std::string>>(&raw_)) {
            texts = *list;
        } else if (auto const* const line = text_of(raw_)) {
            texts = split_list(*line);
        } else if (auto const* const empty = std::get_if<std::vector<std::int64_t>>(&raw_); !empty || !empty->empty()) {
            return mismatch(raw_, R"("one,two" or ["one", "two"])");
        }
        for (auto const& each : texts) {
            if (each.empty() || each.find('\0') != std::string::npos)
                return "it holds an empty text or a NUL character; remove it";
            if (rules_.check == nullptr) continue;
            if (auto problem = rules_.check(each); !problem.empty())
                return "it holds " + in_quotes(each) + "; " + problem;
        }
        return store(*out.value, std::move(texts));
    }
    std::string operator()(LaneOrder* out) const {
        auto const* const text = text_of(raw_);
        if (text != nullptr && *text == "weighted") return store(*out, LaneOrder::weighted);
        if (text != nullptr && *text == "strict") return store(*out, LaneOrder::strict);
        return mismatch(raw_, "\"weighted\" or \"strict\"");
    }
    std::string operator()(Durability* out) const {
        auto const* const text = text_of(raw_);
        auto const durability = text != nullptr ? durability_from_string(*text) : std::nullopt;
        if (!durability) return mismatch(raw_, R"("memory", "replicated:N" with N from 1 to 100, or "fsync")");
        return store(*out, *durability);
    }
    std::string operator()(std::array<int, kLanes>* out) const {
        std::vector<std::int64_t> numbers;
        if (auto const* const list = std::get_if<std::vector<std::int64_t>>(&raw_)) numbers = *list;
        if (auto const* const text = std::get_if<Text>(&raw_)) numbers = numbers_in(text->value);
        if (numbers.size() != kLanes) return mismatch(raw_, "four whole numbers, critical first: [8, 4, 2, 1]");
        for (auto const number : numbers) {
            if (number < rules_.min || number > rules_.max) return out_of_bounds();
        }
        for (std::size_t i = 0; i < kLanes; ++i)
            (*out)[i] = static_cast<int>(numbers[i]);
        return "";
    }

  private:
    template <class Value>
    static std::string store(Value& out, Value value) {
        out = std::move(value);
        return "";
    }
    std::string out_of_bounds() const { return "it is out of bounds; write " + show_bounds(field_, rules_); }

    template <class Number>
    std::string integer(Number& out) const {
        std::optional<std::int64_t> value;
        if (auto const* const number = std::get_if<std::int64_t>(&raw_)) value = *number;
        if (auto const* const text = std::get_if<Text>(&raw_)) value = number_in<std::int64_t>(text->value);
        if (!value) return mismatch(raw_, "a whole number, " + show_bounds(field_, rules_));
        if (*value < rules_.min || *value > rules_.max) return out_of_bounds();
        return store(out, static_cast<Number>(*value));
    }

    std::string duration(Milliseconds& out) const {
        auto const* const text = text_of(raw_);
        auto const value = text != nullptr ? parse_duration(*text) : std::nullopt;
        if (!value) return mismatch(raw_, R"(a duration with its unit: "250ms", "30s", "5m", "24h")");
        if (value->count() < rules_.min || value->count() > rules_.max) return out_of_bounds();
        return store(out, *value);
    }
    std::string seconds(std::uint64_t& out) const {
        auto const* const text = text_of(raw_);
        auto const value = text != nullptr ? parse_duration(*text) : std::nullopt;
        if (!value || value->count() % 1'000 != 0) return mismatch(raw_, R"(a duration of whole seconds: "30s", "5m")");
        auto const whole = value->count() / 1'000;
        if (whole < rules_.min || whole > rules_.max) return out_of_bounds();
        return store(out, static_cast<std::uint64_t>(whole));
    }
    std::string size(std::uint64_t& out) const {
        auto const* const text = text_of(raw_);
        auto const value = text != nullptr ? parse_size(*text) : std::nullopt;
        if (!value) return mismatch(raw_, R"(a size with its unit: "4KiB", "1MiB")");
        auto const bytes = static_cast<std::int64_t>(*value);  // at most 2^53
        if (bytes < rules_.min || bytes > rules_.max) return out_of_bounds();
        return store(out, *value);
    }

    // `lead` precedes the value in messages that repeat it; empty: it is not repeated.
    std::string text(std::string& out, std::string_view lead) const {
        auto const* const value = text_of(raw_);
        if (value == nullptr)
            return lead.empty() ? "it is no text; put it in quotes" : mismatch(raw_, "a text in quotes");
        if (value->find('\0') != std::string::npos) return "it holds a NUL character; remove it";
        if (rules_.check != nullptr) {
            if (auto problem = rules_.check(*value); !problem.empty()) {
                return lead.empty() ? problem : std::string(lead) + " " + in_quotes(*value) + "; " + problem;
            }
        }
        return store(out, *value);
    }

    template <class Value>
    std::string optional(std::optional<Value>& out, std::string (Assigner::*read)(Value&) const) const {
        if (auto const* const text = text_of(raw_); text != nullptr && *text == kNone)
            return store(out, std::optional<Value>{});
        Value value{};
        auto problem = (this->*read)(value);
        if (problem.empty()) out = value;
        return problem;
    }

    static std::vector<std::int64_t> numbers_in(std::string_view text) {
        std::vector<std::int64_t> numbers;
        while (numbers.size() <= kLanes) {
            auto const end = text.find_first_of(",:");
            auto const number = number_in<std::int64_t>(text.substr(0, end));
            if (!number) return {};
            numbers.push_back(*number);
            if (end == std::string_view::npos) break;
            text.remove_prefix(end + 1);
        }
        return numbers;
    }

    Field const& field_;
    Rules const& rules_;
    Raw const& raw_;
};

struct Shower {
    std::string operator()(bool const* value) const { return *value ? "true" : "false"; }
    std::string operator()(int const* value) const { return std::to_string(*value); }
    std::string operator()(std::int64_t const* value) const { return std::to_string(*value); }
    std::string operator()(std::optional<std::int64_t> const* value) const { return number(*value); }
    std::string operator()(Count count) const { return number(*count.value); }
    std::string operator()(double const* value) const { return json(*value).dump(); }
    std::string operator()(std::string const* value) const { return in_quotes(*value); }
    std::string operator()(Path path) const { return in_quotes(*path.value); }
    std::string operator()(Secret secret) const { return secret.value->empty() ? in_quotes("") : "***"; }
    std::string operator()(Url url) const { return in_quotes(without_password(*url.value)); }
    std::string operator()(Milliseconds const* value) const { return in_quotes(format_duration(*value)); }
    std::string operator()(Seconds seconds) const {
        if (!*seconds.value) return std::string(kNone);
        return in_quotes(format_duration(std::chrono::seconds{static_cast<std::int64_t>(**seconds.value)}));
    }
    std::string operator()(std::size_t const* value) const { return in_quotes(format_size(*value)); }
    std::string operator()(std::optional<std::uint64_t> const* value) const {
        return *value ? in_quotes(format_size(**value)) : std::string(kNone);
    }
    std::string operator()(Command command) const { return show_list(*command.value); }
    std::string operator()(List list) const { return show_list(*list.value); }
    std::string operator()(LaneOrder const* order) const {
        return in_quotes(*order == LaneOrder::strict ? "strict" : "weighted");
    }
    std::string operator()(Durability const* durability) const { return in_quotes(to_string(*durability)); }
    std::string operator()(std::array<int, kLanes> const* numbers) const { return show_list(*numbers); }

    template <class Number>
    static std::string number(std::optional<Number> value) {
        return value ? std::to_string(*value) : std::string(kNone);
    }
};

struct Namer {
    std::string_view operator()(bool const*) const { return "true or false"; }
    std::string_view operator()(int const*) const { return "whole number"; }
    std::string_view operator()(std::int64_t const*) const { return "whole number"; }
    std::string_view operator()(std::optional<std::int64_t> const*) const { return "whole number"; }
    std::string_view operator()(Count) const { return "whole number"; }
    std::string_view operator()(double const*) const { return "number"; }
    std::string_view operator()(std::string const*) const { return "text"; }
    std::string_view operator()(Path) const { return "path"; }
    std::string_view operator()(Secret) const { return "secret text"; }
    std::string_view operator()(Url) const { return "text"; }
    std::string_view operator()(Milliseconds const*) const { return "duration"; }
    std::string_view operator()(Seconds) const { return "duration"; }
    std::string_view operator()(std::size_t const*) const { return "size"; }
    std::string_view operator()(std::optional<std::uint64_t> const*) const { return "size"; }
    std::string_view operator()(Command) const { return "text or array of texts"; }
    std::string_view operator()(List) const { return "array of texts"; }
    std::string_view operator()(LaneOrder const*) const { return "\"weighted\" or \"strict\""; }
    std::string_view operator()(Durability const*) const { return "\"memory\", \"replicated:N\" or \"fsync\""; }
    std::string_view operator()(std::array<int, kLanes> const*) const { return "array of four whole numbers"; }
};

}  // namespace

std::string assign(Field const& field, Rules const& rules, Raw const& raw) {
    return std::visit(Assigner(field, rules, raw), field);
}

std::string show(Field const& field) {
    return std::visit(Shower{}, field);
}

std::string_view type_name(Field const& field) noexcept {
    return std::visit(Namer{}, field);
}

std::string show_bounds(Field const& field, Rules const& rules) {
    if (rules.min == rules.max) return "";
    return show_bound(field, rules.min) + " to " + show_bound(field, rules.max);
}

}  // namespace leat::config
