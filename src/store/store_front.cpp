#include "store/store_front.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "redis/error_class.hpp"
#include "redis/script.hpp"
#include "scripts.gen.hpp"
#include "store/inspect_reply.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;
using redis::ReplyView;

// Dead front entries kept, about.
constexpr std::int64_t kFrontDeadKept = 10'000;

std::vector<FrontEntry> entries_of(ReplyView entries) {
    std::vector<FrontEntry> read;
    for (auto const item : entries) {
        if (item.size() != 2 || !item[1].is_aggregate()) continue;  // an entry that was deleted while pending
        FrontEntry entry;
        entry.entry_id = item[0].text();
        std::optional<std::string> name;
        for (auto const part : item[1]) {
            if (!name) {
                name.emplace(part.text());
            } else {
                entry.fields.emplace_back(std::move(*name), part.text());
                name.reset();
            }
        }
        read.push_back(std::move(entry));
    }
    return read;
}

bool is_nogroup(ReplyView reply) {
    return reply.is_error() && reply.text().starts_with("NOGROUP");
}

// Answers how many were still there. Deleted first: a deleted entry that stays pending disappears when it is claimed,
// an acknowledged one that stays in the stream would be handed out to nobody.
awaitable<Result<std::int64_t>> remove_entries(redis::Connection& connection, std::string_view stream,
                                               std::span<std::string const> entry_ids) {
    Command remove("XDEL");
    remove.arg(stream);
    Command acknowledge("XACK");
    acknowledge.args(stream, kFrontGroup);
    for (auto const& id : entry_ids) {
        remove.arg(id);
        acknowledge.arg(id);
    }
    std::vector<Command> commands;
    commands.push_back(std::move(remove));
    commands.push_back(std::move(acknowledge));
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    for (auto const& reply : *replies) {
        if (reply.root().is_error())
            co_return std::unexpected(redis::error_of_reply("front door", reply.root().text()));
    }
    co_return replies->front().root().integer().value_or(0);
}

// Counts what was removed, at most once: a broken connection may lose a count, a resend counts nothing twice.
awaitable<Result<void>> count_front(redis::Connection& connection, KeySpace const& space, std::string_view counter,
                                    std::int64_t number) {
    if (number == 0) co_return Result<void>{};
    Command count("HINCRBY");
    count.args(space.front_stats(), counter, number);
    auto const counted = co_await connection.exec(std::move(count));
    if (!counted) co_return std::unexpected(counted.error());
    co_return Result<void>{};  // a spoiled counter disturbs nothing
}

}  // namespace

awaitable<Result<void>> front_open(redis::Connection& connection, std::string_view stream) {
    Command create("XGROUP");
    create.args("CREATE", stream, kFrontGroup, "0", "MKSTREAM");
    auto const reply = co_await connection.exec(std::move(create));
    if (!reply) co_return std::unexpected(reply.error());
    auto const root = reply->root();
    if (root.is_error() && !root.text().starts_with("BUSYGROUP")) {
        co_return std::unexpected(redis::error_of_reply("front door", root.text()));
    }
    co_return Result<void>{};
}

awaitable<Result<std::vector<FrontEntry>>> front_fetch(redis::Connection& connection, std::string_view stream,
                                                       std::string_view consumer, std::size_t count,
                                                       std::chrono::milliseconds block) {
    Command read("XREADGROUP");
    read.args("GROUP", kFrontGroup, consumer, "COUNT", count, "BLOCK", block.count(), "STREAMS", stream, ">");
    redis::ExecOptions options;
    options.reply_timeout = 2 * block + std::chrono::seconds(5);
    auto const reply = co_await connection.exec(std::move(read), options);
    if (!reply) co_return std::unexpected(reply.error());
    auto const root = reply->root();
    std::vector<FrontEntry> none;
    if (is_nogroup(root)) {
        auto const opened = co_await front_open(connection, stream);
        if (!opened) co_return std::unexpected(opened.error());
        co_return none;
    }
    if (root.is_error()) co_return std::unexpected(redis::error_of_reply("front door", root.text()));
    if (!root.is_aggregate() || root.size() == 0) co_return none;
    // RESP3: a map stream → entries; RESP2: [[stream, entries]].
    co_return entries_of(root.type() == redis::ReplyType::map ? root[1] : root[0][1]);
}

