#include "runtime/adoption.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "core/json_depth.hpp"
#include "leat/task.hpp"
#include "tasks/trace_context.hpp"

namespace leat::runtime {
namespace {

std::string entry_as_id(std::string_view prefix, std::string_view entry_id) {
    return std::string(prefix) + std::string(entry_id);
}

std::optional<std::string> payload_problem(std::string_view payload) {
    if (payload.size() > Limits::payload_bytes_max) {
        return "the payload has " + std::to_string(payload.size()) + " bytes; the limit is " +
               std::to_string(Limits::payload_bytes_max);
    }
    if (auto problem = core::json_problem(payload); !problem.empty()) return "the payload " + problem;
    return std::nullopt;
}

// A whole decimal number, also written as "3.0" by loosely typed producers; nothing for anything else.
std::optional<std::int64_t> whole_number(std::string_view text) {
    if (text.ends_with(".0")) text.remove_suffix(2);
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::expected<store::DispatchItem, std::string> checked(store::DispatchItem item) {
    if (auto const id = check_name("task_id", item.id); !id)
        return std::unexpected("field task_id: " + id.error().detail);
    if (auto const problem = payload_problem(item.payload)) return std::unexpected(*problem);
    if (item.max_retries) item.max_retries = std::clamp<std::int64_t>(*item.max_retries, 0, Limits::max_retries_max);
    item.lane = lane_of_priority(item.priority);
    return item;
}

}  // namespace

std::expected<store::DispatchItem, std::string> dispatch_item_of(tasks::Message const& message, std::string_view agent,
                                                                 std::string_view entry_id) {
    if (auto const name = check_name("agent_type", message.agent.empty() ? agent : std::string_view(message.agent));
        !name) {
        return std::unexpected("field agent_type: " + name.error().detail);
    }
    store::DispatchItem item;
    item.id = message.task_id.empty() ? entry_as_id("entry-", entry_id) : message.task_id;
    item.priority = message.priority;
    if (message.names_max_retries) item.max_retries = message.max_retries;
    item.timeout_ms = message.timeout_ms;
    item.traceparent = message.traceparent;
    item.payload = message.payload;
    return checked(std::move(item));
}

std::expected<FrontTask, std::string> front_task_of(store::FrontEntry const& entry) {
    FrontTask task;
    std::optional<std::string> payload;
    for (auto const& [name, value] : entry.fields) {
        if (name == "agent_type") {
            task.agent = value;
        } else if (name == "payload") {
            payload = value;
        } else if (name == "task_id") {
            task.item.id = value;
        } else if (name == "traceparent") {
            auto const context = tasks::parse_traceparent(value);
            task.item.traceparent = context ? tasks::stored_traceparent(value, *context) : std::string();
            if (!context && !value.empty()) task.traceparent_problem = context.error();
        } else if (name == "priority" || name == "max_retries") {
            auto const number = whole_number(value);
            if (!number) return std::unexpected("field " + name + " is not a whole number");
            if (name == "priority") {
                task.item.priority = *number;
            } else {
                task.item.max_retries = *number;
            }
        }
    }
    if (task.agent.empty()) return std::unexpected(std::string("field agent_type is missing: name the agent"));
    if (auto const name = check_name("agent_type", task.agent); !name)
        return std::unexpected("field agent_type: " + name.error().detail);
    if (!payload) return std::unexpected(std::string("field payload is missing: give the task's input as JSON"));
    task.item.payload = std::move(*payload);
    if (task.item.id.empty()) task.item.id = entry_as_id("front-", entry.entry_id);
    auto item = checked(std::move(task.item));
    if (!item) return std::unexpected(std::move(item.error()));
    task.item = std::move(*item);
    return task;
}

}  // namespace leat::runtime
