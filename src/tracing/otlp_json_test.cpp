#include "tracing/otlp_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leat/json.hpp"
#include "leat/version.hpp"

namespace leat::tracing {
namespace {

Span attempt() {
    Span span;
    span.kind = SpanKind::attempt;
    span.trace_id = "0af7651916cd43dd8448eb211c80319c";
    span.span_id = "00f067aa0ba902b7";
    span.parent_id = "b7ad6b7169203331";
    span.started_at_ns = 1'700'000'000'123'456'789;
    span.ended_at_ns = 1'700'000'000'223'456'789;
    span.agent = "sentiment";
    span.task = "order-17";
    span.lane = Lane::high;
    span.payload_bytes = 42;
    span.outcome = "success";
    span.worker = "host.1.x";
    span.attempt = 2;
    span.queue_wait_ms = 31;
    return span;
}

json sent(Span const& span) {
    std::vector<SpanRecord> const records{SpanRecord(span)};
    return json::parse(otlp_json({{"service.name", "leat"}}, records))["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
}

// {"key": value} of an attribute list; integers stay the strings they are.
json flat(json const& attributes) {
    json object = json::object();
    for (auto const& attribute : attributes)
        object[attribute["key"].get<std::string>()] = *attribute["value"].begin();
    return object;
}

TEST(OtlpJson, OfAnAttempt) {
    auto const expected = json::parse(R"({
        "traceId": "0af7651916cd43dd8448eb211c80319c",
        "spanId": "00f067aa0ba902b7",
        "parentSpanId": "b7ad6b7169203331",
        "name": "run sentiment",
        "kind": 5,
        "startTimeUnixNano": "1700000000123456789",
        "endTimeUnixNano": "1700000000223456789",
        "attributes": [
            {"key": "messaging.system", "value": {"stringValue": "leat"}},
            {"key": "messaging.operation.name", "value": {"stringValue": "run"}},
            {"key": "messaging.operation.type", "value": {"stringValue": "process"}},
            {"key": "messaging.destination.name", "value": {"stringValue": "sentiment"}},
            {"key": "messaging.message.id", "value": {"stringValue": "order-17"}},
            {"key": "messaging.message.body.size", "value": {"intValue": "42"}},
            {"key": "leat.lane", "value": {"stringValue": "high"}},
            {"key": "leat.outcome", "value": {"stringValue": "success"}},
            {"key": "messaging.consumer.group.name", "value": {"stringValue": "workers"}},
            {"key": "messaging.client.id", "value": {"stringValue": "host.1.x"}},
            {"key": "leat.attempt", "value": {"intValue": "2"}},
            {"key": "leat.queue_wait_ms", "value": {"intValue": "31"}}],
        "status": {}})");
    EXPECT_EQ(sent(attempt()), expected);
}

TEST(OtlpJson, OfADispatch) {
    auto span = attempt();
    span.kind = SpanKind::dispatch;
    span.outcome = "created";
    span.parent_id = {};
    auto const object = sent(span);
    EXPECT_EQ(object["name"], "dispatch sentiment");
    EXPECT_EQ(object["kind"], 4);
    EXPECT_FALSE(object.contains("parentSpanId"));
    auto const attributes = flat(object["attributes"]);
    EXPECT_EQ(attributes["messaging.operation.type"], "send");
    EXPECT_FALSE(attributes.contains("messaging.client.id"));
    EXPECT_FALSE(attributes.contains("leat.attempt"));
}

TEST(OtlpJson, FailuresAreErrorsWithTheirReason) {
    auto span = attempt();
    span.outcome = "dead";
    span.error = "the model said \xff no";
    span.error_kind = "refused";
    auto const dead = sent(span);
    EXPECT_EQ(dead["status"], (json{{"code", 2}, {"message", "the model said \xEF\xBF\xBD no"}}));
    EXPECT_EQ(flat(dead["attributes"])["error.type"], "refused");
    span.error_kind = {};
    for (auto const* const outcome : {"retry", "stale", "lost"}) {
        span.outcome = outcome;
        EXPECT_EQ(sent(span)["status"]["code"], 2) << outcome;
        EXPECT_EQ(flat(sent(span)["attributes"])["error.type"], outcome);
    }
    for (auto const* const outcome : {"success", "cancelled", "released"}) {
        span.outcome = outcome;
        EXPECT_EQ(sent(span)["status"], json::object()) << outcome;
        EXPECT_FALSE(flat(sent(span)["attributes"]).contains("error.type"));
    }
    span.kind = SpanKind::dispatch;
    for (auto const* const outcome : {"failed", "full"}) {
        span.outcome = outcome;
        EXPECT_EQ(sent(span)["status"]["code"], 2) << outcome;
    }
    span.outcome = "duplicate";
    EXPECT_EQ(sent(span)["status"], json::object());
}

TEST(OtlpJson, AnUnknownWaitIsLeftOut) {
    auto span = attempt();
    span.queue_wait_ms = -1;
    EXPECT_FALSE(flat(sent(span)["attributes"]).contains("leat.queue_wait_ms"));
}

TEST(OtlpJson, NamesResourceAndScope) {
    std::vector<SpanRecord> const records{SpanRecord(attempt()), SpanRecord(attempt())};
    auto const request = json::parse(otlp_json({{"service.name", "triage"}, {"process.pid", "7"}}, records));
    ASSERT_EQ(request["resourceSpans"].size(), 1U);
    auto const& resource = request["resourceSpans"][0];
    EXPECT_EQ(resource["resource"]["attributes"][0],
              json::parse(R"({"key":"service.name","value":{"stringValue":"triage"}})"));
    EXPECT_EQ(resource["resource"]["attributes"][1], json::parse(R"({"key":"process.pid","value":{"intValue":"7"}})"));
    EXPECT_EQ(resource["scopeSpans"][0]["scope"], (json{{"name", "leat"}, {"version", LEAT_VERSION}}));
    EXPECT_EQ(resource["scopeSpans"][0]["spans"].size(), 2U);
}

TEST(OtlpAnswer, SaysWhatWasRefused) {
    auto const partly = read_answer(R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}})");
    EXPECT_EQ(partly.spans, 3U);
    EXPECT_EQ(partly.reason, "too old");
    EXPECT_EQ(read_answer(R"({"partialSuccess":{"rejectedSpans":4}})").spans, 4U);
    for (auto const* const text :
         {"", "{}", "[]", "nonsense", R"({"partialSuccess":null})", R"({"partialSuccess":{"rejectedSpans":-3}})",
          R"({"partialSuccess":{"rejectedSpans":{}}})"})
        EXPECT_EQ(read_answer(text).spans, 0U) << text;
    EXPECT_EQ(read_answer(std::string(100'000, '[')).spans, 0U);
}

}  // namespace
}  // namespace leat::tracing