awaitable<Result<std::vector<std::string>>> front_held(redis::Connection& connection, std::string_view stream,
                                                       std::string_view consumer, std::string_view after,
                                                       std::size_t count) {
    auto const start = after.empty() ? std::string("-") : behind(after);
    Command list("XPENDING");
    list.args(stream, kFrontGroup, start, "+", count, consumer);
    auto const reply = co_await connection.exec(std::move(list));
    if (!reply) co_return std::unexpected(reply.error());
    std::vector<std::string> ids;
    if (is_nogroup(reply->root())) co_return ids;
    auto const lines = read_pending("front door", reply->root());
    if (!lines) co_return std::unexpected(lines.error());
    for (auto const& line : *lines)
        ids.emplace_back(line.entry);
    co_return ids;
}

awaitable<Result<std::vector<FrontEntry>>> front_read(redis::Connection& connection, std::string_view stream,
                                                      std::span<std::string const> entry_ids) {
    std::vector<Command> reads;
    for (auto const& id : entry_ids)
        reads.push_back(Command("XRANGE").args(stream, id, id));
    auto const replies = co_await connection.exec_all(std::move(reads));
    if (!replies) co_return std::unexpected(replies.error());
    std::vector<FrontEntry> entries;
    for (auto const& reply : *replies) {
        auto const root = reply.root();
        if (root.is_error()) co_return std::unexpected(redis::error_of_reply("front door", root.text()));
        for (auto& entry : entries_of(root))
            entries.push_back(std::move(entry));
    }
    co_return entries;
}

awaitable<Result<std::vector<FrontEntry>>> front_reclaim(redis::Connection& connection, std::string_view stream,
                                                         std::string_view consumer, std::size_t count,
                                                         std::chrono::milliseconds idle) {
    std::vector<FrontEntry> taken;
    std::string cursor = "0-0";
    do {
        Command claim("XAUTOCLAIM");
        claim.args(stream, kFrontGroup, consumer, idle.count(), cursor, "COUNT", count - taken.size());
        auto const reply = co_await connection.exec(std::move(claim));
        if (!reply) co_return std::unexpected(reply.error());
        auto const root = reply->root();
        if (is_nogroup(root)) co_return taken;
        if (root.is_error()) co_return std::unexpected(redis::error_of_reply("front door", root.text()));
        cursor = root[0].text();
        for (auto& entry : entries_of(root[1]))
            taken.push_back(std::move(entry));
    } while (!cursor.empty() && cursor != "0-0" && taken.size() < count);
    co_return taken;
}

awaitable<Result<void>> front_done(redis::Connection& connection, KeySpace const& space, std::string_view stream,
                                   std::span<std::string const> entry_ids) {
    if (entry_ids.empty()) co_return Result<void>{};
    auto const removed = co_await remove_entries(connection, stream, entry_ids);
    if (!removed) co_return std::unexpected(removed.error());
    co_return co_await count_front(connection, space, "adopted", *removed);
}

awaitable<Result<void>> front_refuse(redis::Connection& connection, KeySpace const& space, std::string_view stream,
                                     std::string_view dead_stream, FrontEntry const& entry, std::string_view reason) {
    auto fields = nlohmann::json::object();
    std::string task_id;
    for (auto const& [name, value] : entry.fields) {
        fields[name] = value;
        if (name == "task_id") task_id = value;
    }
    auto const original = fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    // The copy first: should the rest be lost, the entry is seen again.
    Command keep("XADD");
    keep.args(dead_stream, "MAXLEN", "~", kFrontDeadKept, "*", "task_id", task_id, "original_payload", original,
              "error", reason, "entry", entry.entry_id);
    auto const kept = co_await connection.exec(std::move(keep));
    if (!kept) co_return std::unexpected(kept.error());
    if (kept->root().is_error()) co_return std::unexpected(redis::error_of_reply("front door", kept->root().text()));
    auto const removed = co_await remove_entries(connection, stream, std::span(&entry.entry_id, 1));
    if (!removed) co_return std::unexpected(removed.error());
    co_return co_await count_front(connection, space, "refused", *removed);
}

awaitable<Result<void>> front_leave(redis::Connection& connection, std::string_view stream, std::string_view consumer) {
    redis::ScriptCall call(scripts::kFrontLeave, scripts::kFrontLeaveKeys);
    call.arg(stream).arg(consumer);
    auto const left = co_await redis::call(connection, std::move(call));
    if (!left) co_return std::unexpected(left.error());
    co_return Result<void>{};
}

}  // namespace leat::store
