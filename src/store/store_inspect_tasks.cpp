// Listings of tasks by state.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/escape.hpp"
#include "store/inspect_reply.hpp"
#include "store/store_inspect.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;
using redis::Connection;

constexpr std::string_view kListTasks = "list tasks";
constexpr std::int64_t kEntriesAtOnce = 32;  // messages are large: entries read with one command

std::unexpected<Error> bad_cursor() {
    return fail(ErrorCode::invalid_input, kListTasks, "the cursor is none of this list; start again without one");
}

void set_payload(TaskRow& row, std::string_view payload) {
    row.payload = core::sanitize_utf8(payload, kPreviewBytes);
    row.payload_bytes = payload.size();
}

// The fields that a message tells of its task.
void read_message(TaskRow& row, EntryView const& entry) {
    row.id = entry.text("task_id");
    row.created_at = entry.integer("created_at");
    row.attempts = entry.integer("attempts");
    row.retry_count = entry.integer("retry_count");
    row.error = core::sanitize_utf8(entry.text("last_error"), kPreviewBytes);
    set_payload(row, entry.text("payload"));
}

// --- ready: lane by lane, first what was given back, then what was never delivered -----------------------------------

enum class Part : char { released = 'r', fresh = 'f' };

struct LanePosition {
    std::size_t lane = 0;
    Part part = Part::released;
    std::string entry = "0-0";  // the last one seen

    [[nodiscard]] std::string text() const {
        return std::string(to_string(static_cast<Lane>(lane))) + "/" + static_cast<char>(part) + "/" + entry;
    }
    void next_part() {
        entry = "0-0";
        if (part == Part::released) {
            part = Part::fresh;
        } else {
            part = Part::released;
            ++lane;
        }
    }
};

std::optional<LanePosition> parse_position(std::string_view cursor) {
    LanePosition position;
    if (cursor.empty()) return position;
    auto const slash = cursor.find('/');
    if (slash == std::string_view::npos || cursor.size() < slash + 3 || cursor[slash + 2] != '/') return std::nullopt;
    auto const lane = lane_from_string(cursor.substr(0, slash));
    auto const part = cursor[slash + 1];
    auto const entry = cursor.substr(slash + 3);
    if (!lane || (part != 'r' && part != 'f') || !parse_entry_id(entry)) return std::nullopt;
    position.lane = static_cast<std::size_t>(*lane);
    position.part = static_cast<Part>(part);
    position.entry = entry;
    return position;
}

// Reads the messages of pending lines; rows of deleted ones keep an empty id.
awaitable<Result<void>> add_pending_rows(Connection& connection, std::string const& stream, std::size_t lane,
                                         TaskState state, std::vector<PendingLine> const& lines,
                                         std::vector<TaskRow>& rows) {
    if (lines.empty()) co_return Result<void>{};
    std::vector<Command> reads;
    for (auto const& line : lines) {
        reads.emplace_back("XRANGE");
        reads.back().args(stream, line.entry, line.entry);
    }
    auto const replies = co_await connection.exec_all(std::move(reads));
    if (!replies) co_return std::unexpected(replies.error());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto const entries = read_entries(kListTasks, (*replies)[i].root());
        if (!entries) co_return std::unexpected(entries.error());
        TaskRow row;
        row.state = state;
        row.entry = lines[i].entry;
        row.lane = static_cast<Lane>(lane);
        if (state == TaskState::running) {
            row.consumer = lines[i].consumer;
            row.idle_ms = lines[i].idle_ms;
            row.deliveries = lines[i].deliveries;
        }
        if (!entries->empty()) read_message(row, entries->front());
        rows.push_back(std::move(row));
    }
    co_return Result<void>{};
}

// Reads on behind `position.entry` in the group's pending list; answers whether there may be more.
awaitable<Result<bool>> add_pending(Connection& connection, AgentKeys const& keys, TaskState state,
                                    LanePosition& position, std::int64_t limit, std::vector<TaskRow>& rows) {
    auto const asked = std::min(limit, kEntriesAtOnce);
    Command list("XPENDING");
    list.args(keys.ready[position.lane], kGroup, behind(position.entry), "+", asked);
    if (state == TaskState::ready) list.arg(kReleased);
    auto const reply = co_await connection.exec(std::move(list));
    if (!reply) co_return std::unexpected(reply.error());
    auto lines = read_pending(kListTasks, reply->root());
    if (!lines) co_return std::unexpected(lines.error());
    bool const more = std::ssize(*lines) == asked;
    if (!lines->empty()) position.entry = lines->back().entry;
    if (state == TaskState::running)
        std::erase_if(*lines, [](PendingLine const& line) { return line.consumer == kReleased; });
    auto const added =
        co_await add_pending_rows(connection, keys.ready[position.lane], position.lane, state, *lines, rows);
    if (!added) co_return std::unexpected(added.error());
    co_return more;
}

