// Listings of tasks by state.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/escape.hpp"
#include "store/inspect_reply.hpp"
#include "store/run_text.hpp"
#include "store/store_inspect.hpp"
#include "store/stream_part.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;
using redis::Connection;

constexpr std::string_view kListTasks = "list tasks";
constexpr std::int64_t kDeadScanMax = 1'000;  // letters looked at for one page: a record is read for each

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
    void next_part(std::string const& first) {
        entry = first;
        if (part == Part::released) {
            part = Part::fresh;
        } else {
            part = Part::released;
            ++lane;
        }
    }
};

// `first`: behind which entry each part begins.
std::optional<LanePosition> parse_position(std::string_view cursor, std::string const& first) {
    LanePosition position;
    position.entry = first;
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
                                         TaskState state, std::vector<PendingLine> const& lines, Scan& scan,
                                         std::vector<TaskRow>& rows) {
    std::size_t bytes = 0;
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
        bytes += (*replies)[i].bytes().size();
        rows.push_back(std::move(row));
    }
    scan.saw(std::ssize(lines), bytes);
    co_return Result<void>{};
}

// Reads on behind `position.entry` in the group's pending list; answers whether there may be more.
awaitable<Result<bool>> add_pending(Connection& connection, AgentKeys const& keys, TaskState state,
                                    LanePosition& position, std::int64_t limit, Scan& scan,
                                    std::vector<TaskRow>& rows) {
    auto const asked = scan.ask(limit);
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
    if (lines->empty()) scan.saw(0, reply->bytes().size());
    auto const added =
        co_await add_pending_rows(connection, keys.ready[position.lane], position.lane, state, *lines, scan, rows);
    if (!added) co_return std::unexpected(added.error());
    co_return more;
}

