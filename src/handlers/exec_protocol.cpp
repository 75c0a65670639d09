#include "handlers/exec_protocol.hpp"

#include <algorithm>
#include <cmath>

#include "core/escape.hpp"
#include "core/json_depth.hpp"
#include "leat/json.hpp"

namespace leat::handlers {
namespace {

std::string json_text(std::string_view text) {
    return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

// Valid JSON has line ends only between its tokens, so they may become blanks.
std::string on_one_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

BadLine bad(std::string_view problem, std::string_view line) {
    return BadLine{std::string("wrote ").append(problem).append(": ").append(excerpt(line))};
}

// A member that is a string; empty where it is absent; none where it is something else.
std::optional<std::string> text_member(json const& object, char const* name) {
    auto const found = object.find(name);
    if (found == object.end() || found->is_null()) return std::string();
    if (!found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

std::string or_no_reason(std::string text) {
    return text.empty() ? std::string("the agent gave no reason") : text;
}

OutputLine decode_retry(json const& object, std::string task_id, std::string_view line) {
    auto error = text_member(object, "error");
    if (!error) return bad("a retry whose error is no string", line);
    auto const delay = object.find("delay_ms");
    if (delay == object.end() || delay->is_null()) {
        return AnswerLine{std::move(task_id), Retry{or_no_reason(std::move(*error))}};
    }
    double const wanted = delay->is_number() ? delay->get<double>() : -1.0;
    if (!(wanted >= 0)) return bad("a retry whose delay_ms is no number from 0 on", line);
    auto const longest = static_cast<double>(Limits::delay_max.count());
    Milliseconds const wait(static_cast<std::int64_t>(std::min(wanted, longest)));
    return AnswerLine{std::move(task_id), RetryAfter{wait, or_no_reason(std::move(*error))}};
}

OutputLine decode_answer(json const& object, std::string task_id, std::string_view line) {
    auto const& status = object["status"];
    if (task_id.empty()) return bad("an answer without the task_id of its request", line);
    if (status == "success") {
        auto const result = object.find("result");
        return AnswerLine{std::move(task_id), result == object.end() ? Verdict{Success{"null"}} : verdict_of(*result)};
    }
    if (status == "retry") return decode_retry(object, std::move(task_id), line);
    if (status == "dead") {
        auto reason = text_member(object, "reason");
        if (!reason) return bad("a dead whose reason is no string", line);
        return AnswerLine{std::move(task_id), Dead{or_no_reason(std::move(*reason))}};
    }
    return bad("a status that is none of success, retry, dead", line);
}

OutputLine decode_progress(json const& object, std::string task_id, std::string_view line) {
    auto const& progress = object["progress"];
    auto note = text_member(object, "note");
    if (!progress.is_number() || !note) return bad("a progress that is no number with a note", line);
    return ProgressLine{std::move(task_id), std::clamp(progress.get<double>(), 0.0, 1.0), std::move(*note)};
}

}  // namespace

std::string excerpt(std::string_view text) {
    // The raw text is cut first: nobody escapes a megabyte to show a line of it.
    auto const head = text.substr(0, 2 * kExcerptBytes);
    return "\"" + core::printable(head, kExcerptBytes) + "\"";
}

Result<std::string> encode_request(Task const& task, RequestInfo const& info) {
    // A raw zero byte is no JSON, but the parser takes it for the end.
    auto const& payload = task.payload_text();
    if (payload.find('\0') != std::string::npos || !json::accept(payload)) {
        return fail(ErrorCode::invalid_input, "exec", "the payload is no JSON");
    }
    std::string line = "{\"task_id\":" + json_text(task.id()) + ",\"agent\":" + json_text(task.agent());
    line += ",\"payload\":" + on_one_line(task.payload_text());
    line += ",\"attempt\":" + std::to_string(info.attempt);
    line += ",\"retry_count\":" + std::to_string(task.retry_count);
    line += ",\"max_retries\":" + std::to_string(task.max_retries);
    line += ",\"idempotency_key\":" + json_text(info.idempotency_key);
    line += ",\"traceparent\":" + (info.traceparent.empty() ? std::string("null") : json_text(info.traceparent));
    line += ",\"deadline_ms\":" + (info.time_left ? std::to_string(info.time_left->count()) : std::string("null"));
    line += "}\n";
    return line;
}

OutputLine decode_line(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return BlankLine{};
    // Before parsing: what is parsed is later walked by recursion.
    if (core::json_depth(line) > kAnswerDepthMax) return bad("a line that is nested too deeply", line);
    auto const object = json::parse(line, nullptr, false);
    if (object.is_discarded()) return bad("a line that is no JSON", line);
    if (!object.is_object()) return bad("a line that is no JSON object", line);
    auto task_id = text_member(object, "task_id");
    if (!task_id) return bad("a task_id that is no string", line);
    if (object.contains("status")) return decode_answer(object, std::move(*task_id), line);
    if (object.contains("progress")) return decode_progress(object, std::move(*task_id), line);
    if (object.contains("log")) {
        auto text = text_member(object, "log");
        if (!text) return bad("a log that is no string", line);
        return LogLine{std::move(*task_id), std::move(*text)};
    }
    return bad("an object with none of status, progress, log", line);
}

}  // namespace leat::handlers