// Reads on behind both `position.entry` and what the group has delivered; answers whether there may be more.
awaitable<Result<bool>> add_fresh(Connection& connection, AgentKeys const& keys, LanePosition& position,
                                  std::int64_t limit, std::vector<TaskRow>& rows) {
    Command info("XINFO");
    info.args("GROUPS", keys.ready[position.lane]);
    auto const groups = co_await connection.exec(std::move(info));
    if (!groups) co_return std::unexpected(groups.error());
    auto const delivered = read_last_delivered(kListTasks, groups->root());
    if (!delivered) co_return std::unexpected(delivered.error());
    auto const start = std::max(*delivered, *parse_entry_id(position.entry));

    auto const asked = std::min(limit, kEntriesAtOnce);
    Command range("XRANGE");
    range.args(keys.ready[position.lane], behind(std::to_string(start.ms) + "-" + std::to_string(start.sequence)), "+",
               "COUNT", asked);
    auto const reply = co_await connection.exec(std::move(range));
    if (!reply) co_return std::unexpected(reply.error());
    auto const entries = read_entries(kListTasks, reply->root());
    if (!entries) co_return std::unexpected(entries.error());
    for (auto const& entry : *entries) {
        TaskRow row;
        row.entry = entry.id();
        row.lane = static_cast<Lane>(position.lane);
        read_message(row, entry);
        rows.push_back(std::move(row));
    }
    if (!entries->empty()) position.entry = entries->back().id();
    co_return std::ssize(*entries) == asked;
}

awaitable<Result<TaskPage>> lane_page(Connection& connection, AgentKeys const& keys, TaskState state,
                                      std::string cursor, std::int64_t limit) {
    auto parsed = parse_position(cursor);
    if (!parsed) co_return bad_cursor();
    auto position = std::move(*parsed);
    TaskPage page;
    while (position.lane < kLanes) {
        auto const room = limit - std::ssize(page.rows);
        if (room == 0) {
            page.cursor = position.text();
            break;
        }
        Result<bool> more = true;
        if (position.part == Part::released) {
            more = co_await add_pending(connection, keys, state, position, room, page.rows);
        } else if (state == TaskState::ready) {
            more = co_await add_fresh(connection, keys, position, room, page.rows);
        } else {
            more = false;
        }
        if (!more) co_return std::unexpected(more.error());
        if (!*more) position.next_part();
    }
    co_return page;
}

// --- scheduled: by due time ------------------------------------------------------------------------------------------

struct DuePosition {
    std::int64_t due = 0;
    std::string id;
};

std::optional<DuePosition> parse_due(std::string_view cursor) {
    auto const slash = cursor.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    DuePosition position;
    auto const [end, error] = std::from_chars(cursor.data(), cursor.data() + slash, position.due);
    position.id = cursor.substr(slash + 1);
    if (error != std::errc{} || end != cursor.data() + slash || !check_name("task id", position.id))
        return std::nullopt;
    return position;
}

// The rank at which to go on: behind the last task seen, or where it was when it has gone since.
awaitable<Result<std::int64_t>> rank_behind(Connection& connection, AgentKeys const& keys,
                                            DuePosition const& position) {
    std::vector<Command> commands;
    commands.emplace_back("ZRANK");
    commands.back().args(keys.scheduled, position.id);
    commands.emplace_back("ZCOUNT");
    commands.back().args(keys.scheduled, "-inf", "(" + std::to_string(position.due));
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    if (auto const rank = (*replies)[0].root().integer()) co_return *rank + 1;
    co_return read_integer(kListTasks, (*replies)[1].root());
}

// A parked message has the fields of a stream entry, as a JSON object of texts.
void read_parked(TaskRow& row, std::string_view record_text) {
    auto const record = nlohmann::json::parse(record_text, nullptr, false);
    if (!record.is_object() || !record.contains("message") || !record["message"].is_object()) return;
    auto const& message = record["message"];
    auto const text = [&message](char const* field) -> std::string_view {
        auto const found = message.find(field);
        if (found == message.end() || !found->is_string()) return {};
        return found->get_ref<std::string const&>();
    };
    auto const number = [&text](char const* field) {
        std::int64_t value = 0;
        auto const digits = text(field);
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return value;
    };
    row.created_at = number("created_at");
    row.attempts = number("attempts");
    row.retry_count = number("retry_count");
    row.error = core::sanitize_utf8(text("last_error"), kPreviewBytes);
    set_payload(row, text("payload"));
}

// Reads up to kEntriesAtOnce tasks from `rank` on; answers whether there may be more.
awaitable<Result<bool>> add_scheduled(Connection& connection, AgentKeys const& keys, std::int64_t rank,
                                      std::int64_t limit, TaskPage& page) {
    auto const asked = std::min(limit, kEntriesAtOnce);
    std::vector<Command> commands;
    commands.emplace_back("ZRANGE");
    commands.back().args(keys.scheduled, rank, rank + asked - 1, "WITHSCORES");
    commands.emplace_back("TIME");
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    auto const members = read_scored(kListTasks, (*replies)[0].root());
    if (!members) co_return std::unexpected(members.error());
    auto const now = read_time(kListTasks, (*replies)[1].root());
    if (!now) co_return std::unexpected(now.error());
    if (members->empty()) co_return false;

    std::vector<Command> reads;
    for (auto const& [id, due] : *members) {
        reads.emplace_back("GET");
        reads.back().arg(keys.task(id));
    }
    auto const records = co_await connection.exec_all(std::move(reads));
    if (!records) co_return std::unexpected(records.error());
    for (std::size_t i = 0; i < members->size(); ++i) {
        TaskRow row;
        row.id = (*members)[i].member;
        row.state = TaskState::scheduled;
        row.due_in_ms = (*members)[i].score - *now;
        read_parked(row, (*records)[i].root().text());
        page.rows.push_back(std::move(row));
    }
    page.cursor = std::to_string(members->back().score) + "/" + std::string(members->back().member);
    co_return std::ssize(*members) == asked;
}

