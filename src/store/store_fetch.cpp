// Deliveries: fetching from the lanes.
#include <algorithm>
#include <cassert>

#include "redis/error_class.hpp"
#include "store/inspect_reply.hpp"
#include "store/message_codec.hpp"
#include "store/store.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;

constexpr std::chrono::milliseconds kBlockSlack{5'000};  // BLOCK may overrun

bool says_no_group(redis::ReplyView reply) noexcept {
    return reply.is_error() && reply.text().starts_with("NOGROUP");
}

Command read_command(std::string_view consumer, std::int64_t count) {
    Command command("XREADGROUP");
    command.arg("GROUP").arg(kGroup).arg(consumer).arg("COUNT").arg(count);
    return command;
}

// Appends the entries of one stream.
Result<void> append_stream(AgentKeys const& keys, redis::ReplyView stream, redis::ReplyView entries,
                           std::vector<Delivery>& deliveries) {
    auto const found = std::ranges::find(keys.ready, stream.text());
    if (found == keys.ready.end() || !entries.is_aggregate()) return unexpected_reply("fetch");
    auto const lane = static_cast<Lane>(found - keys.ready.begin());
    for (auto const entry : entries) {
        if (!EntryView::of(entry)) return unexpected_reply("fetch");
        deliveries.push_back(decode_delivery(entry, lane, 1, keys.agent));
    }
    return {};
}

// Appends what one XREADGROUP gave: a map of streams (RESP3) or a list of pairs (RESP2); null where there was nothing.
Result<void> append_reply(AgentKeys const& keys, redis::ReplyView reply, std::vector<Delivery>& deliveries) {
    if (reply.is_error()) return std::unexpected(redis::error_of_reply("fetch", reply.text()));
    if (reply.is_null()) return {};
    if (!reply.is_aggregate()) return unexpected_reply("fetch");
    auto const is_map = reply.type() == redis::ReplyType::map;
    for (auto at = reply.begin(); at != reply.end(); ++at) {
        auto const stream = is_map ? *at : (*at)[0];
        if (is_map && ++at == reply.end()) return unexpected_reply("fetch");
        auto const entries = is_map ? *at : (*at)[1];
        if (auto appended = append_stream(keys, stream, entries, deliveries); !appended) return appended;
    }
    return {};
}

// Creates the groups that are missing, from the first entry on: whatever is in a lane is unfinished work.
awaitable<Result<void>> create_groups(redis::Connection& connection, AgentKeys const& keys, GroupMending* mending) {
    if (mending != nullptr && !mending->allowed) {
        co_return fail(ErrorCode::unavailable, "fetch",
                       "somebody deletes the consumer group again and again; it is created again in a moment");
    }
    std::vector<Command> commands;
    for (auto const& lane : keys.ready) {
        commands.push_back(
            Command("XGROUP").args(std::string_view("CREATE"), lane, kGroup, 0, std::string_view("MKSTREAM")));
    }
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    for (auto const& reply : *replies) {
        auto const text = reply.root().text();
        if (reply.root().is_error() && !text.starts_with("BUSYGROUP")) {
            co_return std::unexpected(redis::error_of_reply("fetch", text));
        }
        if (mending != nullptr && !reply.root().is_error()) ++mending->created;
    }
    co_return Result<void>{};
}

std::vector<Command> lane_commands(AgentKeys const& keys, std::string_view consumer,
                                   std::span<LaneCredit const> credits) {
    std::vector<Command> commands;
    for (auto const& credit : credits) {
        if (credit.count <= 0) continue;
        auto command = read_command(consumer, credit.count);
        command.arg("STREAMS").arg(keys.lane(credit.lane)).arg(">");
        commands.push_back(std::move(command));
    }
    return commands;
}

Command blocking_command(AgentKeys const& keys, std::string_view consumer, std::int64_t count,
                         std::chrono::milliseconds block) {
    auto command = read_command(consumer, count);
    command.arg("BLOCK").arg(std::max<std::int64_t>(block.count(), 1)).arg("STREAMS");  // 0 would block for ever
    for (auto const& lane : keys.ready)
        command.arg(lane);
    for (std::size_t i = 0; i < kLanes; ++i)
        command.arg(">");
    return command;
}

}  // namespace

awaitable<Result<std::vector<Delivery>>> Store::fetch(AgentKeys const& keys, std::string_view consumer,
                                                      std::span<LaneCredit const> credits,
                                                      GroupMending* mending) const {
    std::vector<Delivery> deliveries;
    // The second round happens only where a group was lost, and asks only the lanes that failed.
    std::vector<LaneCredit> open(credits.begin(), credits.end());
    std::erase_if(open, [](LaneCredit const& credit) { return credit.count <= 0; });
    for (int round = 0; round < 2 && !open.empty(); ++round) {
        auto commands = lane_commands(keys, consumer, open);
        auto const replies = co_await connection_->exec_all(std::move(commands));
        if (!replies && deliveries.empty()) co_return std::unexpected(replies.error());
        if (!replies) break;
        std::vector<LaneCredit> lost;
        for (std::size_t i = 0; i < open.size(); ++i) {
            auto const reply = (*replies)[i].root();
            if (round == 0 && says_no_group(reply)) {
                lost.push_back(open[i]);
                continue;
            }
            // What the other lanes gave is ours already: it must not be lost with this one's error.
            auto const appended = append_reply(keys, reply, deliveries);
            if (!appended && deliveries.empty()) co_return std::unexpected(appended.error());
        }
        if (!lost.empty()) {
            auto const created = co_await create_groups(*connection_, keys, mending);
            if (!created && deliveries.empty()) co_return std::unexpected(created.error());
        }
        open = std::move(lost);
    }
    co_return deliveries;
}

awaitable<Result<std::vector<Delivery>>> Store::fetch_blocking(AgentKeys const& keys, std::string_view consumer,
                                                               std::int64_t count, std::chrono::milliseconds block,
                                                               GroupMending* mending) const {
    redis::ExecOptions options;
    options.reply_timeout = 2 * block + kBlockSlack;
    auto command = blocking_command(keys, consumer, count, block);
    auto reply = co_await connection_->exec(std::cref(command), options);
    if (reply && says_no_group(reply->root())) {
        auto const created = co_await create_groups(*connection_, keys, mending);
        if (!created) co_return std::unexpected(created.error());
        reply = co_await connection_->exec(std::cref(command), options);
    }
    if (!reply) co_return std::unexpected(reply.error());
    std::vector<Delivery> deliveries;
    auto const appended = append_reply(keys, reply->root(), deliveries);
    if (!appended) co_return std::unexpected(appended.error());
    co_return deliveries;
}

}  // namespace leat::store
