#include "chaos/history.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/escape.hpp"
#include "leat/json.hpp"

namespace leat::cli::chaos {
namespace {

constexpr std::array<std::pair<Op, std::string_view>, 20> kOps{
    {{Op::plan, "plan"},     {Op::process, "process"},   {Op::serve, "serve"}, {Op::dispatch, "dispatch"},
     {Op::front, "front"},   {Op::cancel, "cancel"},     {Op::look, "look"},   {Op::run, "run"},
     {Op::effect, "effect"}, {Op::event, "event"},       {Op::fault, "fault"}, {Op::outcome, "outcome"},
     {Op::letter, "letter"}, {Op::record, "record"},     {Op::depth, "depth"}, {Op::counter, "counter"},
     {Op::damage, "damage"}, {Op::consumer, "consumer"}, {Op::note, "note"},   {Op::end, "end"}}};
constexpr std::array<std::pair<Phase, std::string_view>, 7> kPhases{{{Phase::none, ""},
                                                                     {Phase::invoke, "invoke"},
                                                                     {Phase::ok, "ok"},
                                                                     {Phase::fail, "fail"},
                                                                     {Phase::info, "info"},
                                                                     {Phase::begin, "begin"},
                                                                     {Phase::end, "end"}}};

struct TextField {
    char const* name;
    std::string Entry::*field;
};
constexpr std::array<TextField, 8> kTexts{{{"p", &Entry::proc},
                                           {"agent", &Entry::agent},
                                           {"task", &Entry::task},
                                           {"fence", &Entry::fence},
                                           {"worker", &Entry::worker},
                                           {"digest", &Entry::digest},
                                           {"status", &Entry::status},
                                           {"detail", &Entry::detail}}};
struct NumberField {
    char const* name;
    std::int64_t Entry::*field;
};
constexpr std::array<NumberField, 5> kNumbers{{{"t", &Entry::t},
                                               {"call", &Entry::call},
                                               {"attempt", &Entry::attempt},
                                               {"value", &Entry::value},
                                               {"count", &Entry::count}}};

template <class Value, std::size_t size>
std::string_view name_of(std::array<std::pair<Value, std::string_view>, size> const& names, Value value) noexcept {
    auto const found = std::ranges::find(names, value, &std::pair<Value, std::string_view>::first);
    return found != names.end() ? found->second : std::string_view("unknown");
}

template <class Value, std::size_t size>
std::optional<Value> value_of(std::array<std::pair<Value, std::string_view>, size> const& names,
                              std::string_view name) noexcept {
    auto const found = std::ranges::find(names, name, &std::pair<Value, std::string_view>::second);
    return found != names.end() ? std::optional(found->first) : std::nullopt;
}

std::unexpected<Error> bad(std::string_view what) {
    return fail(ErrorCode::invalid_input, "history", what);
}

// The text of a member; empty where it is missing. Nothing where it is no text.
std::optional<std::string> text_of(json const& object, char const* name) {
    auto const found = object.find(name);
    if (found == object.end()) return std::string{};
    if (!found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

}  // namespace

std::string_view to_string(Op op) noexcept {
    return name_of(kOps, op);
}

std::string_view to_string(Phase phase) noexcept {
    return name_of(kPhases, phase);
}

std::string encode(Entry const& entry) {
    nlohmann::ordered_json line;
    line["t"] = entry.t;
    line["p"] = entry.proc;
    line["op"] = to_string(entry.op);
    if (entry.phase != Phase::none) line["phase"] = to_string(entry.phase);
    for (auto const& [name, field] : kTexts) {
        if (field != &Entry::proc && !(entry.*field).empty())
            line[name] = core::sanitize_utf8(entry.*field, kDetailMax);
    }
    for (auto const& [name, field] : kNumbers) {
        if (field != &Entry::t && entry.*field != 0) line[name] = entry.*field;
    }
    return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Entry> decode(std::string_view line) {
    if (line.size() > kLineMax) return bad("the line is too long");
    auto const object = json::parse(line, nullptr, false);
    if (!object.is_object()) return bad("the line is no JSON object");
    Entry entry;
    auto const op = text_of(object, "op");
    auto const phase = text_of(object, "phase");
    if (!op || !phase) return bad("op and phase have to be texts");
    auto const known_op = value_of(kOps, *op);
    auto const known_phase = value_of(kPhases, *phase);
    if (!known_op) return bad("unknown op " + core::printable(*op, 40));
    if (!known_phase) return bad("unknown phase " + core::printable(*phase, 40));
    entry.op = *known_op;
    entry.phase = *known_phase;
    for (auto const& [name, field] : kTexts) {
        auto text = text_of(object, name);
        if (!text) return bad(std::string(name) + " has to be a text");
        entry.*field = std::move(*text);
    }
    for (auto const& [name, field] : kNumbers) {
        auto const found = object.find(name);
        if (found == object.end()) continue;
        // Unsigned numbers above the signed range would wrap around.
        if (!found->is_number_integer() || (found->is_number_unsigned() && found->get<std::uint64_t>() > INT64_MAX))
            return bad(std::string(name) + " has to be an integer");
        entry.*field = found->get<std::int64_t>();
    }
    // Differences of times are taken everywhere: far inside the range they cannot overflow.
    if (!object.contains("t") || entry.t < 0 || entry.t > INT64_MAX / 4) return bad("t is missing or out of range");
    return entry;
}

std::string task_digest(std::string_view task_id, std::string_view payload) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    auto const mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3U; };
    for (auto const part : {task_id, payload}) {
        for (char const byte : part)
            mix(static_cast<unsigned char>(byte));
        mix(0);
    }
    std::array<char, 16> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
    std::string const text(digits.data(), end);
    return std::string(digits.size() - text.size(), '0') + text;
}

void sort_by_time(std::vector<Entry>& entries) {
    std::ranges::stable_sort(entries, {}, &Entry::t);
}

}  // namespace leat::cli::chaos
