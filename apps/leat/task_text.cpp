#include "task_text.hpp"

#include "core/escape.hpp"
#include "inspect/model_json.hpp"
#include "text.hpp"

namespace leat::cli {
namespace {

void print_result_fields(Output& out, TaskResult const& result) {
    if (!result.archived) out.line("The archive no longer holds its result.");
    if (!result.error.empty()) out.field("error", result.error);
    if (!result.processed_by.empty()) out.field("worker", result.processed_by);
    if (result.finished_at > 0) out.field("finished", time_text(result.finished_at));
    if (result.started_at > 0 && result.finished_at >= result.started_at) {
        out.field("run time", short_duration(result.finished_at - result.started_at));
    }
    if (!result.result_text.empty()) out.field("result", result.result_text);
}

}  // namespace

void print_task(Output& out, TaskInfo const& task) {
    out.field("task", task.id);
    out.field("agent", task.agent);
    auto state = std::string(to_string(task.state));
    if (task.cancel_requested && !is_terminal(task.state)) state += " (cancel requested)";
    out.field("state", state);
    if (!is_terminal(task.state)) out.field("lane", to_string(task.lane));
    out.field("created", time_text(task.created_at));
    if (task.state == TaskState::scheduled) {
        out.field("due", task.due_in > 0 ? "in " + short_duration(task.due_in) : "now");
    }
    if (task.state == TaskState::running) {
        out.field("worker", task.consumer);
        out.field("last sign of life", short_duration(task.idle) + " ago");
    }
    out.field("attempts", std::to_string(task.attempts));
    out.field("retries", std::to_string(task.retry_count) + " of " + std::to_string(task.max_retries));
    if (task.crashes > 0) out.field("crashes", std::to_string(task.crashes));
    if (!task.last_error.empty()) out.field("last error", task.last_error);
    if (task.outcome) print_result_fields(out, *task.outcome);
    out.field("payload", task.payload_text.empty() ? "(no longer kept)" : task.payload_text);
}

void print_outcome(Output& out, TaskResult const& result) {
    out.field("task", result.task_id);
    out.field("outcome", to_string(result.state));
    print_result_fields(out, result);
}

}  // namespace leat::cli
