#pragma once
// The lines between a worker and an agent process, as values. No I/O. docs/exec-protocol.md is the description for
// users.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/json_depth.hpp"
#include "leat/error.hpp"
#include "leat/handler.hpp"
#include "leat/task.hpp"

namespace leat::handlers {

inline constexpr int kAnswerDepthMax = core::kJsonDepthMax + 1;  // of one line: a result, and the line around it
inline constexpr std::size_t kExcerptBytes = 120;                // of a bad line, in an error

// What a request carries beside the task.
struct RequestInfo {
    std::int64_t attempt = 1;
    std::string_view idempotency_key;
    std::string_view traceparent;           // what the attempt hands on; empty: nothing
    std::optional<Milliseconds> time_left;  // until the attempt is cancelled; none: no limit
};

// The request line for one attempt, with its newline. The payload goes through as it was dispatched, so numbers keep
// every digit. Errors: invalid_input where the payload is no JSON.
[[nodiscard]] Result<std::string> encode_request(Task const& task, RequestInfo const& info);

// {"task_id": …, "status": …}: the end of an attempt.
struct AnswerLine {
    std::string task_id;
    Verdict verdict;
};
// {"progress": 0.5, "note": …}
struct ProgressLine {
    std::string task_id;  // empty: the task under way
    double fraction = 0;  // 0 to 1
    std::string note;
};
// {"log": …}
struct LogLine {
    std::string task_id;  // empty: the task under way
    std::string text;
};
// Nothing but white space.
struct BlankLine {};
// Anything else. `problem` continues the sentence "agent process …" and is printable.
struct BadLine {
    std::string problem;
};
using OutputLine = std::variant<AnswerLine, ProgressLine, LogLine, BlankLine, BadLine>;

// Reads one line of a subprocess. Safe for any bytes; cost O(length).
[[nodiscard]] OutputLine decode_line(std::string_view line);

// The start of untrusted text, quoted and printable, for an error message.
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace leat::handlers
