#pragma once
// Decides what a subprocess' output and end mean for the attempt under way. No I/O: fed by AgentProcess, and by tests.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "handlers/child_process.hpp"
#include "handlers/exec_protocol.hpp"
#include "handlers/line_buffer.hpp"
#include "leat/handler.hpp"

namespace leat::handlers {

inline constexpr std::size_t kLogBytesMax = 1U << 20;  // of log lines in one attempt; later ones are dropped

// How an attempt ended, and whether its subprocess may serve another.
struct AttemptEnd {
    Verdict verdict;
    bool reusable = false;
};

class ExecAttempt {
  public:
    // `context` outlives this object; it receives progress and log lines.
    ExecAttempt(std::string task_id, Context& context) : task_id_(std::move(task_id)), context_(context) {}

    // A line of standard output. Lines after the end are not looked at.
    void on_output(Line line);
    // A line of standard error: goes to the task's log.
    void on_error_output(Line line);
    // The subprocess has ended; `unfinished` tells that its last line of output has no newline.
    void on_exit(ChildExit exit, bool unfinished);
    // It closed standard input or output and goes on running.
    void on_closed(std::string_view stream);

    // Set once the attempt is over.
    [[nodiscard]] std::optional<AttemptEnd> const& end() const noexcept { return end_; }

  private:
    void handle(AnswerLine answer);
    void handle(ProgressLine const& progress);
    void handle(LogLine const& line);
    void handle(BlankLine) {}
    void handle(BadLine const& line);
    void fail(std::string_view problem);
    void log(std::string_view line);
    [[nodiscard]] bool is_other(std::string_view task_id);

    std::string task_id_;
    Context& context_;
    std::optional<AttemptEnd> end_;
    std::string last_error_line_;
    std::size_t logged_bytes_ = 0;
};

}  // namespace leat::handlers