awaitable<Result<TaskPage>> scheduled_page(Connection& connection, AgentKeys const& keys, std::string cursor,
                                           std::int64_t limit) {
    std::int64_t rank = 0;
    if (!cursor.empty()) {
        auto const position = parse_due(cursor);
        if (!position) co_return bad_cursor();
        auto const behind_it = co_await rank_behind(connection, keys, *position);
        if (!behind_it) co_return std::unexpected(behind_it.error());
        rank = *behind_it;
    }
    TaskPage page;
    while (std::ssize(page.rows) < limit) {
        auto const seen = std::ssize(page.rows);
        auto const more = co_await add_scheduled(connection, keys, rank + seen, limit - seen, page);
        if (!more) co_return std::unexpected(more.error());
        if (!*more) {
            page.cursor.clear();
            break;
        }
    }
    co_return page;
}

// --- finished: the archive and the dead letters, newest first --------------------------------------------------------

std::string_view status_of(TaskState state) noexcept {
    return state == TaskState::succeeded ? std::string_view("success") : to_string(state);
}

TaskRow row_of(ResultEntry&& entry, TaskState state) {
    TaskRow row;
    row.id = std::move(entry.task_id);
    row.state = state;
    row.entry = std::move(entry.entry);
    row.created_at = entry.created_at;
    row.started_at = entry.started_at;
    row.finished_at = entry.finished_at;
    row.consumer = std::move(entry.processed_by);
    row.attempts = entry.attempt;
    row.error = core::sanitize_utf8(entry.error, kPreviewBytes);
    set_payload(row, entry.payload);
    return row;
}

awaitable<Result<TaskPage>> archive_page(StoreInspect const& inspect, AgentKeys const& keys, TaskState state,
                                         std::string cursor, std::int64_t limit) {
    TaskPage page;
    for (std::int64_t scanned = 0; scanned < kScanMax; scanned += kEntriesAtOnce) {
        auto found = co_await inspect.results(keys, std::move(cursor), kEntriesAtOnce);
        if (!found) co_return std::unexpected(found.error());
        for (auto& entry : found->entries) {
            if (entry.status != status_of(state)) continue;
            page.rows.push_back(row_of(std::move(entry), state));
            if (std::ssize(page.rows) == limit) {
                page.cursor = page.rows.back().entry;
                co_return page;
            }
        }
        cursor = std::move(found->cursor);
        if (cursor.empty()) break;
    }
    page.cursor = std::move(cursor);
    co_return page;
}

awaitable<Result<TaskPage>> dead_page(StoreInspect const& inspect, AgentKeys const& keys, std::string cursor,
                                      std::int64_t limit) {
    TaskPage page;
    for (std::int64_t scanned = 0; scanned < kScanMax && std::ssize(page.rows) < limit; scanned += limit) {
        auto found = co_await inspect.dead(keys, Order::newest_first, std::move(cursor), limit - std::ssize(page.rows));
        if (!found) co_return std::unexpected(found.error());
        for (auto& letter : found->letters) {
            if (letter.state == LetterState::replayed || letter.state == LetterState::malformed) continue;
            TaskRow row;
            row.id = std::move(letter.task_id);
            row.state = TaskState::dead;
            row.entry = std::move(letter.entry);
            row.finished_at = letter.failed_at;
            row.attempts = letter.attempts;
            row.error = std::move(letter.error);
            row.payload = std::move(letter.payload);
            row.payload_bytes = letter.payload_bytes;
            page.rows.push_back(std::move(row));
        }
        cursor = std::move(found->cursor);
        if (cursor.empty()) break;
    }
    page.cursor = std::move(cursor);
    co_return page;
}

}  // namespace

awaitable<Result<TaskPage>> StoreInspect::tasks(AgentKeys const& keys, TaskState state, std::string cursor,
                                                std::int64_t limit) const {
    limit = std::clamp<std::int64_t>(limit, 1, kPageMax);
    switch (state) {
        case TaskState::ready:
        case TaskState::running:
            return lane_page(*connection_, keys, state, std::move(cursor), limit);
        case TaskState::scheduled:
            return scheduled_page(*connection_, keys, std::move(cursor), limit);
        case TaskState::dead:
            return dead_page(*this, keys, std::move(cursor), limit);
        case TaskState::succeeded:
        case TaskState::cancelled:
        case TaskState::expired:
            break;
    }
    return archive_page(*this, keys, state, std::move(cursor), limit);
}

}  // namespace leat::store
