#include "store/message_codec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "core/clock.hpp"
#include "core/escape.hpp"
#include "tasks/trace_context.hpp"

namespace leat::store {
namespace {

constexpr std::int64_t kCountMax = 1'000'000'000;       // retries, attempts, crashes: beyond is nonsense
constexpr std::int64_t kTimeMax = 253'402'300'800'000;  // ms since the epoch: the year 10,000
constexpr std::int64_t kTimeoutMax = Limits::delay_max.count();
constexpr std::int64_t kAnyMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kAnyMax = std::numeric_limits<std::int64_t>::max();

// In the order in which the scripts write them; the first eight are in every message.
constexpr std::array<std::string_view, 13> kNames{
    "v",           "task_id",    "agent_type",  "payload",  "priority", "created_at", "retry_count",
    "max_retries", "timeout_ms", "traceparent", "attempts", "crashes",  "last_error",
};

std::optional<std::int64_t> integer_of(std::string_view text) noexcept {
    std::int64_t value = 0;
    auto const [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

enum class MessageReader::Field : std::uint8_t {
    v,
    task_id,
    agent_type,
    payload,
    priority,
    created_at,
    retry_count,
    max_retries,
    timeout_ms,
    traceparent,
    attempts,
    crashes,
    last_error,
};

void MessageReader::problem(std::string text) {
    if (problem_.empty()) problem_ = std::move(text);
}

void MessageReader::field(std::string_view name, std::string_view value) {
    if (++count_ > kMessageFieldsMax) {
        return problem("it has more than " + std::to_string(kMessageFieldsMax) + " fields");
    }
    auto index = expected_;
    if (index >= kNames.size() || kNames[index] != name) {
        auto const* const found = std::ranges::find(kNames, name);
        if (found == kNames.end()) return;
        index = static_cast<std::size_t>(std::distance(kNames.begin(), found));
    }
    expected_ = index + 1;
    if ((seen_ >> index & 1U) != 0) return problem("field " + std::string(kNames[index]) + " is there twice");
    seen_ |= 1U << index;
    take_field(static_cast<Field>(index), value);
}

void MessageReader::take_field(Field field, std::string_view value) {
    switch (field) {
        case Field::v:
            format_ = value.substr(0, Limits::name_bytes);
            break;
        case Field::task_id:
            message_.task_id = value.substr(0, Limits::name_bytes + 1);  // one more than allowed: finish() refuses it
            break;
        case Field::agent_type:
            message_.agent = value.substr(0, Limits::name_bytes + 1);
            break;
        case Field::payload:
            if (value.size() > Limits::payload_bytes_max) {
                return problem("the payload has " + std::to_string(value.size()) + " bytes");
            }
            message_.payload = value;
            break;
        case Field::priority:
            number(message_.priority, "priority", value, kAnyMin, kAnyMax);
            break;
        case Field::created_at:
            created_at_ = value.substr(0, Limits::name_bytes);
            break;
        case Field::retry_count:
            number(message_.retry_count, "retry_count", value, 0, kCountMax);
            break;
        case Field::max_retries:
            number(message_.max_retries, "max_retries", value, 0, kCountMax);
            break;
        case Field::timeout_ms: {
            std::int64_t timeout = 0;
            number(timeout, "timeout_ms", value, 1, kTimeoutMax);
            message_.timeout_ms = timeout;
            break;
        }
        case Field::traceparent:
            if (value.empty()) break;
            if (auto const context = tasks::parse_traceparent(value)) {
                message_.traceparent = tasks::stored_traceparent(value, *context);
            } else {
                message_.traceparent_problem = context.error();
            }
            break;
        case Field::attempts:
            number(message_.attempts, "attempts", value, 0, kCountMax);
            break;
        case Field::crashes:
            number(message_.crashes, "crashes", value, 0, kCountMax);
            break;
        case Field::last_error:
            message_.last_error = core::sanitize_utf8(value, Limits::error_bytes);
            break;
    }
}

void MessageReader::number(std::int64_t& target, std::string_view name, std::string_view value, std::int64_t min,
                           std::int64_t max) {
    auto const parsed = integer_of(value);
    if (!parsed || *parsed < min || *parsed > max) {
        return problem("field " + std::string(name) + " is no integer in its range");
    }
    target = *parsed;
}

// Ours is ms; a foreign one may be a text in ISO 8601 or anything else, and is not needed.
void MessageReader::created_at(std::string_view value) {
    if (!message_.foreign) return number(message_.created_at, "created_at", value, 0, kTimeMax);
    auto const ms = integer_of(value);
    auto const known = ms ? ms : core::parse_iso8601(value);
    message_.created_at = known && *known >= 0 && *known <= kTimeMax ? *known : 0;
}

std::string MessageReader::finish() {
    auto const has = [this](Field field) { return (seen_ >> static_cast<unsigned>(field) & 1U) != 0; };
    message_.foreign = !has(Field::v);
    message_.names_max_retries = has(Field::max_retries);
    if (has(Field::created_at)) created_at(created_at_);
    if (message_.foreign) {
        if (!has(Field::payload)) problem("field payload is missing");
        return problem_;
    }
    if (format_ != std::to_string(tasks::kFormat)) {
        return "its format is " + core::printable(format_, Limits::name_bytes) + "; this program reads format " +
               std::to_string(tasks::kFormat);
    }
    for (auto const field : {Field::task_id, Field::agent_type, Field::payload, Field::priority, Field::created_at,
                             Field::retry_count, Field::max_retries}) {
        if (!has(field)) problem("field " + std::string(kNames[static_cast<std::size_t>(field)]) + " is missing");
    }
    if (auto const checked = check_name("task_id", message_.task_id); !checked) {
        problem("field task_id: " + checked.error().detail);
    }
    if (auto const checked = check_name("agent_type", message_.agent); !checked) {
        problem("field agent_type: " + checked.error().detail);
    }
    return problem_;
}

Delivery decode_delivery(redis::ReplyView entry, Lane lane, std::int64_t count, std::string_view agent) {
    Delivery delivery;
    delivery.lane = lane;
    delivery.count = count;
    delivery.entry_id = entry[0].text();
    auto const fields = entry[1];
    MessageReader reader;
    for (auto at = fields.begin(); at != fields.end(); ++at) {
        auto const name = (*at).text();
        if (++at == fields.end()) break;
        reader.field(name, (*at).text());
    }
    delivery.malformed = reader.finish();
    delivery.message = reader.take();
    auto const& message = delivery.message;
    if (delivery.malformed.empty() && !message.foreign && message.agent != agent) {
        delivery.malformed = "it is a task of agent " + core::printable(message.agent);
    }
    return delivery;
}

}  // namespace leat::store
