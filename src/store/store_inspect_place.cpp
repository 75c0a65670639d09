// One task among others: its attempts in the archive, and what is before it in its lane.
#include <algorithm>
#include <utility>

#include "store/inspect_reply.hpp"
#include "store/place.hpp"
#include "store/store_inspect.hpp"
#include "store/stream_part.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;

constexpr std::int64_t kSlackMs = 5;  // between the times of entries that one step wrote

Result<std::vector<EntryView>> entries_of(std::string_view operation, Result<redis::Reply> const& reply) {
    if (!reply) return std::unexpected(reply.error());
    return read_entries(operation, reply->root());
}

// The id of a lane's entry in a record's place: "n/1732-0".
std::optional<EntryId> entry_of_place(std::string_view place) {
    auto const slash = place.find('/');
    return slash == std::string_view::npos ? std::nullopt : parse_entry_id(place.substr(slash + 1));
}

// Where in the archive to begin: with the entry that ended the task, else before it entered its lane.
void begin_at(RecordPlace const& place, StreamPart& part, std::string& last_entry) {
    if (is_terminal(place.state)) {
        last_entry = place.state == TaskState::dead ? place.result : place.at;
        if (!parse_entry_id(last_entry)) last_entry.clear();
        part.cursor = last_entry;
    } else if (auto const entry = entry_of_place(place.at)) {
        part.window.to = static_cast<std::int64_t>(entry->ms) + kSlackMs;
    }
}

// How many deliveries up to `last` were given back.
awaitable<Result<TasksAhead>> count_released(redis::Connection& connection, std::string const& stream,
                                             std::string const& last) {
    Command list("XPENDING");
    list.args(stream, kGroup, "-", last, TasksAhead::kCountMax, kReleased);
    auto const reply = co_await connection.exec(std::move(list));
    if (!reply) co_return std::unexpected(reply.error());
    auto const lines = read_pending("count tasks ahead", reply->root());
    if (!lines) co_return std::unexpected(lines.error());
    co_return TasksAhead{.count = std::ssize(*lines), .more = std::ssize(*lines) == TasksAhead::kCountMax};
}

}  // namespace

awaitable<Result<AttemptHistory>> StoreInspect::attempts(AgentKeys const& keys, std::string task_id,
                                                         std::int64_t created_at, std::int64_t count) const {
    constexpr std::string_view kOperation = "read attempts";
    auto const place = co_await record(keys, task_id);
    if (!place) co_return std::unexpected(place.error());
    AttemptHistory history;
    if (created_at <= 0 && count <= 0 && !is_terminal(place->state)) co_return history;
    StreamPart part{.order = Order::newest_first, .window = {.from = std::max<std::int64_t>(created_at - kSlackMs, 0)}};
    std::string last_entry;
    begin_at(*place, part, last_entry);
    auto const take = [&](EntryView const& entry) {
        if (entry.text("task_id") == task_id && belongs(entry, keys))
            history.entries.push_back(result_of(entry, kPreviewBytes));
    };
    if (!last_entry.empty()) {
        Command one("XRANGE");
        one.args(keys.results, last_entry, last_entry);
        auto const reply = co_await connection_->exec(std::move(one));
        auto const entries = entries_of(kOperation, reply);
        if (!entries) co_return std::unexpected(entries.error());
        std::ranges::for_each(*entries, take);
    }
    Scan scan(kAttemptScanMax);
    bool more = true;
    while (more && std::cmp_less(history.entries.size(), count)) {
        if (scan.over()) {
            history.complete = false;
            break;
        }
        auto const asked = scan.ask(kPageMax);
        auto const reply = co_await part.read(*connection_, kOperation, keys.results, asked);
        auto const entries = entries_of(kOperation, reply);
        if (!entries) co_return std::unexpected(entries.error());
        scan.saw(std::ssize(*entries), reply->bytes().size());
        std::ranges::for_each(*entries, take);
        more = std::ssize(*entries) == asked;
        if (!entries->empty()) part.cursor = entries->back().id();
    }
    if (auto const last = parse_entry_id(part.cursor)) history.back_to = static_cast<std::int64_t>(last->ms);
    std::ranges::reverse(history.entries);
    co_return history;
}

awaitable<Result<std::optional<TasksAhead>>> StoreInspect::ahead(AgentKeys const& keys, std::string task_id) const {
    constexpr std::string_view kOperation = "count tasks ahead";
    auto const place = co_await record(keys, std::move(task_id));
    if (!place) co_return std::unexpected(place.error());
    auto const slash = std::min(place->at.find('/'), place->at.size());
    auto const entry = entry_of_place(place->at);
    if (place->state != TaskState::ready || !entry) co_return std::nullopt;
    auto const& stream = keys.lane(lane_of_place(place->at));

    Command info("XINFO");
    info.args("GROUPS", stream);
    auto const groups = co_await connection_->exec(std::move(info));
    if (!groups) co_return std::unexpected(groups.error());
    auto const delivered = read_last_delivered(kOperation, groups->root());
    if (!delivered) co_return std::unexpected(delivered.error());
    bool const given_back = *entry <= *delivered;
    auto const end = behind(std::string_view(place->at).substr(slash + 1));
    auto const last_released = given_back ? end : std::string("+");
    auto released = co_await count_released(*connection_, stream, last_released);
    if (!released) co_return std::unexpected(released.error());
    auto ahead = *released;

    StreamPart part{.order = Order::oldest_first};
    part.cursor = std::to_string(delivered->ms) + "-" + std::to_string(delivered->sequence);
    Scan scan(TasksAhead::kCountMax);
    bool more = !given_back;
    while (more && !ahead.more) {
        auto const asked = scan.ask(kPageMax);
        Command range("XRANGE");
        range.args(stream, behind(part.cursor), end, "COUNT", asked);
        auto const reply = co_await connection_->exec(std::move(range));
        auto const entries = entries_of(kOperation, reply);
        if (!entries) co_return std::unexpected(entries.error());
        scan.saw(std::ssize(*entries), reply->bytes().size());
        ahead.count += std::ssize(*entries);
        more = std::ssize(*entries) == asked;
        if (!entries->empty()) part.cursor = entries->back().id();
        ahead.more = more && scan.over();
    }
    co_return ahead;
}

}  // namespace leat::store
