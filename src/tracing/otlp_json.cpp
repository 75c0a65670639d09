#include "tracing/otlp_json.hpp"

#include <charconv>

#include "core/json_depth.hpp"
#include "leat/json.hpp"
#include "leat/version.hpp"

namespace leat::tracing {
namespace {

// Of the protocol.
constexpr int kProducer = 4;
constexpr int kConsumer = 5;
constexpr int kStatusError = 2;

class AttributeList {
  public:
    void text(std::string_view key, std::string_view value) {
        if (!value.empty()) list_.push_back({{"key", key}, {"value", {{"stringValue", value}}}});
    }
    // 64 bits are strings in this mapping.
    void integer(std::string_view key, std::int64_t value) {
        list_.push_back({{"key", key}, {"value", {{"intValue", std::to_string(value)}}}});
    }
    [[nodiscard]] json take() { return std::move(list_); }

  private:
    json list_ = json::array();
};

bool is_failure(SpanRecord const& span) {
    if (span.kind == SpanKind::dispatch) return span.outcome == "failed" || span.outcome == "full";
    return span.outcome == "retry" || span.outcome == "dead" || span.outcome == "stale" || span.outcome == "lost";
}

json attributes_of(SpanRecord const& span) {
    bool const attempt = span.kind == SpanKind::attempt;
    AttributeList list;
    list.text("messaging.system", "leat");
    list.text("messaging.operation.name", attempt ? "run" : "dispatch");
    list.text("messaging.operation.type", attempt ? "process" : "send");
    list.text("messaging.destination.name", span.agent);
    list.text("messaging.message.id", span.task);
    list.integer("messaging.message.body.size", span.payload_bytes);
    list.text("leat.lane", to_string(span.lane));
    list.text("leat.outcome", span.outcome);
    if (attempt) {
        list.text("messaging.consumer.group.name", "workers");
        list.text("messaging.client.id", span.worker);
        list.integer("leat.attempt", span.attempt);
        if (span.queue_wait_ms >= 0) list.integer("leat.queue_wait_ms", span.queue_wait_ms);
    }
    if (is_failure(span)) list.text("error.type", span.error_kind.empty() ? span.outcome : span.error_kind);
    return list.take();
}

json json_of(SpanRecord const& span) {
    bool const attempt = span.kind == SpanKind::attempt;
    json object = {{"traceId", span.trace_id},
                   {"spanId", span.span_id},
                   {"name", (attempt ? "run " : "dispatch ") + span.agent},
                   {"kind", attempt ? kConsumer : kProducer},
                   {"startTimeUnixNano", std::to_string(span.started_at_ns)},
                   {"endTimeUnixNano", std::to_string(span.ended_at_ns)},
                   {"attributes", attributes_of(span)},
                   {"status", json::object()}};
    if (!span.parent_id.empty()) object["parentSpanId"] = span.parent_id;
    if (is_failure(span)) {
        object["status"]["code"] = kStatusError;
        if (!span.error.empty()) object["status"]["message"] = span.error;
    }
    return object;
}

json resource_of(Attributes const& resource) {
    AttributeList list;
    for (auto const& [name, value] : resource) {
        std::int64_t number = 0;
        auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        bool const is_number = name == "process.pid" && error == std::errc{} && end == value.data() + value.size();
        is_number ? list.integer(name, number) : list.text(name, value);
    }
    return {{"attributes", list.take()}};
}

}  // namespace

SpanRecord::SpanRecord(Span const& span)
    : kind(span.kind),
      trace_id(span.trace_id),
      span_id(span.span_id),
      parent_id(span.parent_id),
      started_at_ns(span.started_at_ns),
      ended_at_ns(span.ended_at_ns),
      agent(span.agent),
      task(span.task),
      lane(span.lane),
      payload_bytes(span.payload_bytes),
      outcome(span.outcome),
      error(span.error),
      error_kind(span.error_kind),
      worker(span.worker),
      attempt(span.attempt),
      queue_wait_ms(span.queue_wait_ms) {}

std::string otlp_json(Attributes const& resource, std::span<SpanRecord const> spans) {
    auto list = json::array();
    for (auto const& span : spans)
        list.push_back(json_of(span));
    json scope = {{"scope", {{"name", "leat"}, {"version", LEAT_VERSION}}}, {"spans", std::move(list)}};
    json resource_spans = {{"resource", resource_of(resource)}, {"scopeSpans", json::array({std::move(scope)})}};
    json const request = {{"resourceSpans", json::array({std::move(resource_spans)})}};
    return request.dump(-1, ' ', false, json::error_handler_t::replace);
}

Rejection read_answer(std::string_view body) {
    if (core::json_depth(body) > core::kJsonDepthMax) return {};
    auto const answer = json::parse(body, nullptr, false);
    if (!answer.is_object()) return {};
    auto const found = answer.find("partialSuccess");
    if (found == answer.end() || !found->is_object()) return {};
    Rejection rejection;
    if (auto const count = found->find("rejectedSpans"); count != found->end()) {
        if (count->is_number_unsigned()) rejection.spans = count->get<std::uint64_t>();
        if (count->is_string()) {
            auto const& text = count->get_ref<std::string const&>();
            std::from_chars(text.data(), text.data() + text.size(), rejection.spans);
        }
    }
    if (auto const why = found->find("errorMessage"); why != found->end() && why->is_string())
        rejection.reason = why->get<std::string>();
    return rejection;
}

}  // namespace leat::tracing