// Reads on behind both `position.entry` and what the group has delivered; answers whether there may be more.
awaitable<Result<bool>> add_fresh(Connection& connection, AgentKeys const& keys, LanePosition& position,
                                  std::int64_t limit, Scan& scan, std::vector<TaskRow>& rows) {
    Command info("XINFO");
    info.args("GROUPS", keys.ready[position.lane]);
    auto const groups = co_await connection.exec(std::move(info));
    if (!groups) co_return std::unexpected(groups.error());
    auto const delivered = read_last_delivered(kListTasks, groups->root());
    if (!delivered) co_return std::unexpected(delivered.error());
    auto const start = std::max(*delivered, *parse_entry_id(position.entry));

    auto const asked = scan.ask(limit);
    Command range("XRANGE");
    range.args(keys.ready[position.lane], behind(std::to_string(start.ms) + "-" + std::to_string(start.sequence)), "+",
               "COUNT", asked);
    auto const reply = co_await connection.exec(std::move(range));
    if (!reply) co_return std::unexpected(reply.error());
    auto const entries = read_entries(kListTasks, reply->root());
    if (!entries) co_return std::unexpected(entries.error());
    scan.saw(std::ssize(*entries), reply->bytes().size());
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

// A task enters a lane when it is dispatched or later: those that entered before the window were dispatched before it.
std::string first_entry(TimeWindow const& window) {
    if (!window.from || *window.from <= 0) return "0-0";
    return std::to_string(*window.from - 1) + "-" + std::to_string(UINT64_MAX);
}

// Takes away what was added behind `kept` and is not of the window.
void keep_window(std::vector<TaskRow>& rows, std::ptrdiff_t kept, TimeWindow const& window) {
    if (!window.bounded()) return;
    auto const outside = [&](TaskRow const& row) { return row.created_at == 0 || !window.contains(row.created_at); };
    rows.erase(std::remove_if(rows.begin() + kept, rows.end(), outside), rows.end());
}

awaitable<Result<TaskPage>> lane_page(Connection& connection, AgentKeys const& keys, TaskSearch search) {
    auto const first = first_entry(search.window);
    auto parsed = parse_position(search.cursor, first);
    if (!parsed) co_return bad_cursor();
    auto position = std::move(*parsed);
    TaskPage page;
    Scan scan(search.scan_max);
    while (position.lane < kLanes) {
        auto const kept = std::ssize(page.rows);
        auto const room = search.limit - kept;
        if (room == 0 || scan.over()) {
            page.cursor = position.text();
            break;
        }
        Result<bool> more = true;
        if (position.part == Part::released) {
            more = co_await add_pending(connection, keys, search.state, position, room, scan, page.rows);
        } else if (search.state == TaskState::ready) {
            more = co_await add_fresh(connection, keys, position, room, scan, page.rows);
        } else {
            more = false;
        }
        if (!more) co_return std::unexpected(more.error());
        keep_window(page.rows, kept, search.window);
        if (!*more) position.next_part(first);
    }
    page.scanned = scan.seen();
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

// Reads tasks from `rank` on, which it moves; answers whether there may be more.
awaitable<Result<bool>> add_scheduled(Connection& connection, AgentKeys const& keys, std::int64_t& rank,
                                      std::int64_t limit, Scan& scan, TaskPage& page) {
    auto const asked = scan.ask(limit);
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
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < members->size(); ++i) {
        TaskRow row;
        row.id = (*members)[i].member;
        row.state = TaskState::scheduled;
        row.due_in_ms = (*members)[i].score - *now;
        read_parked(row, (*records)[i].root().text());
        bytes += (*records)[i].bytes().size();
        page.rows.push_back(std::move(row));
    }
    scan.saw(std::ssize(*members), bytes);
    rank += std::ssize(*members);
    page.cursor = std::to_string(members->back().score) + "/" + std::string(members->back().member);
    co_return std::ssize(*members) == asked;
}

awaitable<Result<TaskPage>> scheduled_page(Connection& connection, AgentKeys const& keys, TaskSearch search) {
    std::int64_t rank = 0;
    TaskPage page;
    if (!search.cursor.empty()) {
        auto const position = parse_due(search.cursor);
        if (!position) co_return bad_cursor();
        auto const behind_it = co_await rank_behind(connection, keys, *position);
        if (!behind_it) co_return std::unexpected(behind_it.error());
        rank = *behind_it;
    }
    Scan scan(search.scan_max);
    while (std::ssize(page.rows) < search.limit && !scan.over()) {
        auto const kept = std::ssize(page.rows);
        auto const more = co_await add_scheduled(connection, keys, rank, search.limit - kept, scan, page);
        if (!more) co_return std::unexpected(more.error());
        keep_window(page.rows, kept, search.window);
        if (*more) continue;
        page.cursor.clear();
        break;
    }
    page.scanned = scan.seen();
    co_return page;
}

// --- finished: the archive and the dead letters, newest first --------------------------------------------------------

std::string_view status_of(TaskState state) noexcept {
    return state == TaskState::succeeded ? std::string_view("success") : to_string(state);
}

TaskRow row_of(EntryView const& entry, TaskState state) {
    TaskRow row;
    row.id = entry.text("task_id");
    row.state = state;
    row.entry = entry.id();
    auto const run = read_run(entry.text("run")).value_or(RunText{});
    row.created_at = run.created_at;
    row.started_at = run.started_at;
    row.finished_at = entry.written_at();
    row.consumer = entry.text("processed_by");
    row.attempts = run.attempt;
    row.error = core::sanitize_utf8(entry.text("error"), kPreviewBytes);
    set_payload(row, entry.text("payload"));
    return row;
}

// The entries of the archive are in the order of their ends: the window is a part of it.
awaitable<Result<TaskPage>> archive_page(Connection& connection, AgentKeys const& keys, TaskSearch search) {
    StreamPart part{.order = Order::newest_first, .cursor = std::move(search.cursor), .window = search.window};
    auto const status = status_of(search.state);
    TaskPage page;
    Scan scan(search.scan_max);
    bool more = true;
    while (more && std::ssize(page.rows) < search.limit && !scan.over()) {
        auto const asked = scan.ask(kPageMax);
        auto const reply = co_await part.read(connection, kListTasks, keys.results, asked);
        if (!reply) co_return std::unexpected(reply.error());
        auto const entries = read_entries(kListTasks, reply->root());
        if (!entries) co_return std::unexpected(entries.error());
        scan.saw(std::ssize(*entries), reply->bytes().size());
        more = std::ssize(*entries) == asked;
        for (auto const& entry : *entries) {
            if (std::ssize(page.rows) == search.limit) {
                more = true;
                break;
            }
            part.cursor = entry.id();
            if (entry.text("status") == status && belongs(entry, keys))
                page.rows.push_back(row_of(entry, search.state));
        }
    }
    if (more) page.cursor = std::move(part.cursor);
    page.scanned = scan.seen();
    co_return page;
}

awaitable<Result<TaskPage>> dead_page(StoreInspect const& inspect, AgentKeys const& keys, TaskSearch search) {
    TaskPage page;
    auto cursor = std::move(search.cursor);
    do {
        auto const room = search.limit - std::ssize(page.rows);
        auto found = co_await inspect.dead(keys, Order::newest_first, std::move(cursor), room, search.window);
        if (!found) co_return std::unexpected(found.error());
        page.scanned += std::max<std::int64_t>(std::ssize(found->letters), 1);
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
    } while (!cursor.empty() && std::ssize(page.rows) < search.limit && page.scanned < kDeadScanMax);
    page.cursor = std::move(cursor);
    co_return page;
}

}  // namespace

awaitable<Result<TaskPage>> StoreInspect::tasks(AgentKeys const& keys, TaskSearch search) const {
    search.limit = std::clamp<std::int64_t>(search.limit, 1, kPageMax);
    switch (search.state) {
        case TaskState::ready:
        case TaskState::running:
            return lane_page(*connection_, keys, std::move(search));
        case TaskState::scheduled:
            return scheduled_page(*connection_, keys, std::move(search));
        case TaskState::dead:
            return dead_page(*this, keys, std::move(search));
        case TaskState::succeeded:
        case TaskState::cancelled:
        case TaskState::expired:
            break;
    }
    return archive_page(*connection_, keys, std::move(search));
}

}  // namespace leat::store
