#include "http/input.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "core/json_depth.hpp"
#include "http/json_text.hpp"
#include "http/limits.hpp"
#include "inspect/model_json.hpp"
#include "store/store_inspect.hpp"

namespace leat::http {
namespace {

std::unexpected<Error> wrong(std::string detail) {
    return std::unexpected(Error{ErrorCode::invalid_input, "", std::move(detail)});
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
    std::int64_t value = 0;
    auto const* const end = text.data() + text.size();
    auto const read = std::from_chars(text.data(), end, value);
    if (text.empty() || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return value;
}

Result<std::int64_t> read_integer(Target const& target, std::string_view name, std::int64_t otherwise,
                                  std::int64_t most) {
    auto const text = target.parameter(name);
    if (text.empty()) return otherwise;
    auto const value = parse_integer(text);
    if (!value || *value < 1 || *value > most)
        return wrong(std::string(name) + " must be a whole number from 1 to " + std::to_string(most));
    return *value;
}

// The members of one JSON object.
class Members {
  public:
    // Errors: no JSON, no object, nested too deeply, or a member that is none of `known`.
    static Result<Members> of(json object, std::initializer_list<std::string_view> known) {
        if (object.is_discarded()) return wrong("the body is not valid JSON, or nested deeper than 64 levels");
        if (!object.is_object()) return wrong("the body must be a JSON object");
        for (auto const& [name, value] : object.items())
            if (std::ranges::find(known, name) == known.end())
                return wrong("there is no field of that name here: " +
                             json(name).dump(-1, ' ', true, json::error_handler_t::replace));
        return Members(std::move(object));
    }
    static Result<Members> of(std::string_view body, std::initializer_list<std::string_view> known) {
        return of(inspect::bounded_json(body), known);
    }

    // Null counts as absent.
    [[nodiscard]] json* find(std::string const& name) {
        auto const found = object_.find(name);
        return found == object_.end() || found->is_null() ? nullptr : &*found;
    }
    [[nodiscard]] bool contains(std::string const& name) const { return object_.contains(name); }
    Result<std::string> text(std::string const& name) {
        auto* const value = find(name);
        if (value == nullptr) return std::string{};
        if (!value->is_string()) return wrong(name + " must be a string");
        return std::move(value->get_ref<std::string&>());
    }
    Result<std::optional<std::int64_t>> integer(std::string const& name) {
        auto const* const value = find(name);
        if (value == nullptr) return std::nullopt;
        bool const fits = value->is_number_integer() &&
                          (!value->is_number_unsigned() || value->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
        if (!fits) return wrong(name + " must be a whole number");
        return value->get<std::int64_t>();
    }
    Result<bool> flag(std::string const& name) {
        auto const* const value = find(name);
        if (value == nullptr) return false;
        if (!value->is_boolean()) return wrong(name + " must be true or false");
        return value->get<bool>();
    }
    [[nodiscard]] json take(std::string const& name) { return std::move(object_[name]); }

    explicit Members(json object) : object_(std::move(object)) {}

  private:
    json object_;
};

constexpr std::int64_t kMsMax = 366LL * 24 * 3'600 * 1'000;

Result<std::optional<Milliseconds>> read_ms(Members& members, std::string const& name) {
    auto const value = members.integer(name);
    if (!value) return std::unexpected(value.error());
    if (!*value) return std::nullopt;
    if (**value < 0 || **value > kMsMax) return wrong(name + " must be 0 to 31622400000 (366 days)");
    return Milliseconds(**value);
}

constexpr auto kTaskFields = std::to_array<std::string_view>(
    {"agent", "payload", "id", "priority", "delay_ms", "max_retries", "timeout_ms", "traceparent"});
constexpr std::string_view kNoJson = "the body is not valid JSON, or nested deeper than 64 levels";

// A task's members but the payload, small, and the payload as it came.
struct TaskTexts {
    json options = json::object();
    std::optional<std::string_view> payload{};
};

Result<TaskTexts> split_task(std::string_view text) {
    auto const members = json_members(text);
    if (!members) {
        // One that is JSON and no object has an answer of its own.
        auto read = Members::of(text, {});
        return read ? wrong(std::string(kNoJson)) : std::unexpected(std::move(read.error()));
    }
    TaskTexts texts;
    for (auto const& [name, value] : *members) {
        if (std::ranges::find(kTaskFields, name) == kTaskFields.end()) {
            return wrong("there is no field of that name here: " +
                         json(name).dump(-1, ' ', true, json::error_handler_t::replace));
        }
        if (name == "payload" ? texts.payload.has_value() : texts.options.contains(name))
            return wrong(name + " is there twice");
        if (name == "payload") {
            texts.payload = value;
            continue;
        }
        auto option = inspect::bounded_json(value);
        if (option.is_discarded()) return wrong(std::string(kNoJson));
        texts.options[name] = std::move(option);
    }
    return texts;
}

Result<DispatchInput> read_task(std::string_view text) {
    auto texts = split_task(text);
    if (!texts) return std::unexpected(std::move(texts.error()));
    Members members(std::move(texts->options));
    auto agent = members.text("agent");
    auto id = members.text("id");
    auto traceparent = members.text("traceparent");
    auto const priority = members.integer("priority");
    auto const max_retries = members.integer("max_retries");
    auto const delay = read_ms(members, "delay_ms");
    auto const timeout = read_ms(members, "timeout_ms");
    for (auto const* read : {&agent, &id, &traceparent})
        if (!*read) return std::unexpected(read->error());
    if (!priority) return std::unexpected(priority.error());
    if (!max_retries) return std::unexpected(max_retries.error());
    if (!delay) return std::unexpected(delay.error());
    if (!timeout) return std::unexpected(timeout.error());
    if (auto named = check_name("agent name", *agent); !named) return wrong("agent: " + named.error().detail);
    if (!texts->payload) return wrong("payload is missing: any JSON value");
    if (auto const problem = core::json_problem(*texts->payload); !problem.empty())
        return wrong("the payload " + problem);
    DispatchInput input;
    input.agent = std::move(*agent);
    input.task.payload_text = *texts->payload;
    input.task.options.id = std::move(*id);
    input.task.options.priority = priority->value_or(0);
    input.task.options.delay = delay->value_or(Milliseconds(0));
    input.task.options.max_retries = *max_retries;
    input.task.options.timeout = *timeout;
    input.task.options.traceparent = std::move(*traceparent);
    return input;
}

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) noexcept {
    struct Unit {
        std::string_view name;
        std::int64_t ms;
    };
    constexpr std::array kUnits{Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000},
                                Unit{"d", 86'400'000}};
    auto const digits = std::min(text.find_first_not_of("0123456789"), text.size());
    auto const number = parse_integer(text.substr(0, digits));
    auto const unit = std::ranges::find(kUnits, text.substr(digits), &Unit::name);
    if (!number || unit == kUnits.end() || *number > kMsMax / unit->ms) return std::nullopt;
    return Milliseconds(*number * unit->ms);
}

Result<std::int64_t> read_limit(Target const& target) {
    return read_integer(target, "limit", kPageDefault, store::kPageMax);
}

Result<Milliseconds> read_duration(Target const& target, std::string_view name, Milliseconds otherwise,
                                   Milliseconds most) {
    auto const text = target.parameter(name);
    if (text.empty()) return otherwise;
    auto const value = parse_duration(text);
    if (!value || *value > most) {
        return wrong(std::string(name) + " must be a duration such as 30s, 5m or 500ms, at most " +
                     std::to_string(most.count() / 1'000) + "s");
    }
    return *value;
}

Result<bool> read_flag(Target const& target, std::string_view name) {
    auto const text = target.parameter(name);
    if (text.empty() || text == "false") return false;
    if (text == "true") return true;
    return wrong(std::string(name) + " must be true or false");
}

Result<StatsQuery> read_stats_query(Target const& target) {
    auto const minutes = read_integer(target, "minutes", 60, store::kMinutesMax);
    if (!minutes) return std::unexpected(minutes.error());
    auto const step = read_integer(target, "step", 1, *minutes);
    if (!step) return std::unexpected(step.error());
    return StatsQuery{.minutes = *minutes, .step = *step};
}

Result<TaskQuery> read_task_query(Target const& target) {
    TaskQuery query;
    query.agent = target.parameter("agent");
    if (!query.agent.empty()) {
        if (auto named = check_name("agent name", query.agent); !named) return wrong("agent: " + named.error().detail);
    }
    query.id = target.parameter("id");
    if (!query.id.empty()) {
        if (auto named = check_name("task id", query.id); !named) return wrong("id: " + named.error().detail);
    }
    if (auto const state = target.parameter("state"); !state.empty()) {
        auto const known = task_state_from_string(state);
        if (!known) return wrong("state must be scheduled, ready, running, succeeded, dead, cancelled or expired");
        query.state = *known;
    }
    for (auto const& [name, place] :
         {std::pair{"older_than", &query.older_than}, std::pair{"newer_than", &query.newer_than}}) {
        if (target.parameter(name).empty()) continue;
        auto const age = read_duration(target, name, Milliseconds(0), Milliseconds(kMsMax));
        if (!age) return std::unexpected(age.error());
        *place = *age;
    }
    query.cursor = target.parameter("cursor");
    auto const limit = read_limit(target);
    if (!limit) return std::unexpected(limit.error());
    query.limit = *limit;
    return query;
}

Result<DispatchInput> read_dispatch(std::string_view body) {
    return read_task(body);
}

Result<std::vector<DispatchInput>> read_batch(std::string_view body) {
    auto const members = json_members(body);
    if (!members) {
        auto read = Members::of(body, {"tasks"});
        return read ? wrong(std::string(kNoJson)) : std::unexpected(std::move(read.error()));
    }
    std::optional<std::vector<std::string_view>> list;
    for (auto const& [name, value] : *members) {
        if (name != "tasks") {
            return wrong("there is no field of that name here: " +
                         json(name).dump(-1, ' ', true, json::error_handler_t::replace));
        }
        if (list) return wrong("tasks is there twice");
        list = json_items(value);
    }
    if (!list || list->empty()) return wrong("tasks must be a list with at least one task");
    if (list->size() > kBatchTasksMax) {
        return std::unexpected(
            Error{ErrorCode::too_large, "",
                  "a batch holds at most " + std::to_string(kBatchTasksMax) + " tasks; send several"});
    }
    std::vector<DispatchInput> inputs;
    inputs.reserve(list->size());
    for (auto const text : *list) {
        auto input = read_task(text);
        if (!input) return wrong("tasks[" + std::to_string(inputs.size()) + "]: " + input.error().detail);
        inputs.push_back(std::move(*input));
    }
    return inputs;
}

Result<std::int64_t> read_priority(std::string_view body) {
    auto members = Members::of(body, {"priority"});
    if (!members) return std::unexpected(members.error());
    auto const priority = members->integer("priority");
    if (!priority) return std::unexpected(priority.error());
    if (!*priority) return wrong("priority is missing: below 0 low, 0 normal, 1 high, 2 and above critical");
    return **priority;
}

Result<std::string> read_token(std::string_view body) {
    auto members = Members::of(body, {"token"});
    if (!members) return std::unexpected(members.error());
    return members->text("token");
}

Result<std::optional<json>> read_edited_payload(std::string_view body) {
    if (body.empty()) return std::nullopt;
    auto members = Members::of(body, {"payload"});
    if (!members) return std::unexpected(members.error());
    if (!members->contains("payload")) return std::nullopt;
    return members->take("payload");
}

Result<ReplayInput> read_replay(std::string_view body) {
    auto members = Members::of(body, {"letters", "all", "error_contains", "reason", "pattern", "rate", "dry_run"});
    if (!members) return std::unexpected(members.error());
    ReplayInput input;
    auto const all = members->flag("all");
    auto const dry_run = members->flag("dry_run");
    auto error_contains = members->text("error_contains");
    if (!all) return std::unexpected(all.error());
    if (!dry_run) return std::unexpected(dry_run.error());
    auto reason = members->text("reason");
    auto pattern = members->text("pattern");
    for (auto const* text : {&error_contains, &reason, &pattern})
        if (!*text) return std::unexpected(text->error());
    input.reason = std::move(*reason);
    input.pattern = std::move(*pattern);
    input.dry_run = *dry_run;
    input.error_contains = std::move(*error_contains);
    if (auto const* const rate = members->find("rate"); rate != nullptr) {
        if (!rate->is_number() || rate->get<double>() > 1e6 || (rate->get<double>() < 0.01 && rate->get<double>() != 0))
            return wrong("rate must be a number from 0.01 to 1000000, tasks a second, or 0 for no limit");
        input.rate = rate->get<double>();
    }
    auto* const letters = members->find("letters");
    if ((letters != nullptr) == *all) return wrong("name either the letters, or \"all\": true");
    if (letters == nullptr) return input;
    bool const filtered = !input.error_contains.empty() || !input.reason.empty() || !input.pattern.empty();
    if (filtered || input.rate > 0 || input.dry_run)
        return wrong("error_contains, reason, pattern, rate and dry_run belong to \"all\": true");
    if (!letters->is_array() || letters->empty() || letters->size() > kLettersMax)
        return wrong("letters must be a list of 1 to " + std::to_string(kLettersMax) + " ids");
    for (auto& letter : *letters) {
        if (!letter.is_string()) return wrong("letters must be a list of strings");
        input.letters.push_back(std::move(letter.get_ref<std::string&>()));
        if (auto named = check_name("letter", input.letters.back()); !named) return wrong(named.error().detail);
    }
    return input;
}

Result<std::optional<Milliseconds>> read_purge(std::string_view body) {
    auto members = Members::of(body, {"older_than", "all"});
    if (!members) return std::unexpected(members.error());
    auto const all = members->flag("all");
    auto const age = members->text("older_than");
    if (!all) return std::unexpected(all.error());
    if (!age) return std::unexpected(age.error());
    if (*all == !age->empty()) return wrong("name either older_than (\"7d\"), or \"all\": true");
    if (*all) return std::nullopt;
    auto const duration = parse_duration(*age);
    if (!duration) return wrong("older_than must be a duration such as 7d, 12h or 30m");
    return *duration;
}

}  // namespace leat::http
