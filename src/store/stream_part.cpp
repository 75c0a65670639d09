#include "store/stream_part.hpp"

#include "core/escape.hpp"
#include "store/run_text.hpp"

namespace leat::store {

boost::asio::awaitable<Result<redis::Reply>> StreamPart::read(redis::Connection& connection, std::string_view operation,
                                                              std::string const& stream, std::int64_t count) const {
    if (!cursor.empty() && !parse_entry_id(cursor)) {
        co_return fail(ErrorCode::invalid_input, operation, "the cursor is none of this list; start again without one");
    }
    // An id without a sequence stands for the first one of its millisecond, or for the last one at the other end.
    auto const first = window.from ? std::to_string(*window.from) : std::string("-");
    auto const last = window.to ? std::to_string(*window.to) : std::string("+");
    bool const newest = order == Order::newest_first;
    auto const begin = !cursor.empty() ? behind(cursor) : newest ? last : first;
    if (newest && begin != "+") {
        redis::Command oldest("XRANGE");
        oldest.args(stream, "-", begin, "COUNT", 1);
        auto reply = co_await connection.exec(std::move(oldest));
        if (!reply || !reply->root().is_aggregate() || reply->root().size() == 0) co_return std::move(reply);
    }
    redis::Command range(newest ? "XREVRANGE" : "XRANGE");
    range.args(stream, begin, newest ? first : last, "COUNT", count);
    co_return co_await connection.exec(std::move(range));
}

bool belongs(EntryView const& entry, AgentKeys const& keys) {
    auto const agent = entry.text("agent_type");
    return agent.empty() || agent == keys.agent;
}

ResultEntry result_of(EntryView const& entry, std::size_t result_bytes_max) {
    auto const result = entry.text("result");
    auto const run = read_run(entry.text("run")).value_or(RunText{});
    return {.entry = std::string(entry.id()),
            .task_id = std::string(entry.text("task_id")),
            .status = std::string(entry.text("status")),
            .result_text =
                result.size() <= result_bytes_max ? std::string(result) : core::sanitize_utf8(result, result_bytes_max),
            .result_bytes = result.size(),
            .error = std::string(entry.text("error")),
            .processed_by = std::string(entry.text("processed_by")),
            .attempt = run.attempt,
            .created_at = run.created_at,
            .started_at = run.started_at,
            .finished_at = entry.written_at(),
            .payload = std::string(entry.text("payload"))};
}

}  // namespace leat::store
