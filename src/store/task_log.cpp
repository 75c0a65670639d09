#include "store/task_log.hpp"

#include <algorithm>
#include <utility>

#include "core/escape.hpp"
#include "store/inspect_reply.hpp"
#include "store/scan.hpp"
#include "store/store_inspect.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;

constexpr std::string_view kLogOperation = "task log";

Command add_line(std::string const& key, LogLine const& line) {
    Command add("XADD");
    add.args(key, "MAXLEN", "~", kLogKept, "*", "task_id", line.task_id, "attempt", line.attempt);
    auto const text = core::sanitize_utf8(line.text, kLogLineBytes);
    if (line.percent) {
        add.args("progress", *line.percent, "note", text);
    } else {
        add.args("log", text);
    }
    return add;
}

std::vector<Command> log_commands(AgentKeys const& keys, std::vector<LogLine> const& lines, std::int64_t dropped) {
    std::vector<Command> commands;
    commands.reserve(lines.size() + 2);
    for (auto const& line : lines)
        commands.push_back(add_line(keys.log, line));
    if (!lines.empty()) {
        auto const life = std::chrono::duration_cast<std::chrono::seconds>(kLogLife).count();
        commands.push_back(Command("EXPIRE").args(keys.log, life));
    }
    if (dropped > 0) commands.push_back(Command("HINCRBY").args(keys.stats, kLogDropped, dropped));
    return commands;
}

LogEntry log_entry_of(EntryView const& view) {
    LogEntry entry{.entry = std::string(view.id())};
    if (auto const id = parse_entry_id(view.id()))
        entry.at = static_cast<std::int64_t>(std::min<std::uint64_t>(id->ms, INT64_MAX));
    auto& line = entry.line;
    line.task_id = view.text("task_id");
    line.attempt = std::max<std::int64_t>(1, view.integer("attempt"));
    bool const is_progress = !view.text("progress").empty();
    if (is_progress) line.percent = std::clamp<std::int64_t>(view.integer("progress"), 0, 100);
    // Anybody who reaches the server may have written it.
    line.text = core::sanitize_utf8(view.text(is_progress ? "note" : "log"), kLogLineBytes);
    return entry;
}

}  // namespace

awaitable<LogWritten> write_log(redis::Connection& connection, AgentKeys const& keys, std::vector<LogLine> lines,
                                std::int64_t dropped) {
    LogWritten written;
    auto commands = log_commands(keys, lines, dropped);
    if (commands.empty()) co_return written;
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) {
        written.lost = std::ssize(lines) + dropped;
        written.error = replies.error();
        co_return written;
    }
    // Lines, then EXPIRE where there are any, then the count of what was dropped.
    for (std::size_t i = 0; i < replies->size(); ++i) {
        auto checked = check_reply(kLogOperation, (*replies)[i].root());
        if (checked) continue;
        if (i < lines.size()) ++written.lost;
        if (dropped > 0 && i + 1 == replies->size()) written.lost += dropped;
        if (!written.error) written.error = std::move(checked).error();
    }
    co_return written;
}

awaitable<Result<LogPage>> read_log(redis::Connection& connection, AgentKeys const& keys, std::string task_id,
                                    std::string cursor, std::int64_t limit) {
    if (!parse_entry_id(cursor)) {
        co_return fail(ErrorCode::invalid_input, kLogOperation,
                       "the cursor is none of this log; start again without one");
    }
    limit = std::clamp<std::int64_t>(limit, 1, kPageMax);
    LogPage page;
    page.cursor = std::move(cursor);
    Scan scan;
    while (true) {
        auto const asked = scan.ask(kScanMax);
        Command range("XRANGE");
        range.args(keys.log, behind(page.cursor), "+", "COUNT", asked);
        auto const reply = co_await connection.exec(std::move(range));
        if (!reply) co_return std::unexpected(reply.error());
        auto const entries = read_entries(kLogOperation, reply->root());
        if (!entries) co_return std::unexpected(entries.error());
        scan.saw(std::ssize(*entries), reply->bytes().size());
        for (auto const& view : *entries) {
            page.cursor = view.id();
            if (view.text("task_id") != task_id) continue;
            page.entries.push_back(log_entry_of(view));
            page.more = std::ssize(page.entries) == limit;
            if (page.more) co_return page;
        }
        if (std::ssize(*entries) < asked) co_return page;
        page.more = scan.over();
        if (page.more) co_return page;
    }
}

std::string log_start(std::int64_t created_at) {
    return std::to_string(std::max<std::int64_t>(1, created_at) - 1) + "-0";
}

}  // namespace leat::store
