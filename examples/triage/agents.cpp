#include "triage/agents.hpp"

#include <chrono>
#include <stdexcept>
#include <string_view>

namespace triage {
namespace {

using namespace std::chrono_literals;

constexpr double kVeryNegative = -0.6;

// A field that must be there: no retry would change its absence.
std::string text_field(leat::json const& payload, char const* name) {
    if (!payload.is_object() || !payload.contains(name) || !payload[name].is_string()) {
        throw leat::Dead{"the payload needs the text '" + std::string(name) + "'"};
    }
    return payload[name].get<std::string>();
}

// Where a model would write; the chain is the same.
std::string draft_for(double sentiment) {
    std::string_view const opening = sentiment <= kVeryNegative ? "We are truly sorry; this must not happen."
                                                                : "Thank you for telling us; we are sorry.";
    return std::string(opening) + " A colleague looks into it today and writes to you.";
}

}  // namespace

leat::json Agents::classify(leat::Task const& task, leat::Context& context) const {
    auto const text = text_field(task.payload(), "text");
    auto const compound = scorer_.score(text).compound;
    auto const mood = std::string(sentiment::label(compound));
    std::string const next = mood == "negative" ? "reply" : "archive";
    context.log(mood + ", on to " + next);
    auto const next_id = hand_on(next, {{"message_id", task.id()}, {"text", text}, {"sentiment", compound}}, context);
    return {{"label", mood}, {"sentiment", compound}, {"next", next}, {"next_id", next_id}};
}

leat::json Agents::reply(leat::Task const& task, leat::Context& context) const {
    auto const& payload = task.payload();
    auto const message_id = text_field(payload, "message_id");
    auto const draft = draft_for(payload.value("sentiment", 0.0));
    auto const next_id = hand_on(
        "archive", {{"message_id", message_id}, {"text", text_field(payload, "text")}, {"draft", draft}}, context);
    return {{"draft", draft}, {"next_id", next_id}};
}

leat::json Agents::archive(leat::Task const& task, leat::Context&) const {
    return {{"message_id", text_field(task.payload(), "message_id")}, {"answered", task.payload().contains("draft")}};
}

// Dispatches to the next agent; the id says which message it is about. Whatever fails here is safe to run again.
std::string Agents::hand_on(std::string const& agent, leat::json const& payload, leat::Context const& context) const {
    leat::DispatchOptions options;
    options.id = payload["message_id"].get<std::string>() + ":" + agent;
    options.traceparent = context.traceparent();  // one trace from the first message to the last agent
    auto const receipt = dispatch_(agent, payload, options);
    if (!receipt) {
        if (receipt.error().code == leat::ErrorCode::invalid_input) throw leat::Dead{receipt.error().message()};
        throw std::runtime_error(receipt.error().message());
    }
    if (receipt->status == leat::DispatchStatus::full) throw leat::RetryAfter{5s, "the agent " + agent + " is full"};
    return receipt->task_id;
}

}  // namespace triage
