#include "store/task_info.hpp"

#include <algorithm>
#include <utility>

#include "core/escape.hpp"
#include "leat/json.hpp"
#include "store/keys.hpp"
#include "store/message_codec.hpp"
#include "store/place.hpp"
#include "store/run_text.hpp"

namespace leat::store {
namespace {

constexpr std::int64_t kDeliveriesMax = 1'000'000'000;  // deliveries: beyond is nonsense

std::string safe_text(EntryView const& entry, std::string_view field) {
    return core::sanitize_utf8(entry.text(field), Limits::error_bytes);
}

std::string text_member(json const& object, char const* name) {
    auto const found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// A time in ms since the epoch; 0 where there is none that makes sense.
std::int64_t time_member(json const& object, char const* name) {
    constexpr std::int64_t kTimeMax = 253'402'300'800'000;  // the year 10,000
    auto const found = object.find(name);
    if (found == object.end() || !found->is_number_integer()) return 0;
    return std::clamp<std::int64_t>(found->get<std::int64_t>(), 0, kTimeMax);
}

void take_message(TaskInfo& info, tasks::Message message) {
    info.lane = lane_of_priority(message.priority);
    info.payload_text = std::move(message.payload);
    info.attempts = message.attempts;
    info.retry_count = message.retry_count;
    info.max_retries = message.max_retries;
    info.crashes = message.crashes;
    info.created_at = message.created_at;
    info.last_error = std::move(message.last_error);
}

// Parked in the record: every field a text.
tasks::Message parked_message(json const& record) {
    MessageReader reader;
    if (auto const found = record.find("message"); found != record.end() && found->is_object()) {
        for (auto const& [name, value] : found->items()) {
            if (value.is_string()) reader.field(name, value.get_ref<std::string const&>());
        }
    }
    (void)reader.finish();  // shows what can be read of a message that is none
    return reader.take();
}

// In a lane: running where somebody holds it. Each delivery before this one ended without a verdict.
void take_ready(TaskInfo& info, TaskParts const& parts, json const& record) {
    auto const lane = lane_of_place(text_member(record, "at"));
    if (EntryView::of(parts.message)) take_message(info, decode_delivery(parts.message, lane, 1, parts.agent).message);
    info.lane = lane;
    info.cancel_requested = record.contains("cancel");
    if (parts.holder.size() != 4) return;
    auto const count = std::clamp<std::int64_t>(parts.holder[3].integer().value_or(0), 0, kDeliveriesMax);
    if (parts.holder[1].text() == kReleased) {
        info.crashes += count;
        return;
    }
    info.state = TaskState::running;
    info.consumer = core::printable(parts.holder[1].text(), Limits::name_bytes);
    info.idle = parts.holder[2].integer().value_or(0);
    info.crashes += std::max<std::int64_t>(count - 1, 0);
}

void take_result(TaskResult& outcome, EntryView const& result) {
    outcome.archived = true;
    outcome.result_text = result.text("result");
    outcome.error = safe_text(result, "error");
    outcome.processed_by = core::printable(result.text("processed_by"), Limits::name_bytes);
    auto const run = read_run(result.text("run")).value_or(RunText{});
    outcome.attempt = run.attempt;
    outcome.created_at = run.created_at;
    outcome.started_at = run.started_at;
    outcome.finished_at = result.written_at();
}

// The letter outlives the archive's entry, or the other way round: what one lacks the other may have.
void take_letter(TaskInfo& info, TaskResult& outcome, EntryView const& letter) {
    if (!outcome.archived) {
        outcome.archived = true;
        outcome.error = safe_text(letter, "error");
        outcome.attempt = letter.integer("attempts");
        outcome.created_at = letter.integer("created_at");
    }
    info.payload_text = letter.text("original_payload");
    info.lane = lane_of_priority(letter.integer("priority"));
    info.max_retries = letter.integer("max_retries");
    info.crashes = letter.integer("crashes");
}

void take_outcome(TaskInfo& info, TaskParts const& parts) {
    TaskResult outcome;
    outcome.task_id = info.id;
    outcome.state = info.state;
    outcome.archived = false;
    if (parts.result) {
        take_result(outcome, *parts.result);
        info.payload_text = parts.result->text("payload");
    }
    if (parts.letter) take_letter(info, outcome, *parts.letter);
    info.attempts = outcome.attempt;
    info.created_at = outcome.created_at;
    info.last_error = outcome.error;
    info.outcome = std::move(outcome);
}

}  // namespace

Result<TaskInfo> read_task_info(TaskParts const& parts) {
    auto const record = json::parse(parts.record, nullptr, false);
    auto const state = record.is_object() ? task_state_from_string(text_member(record, "state")) : std::nullopt;
    if (!state || *state == TaskState::running) {
        return fail(ErrorCode::corrupt, "task", "the record of task " + std::string(parts.task_id) + " cannot be read");
    }
    TaskInfo info;
    info.id = parts.task_id;
    info.agent = parts.agent;
    info.state = *state;
    if (*state == TaskState::scheduled) {
        take_message(info, parked_message(record));
        info.due_in = time_member(record, "due") - parts.now;
    } else if (*state == TaskState::ready) {
        take_ready(info, parts, record);
    } else {
        take_outcome(info, parts);
    }
    return info;
}

std::optional<TaskResult> read_success(EntryView const& result, std::string_view task_id) {
    if (result.text("task_id") != task_id || result.text("status") != "success") return std::nullopt;
    TaskResult outcome;
    outcome.task_id = task_id;
    take_result(outcome, result);
    return outcome;
}

}  // namespace leat::store
