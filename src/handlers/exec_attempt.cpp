#include "handlers/exec_attempt.hpp"

#include <utility>

#include "core/escape.hpp"

namespace leat::handlers {

void ExecAttempt::on_output(Line line) {
    if (end_) return;
    if (line.cut) {
        fail("wrote a line longer than " + std::to_string(line.text.size()) + " bytes: " + excerpt(line.text));
        return;
    }
    std::visit([this](auto&& value) { handle(std::forward<decltype(value)>(value)); }, decode_line(line.text));
}

void ExecAttempt::on_error_output(Line line) {
    if (line.text.empty()) return;
    last_error_line_ = line.text.substr(0, 2 * kExcerptBytes);
    log(line.cut ? std::string(line.text) + "…" : std::string(line.text));
}

void ExecAttempt::on_exit(ChildExit exit, bool unfinished) {
    fail(exit.message() + " before answering" + (unfinished ? "; its last line had no newline" : ""));
}

void ExecAttempt::on_closed(std::string_view stream) {
    fail("closed its standard " + std::string(stream) + " before answering");
}

void ExecAttempt::handle(AnswerLine answer) {
    if (is_other(answer.task_id)) return;
    end_ = AttemptEnd{std::move(answer.verdict), true};
}

void ExecAttempt::handle(ProgressLine const& progress) {
    if (!is_other(progress.task_id)) context_.progress(progress.fraction, progress.note);
}

void ExecAttempt::handle(LogLine const& line) {
    if (!is_other(line.task_id)) log(line.text);
}

void ExecAttempt::handle(BadLine const& line) {
    fail(line.problem);
}

void ExecAttempt::fail(std::string_view problem) {
    if (end_) return;
    auto reason = std::string("agent process ").append(problem);
    if (!last_error_line_.empty()) reason += "; last line on stderr: " + excerpt(last_error_line_);
    end_ = AttemptEnd{Retry{std::move(reason)}, false};
}

void ExecAttempt::log(std::string_view line) {
    if (logged_bytes_ > kLogBytesMax) return;
    logged_bytes_ += line.size();
    if (logged_bytes_ > kLogBytesMax) {
        context_.log("the log of this attempt is longer than 1 MiB; the rest is dropped");
        return;
    }
    context_.log(line);
}

// A line about a task that this subprocess had before: late, so it changes nothing.
bool ExecAttempt::is_other(std::string_view task_id) {
    if (task_id.empty() || task_id == task_id_) return false;
    log("ignored a late line of the agent process about task " + excerpt(task_id));
    return true;
}

}  // namespace leat::handlers
