// Deliveries between fetch and verdict: renewed, given back, taken over, removed.
#include <algorithm>
#include <cassert>

#include "scripts.gen.hpp"
#include "store/message_codec.hpp"
#include "store/script_reply.hpp"
#include "store/store.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;

void add_held(redis::ScriptCall& call, Held const& held) {
    call.arg(to_string(held.lane)).arg(held.entry_id).arg(held.count);
}

RenewStatus status_of(scripts::RenewCode code) {
    switch (code) {
        case scripts::RenewCode::renewed:
            return RenewStatus::renewed;
        case scripts::RenewCode::cancel_requested:
            return RenewStatus::cancel_requested;
        case scripts::RenewCode::missing:
            return RenewStatus::missing;
        case scripts::RenewCode::lost:
            break;
    }
    return RenewStatus::lost;
}

// The script's reply: cursor, deleted ids, entries, their counts.
Result<ReclaimReply> read_reclaimed(redis::ReplyView reply, Lane lane, std::string_view agent) {
    auto const missing = reply[1];
    auto const entries = reply[2];
    auto const counts = reply[3];
    if (reply.size() != 5 || !missing.is_aggregate() || !entries.is_aggregate() || counts.size() != entries.size()) {
        return unexpected_reply("reclaim");
    }
    ReclaimReply result;
    result.cursor = reply[0].text();
    result.clock_was_off = reply[4].integer() == 1;
    for (auto const id : missing)
        result.missing.emplace_back(id.text());
    auto count = counts.begin();
    for (auto const entry : entries) {
        auto const number = (*count).integer();
        if (!EntryView::of(entry) || !number) return unexpected_reply("reclaim");
        result.deliveries.push_back(decode_delivery(entry, lane, *number, agent));
        ++count;
    }
    return result;
}

}  // namespace

awaitable<Result<std::vector<RenewStatus>>> Store::renew(AgentKeys const& keys, std::string_view consumer,
                                                         std::span<Held const> held) const {
    assert(held.size() <= Limits::dispatch_batch);
    std::vector<RenewStatus> statuses(held.size(), RenewStatus::lost);
    if (held.empty()) co_return statuses;
    auto const order = by_entry(held);
    redis::ScriptCall call(scripts::kRenew, scripts::kRenewKeys + held.size());
    add_lanes(call, keys);
    for (auto const i : order)
        call.arg(keys.task(held[i].task_id));
    call.arg(consumer);
    for (auto const i : order)
        add_held(call, held[i]);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const codes = read_codes("renew", reply->root(), held.size(), scripts::to_renew_code);
    if (!codes) co_return std::unexpected(codes.error());
    for (std::size_t i = 0; i < order.size(); ++i)
        statuses[order[i]] = status_of((*codes)[i]);
    co_return statuses;
}

awaitable<Result<std::vector<bool>>> Store::release(AgentKeys const& keys, std::string_view consumer,
                                                    std::span<Held const> held) const {
    assert(held.size() <= Limits::dispatch_batch);
    std::vector<bool> released(held.size(), false);
    if (held.empty()) co_return released;
    auto const order = by_entry(held);
    redis::ScriptCall call(scripts::kRelease, scripts::kReleaseKeys);
    add_lanes(call, keys);
    call.arg(keys.stats).arg(consumer).arg(keys.control_channel);
    for (auto const i : order)
        add_held(call, held[i]);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const codes = read_codes("release", reply->root(), held.size(), scripts::to_release_code);
    if (!codes) co_return std::unexpected(codes.error());
    for (std::size_t i = 0; i < order.size(); ++i)
        released[order[i]] = (*codes)[i] == scripts::ReleaseCode::released;
    co_return released;
}

awaitable<Result<ReclaimReply>> Store::reclaim(AgentKeys const& keys, Lane lane, std::string_view consumer,
                                               std::chrono::milliseconds min_idle, std::string_view cursor,
                                               std::int64_t count, ClaimWindow window) const {
    redis::ScriptCall call(scripts::kReclaim, scripts::kReclaimKeys);
    call.arg(keys.lane(lane)).arg(keys.stats).arg(consumer).arg(min_idle.count());
    call.arg(parse_entry_id(cursor) ? cursor : "0-0").arg(count);
    call.arg(window.expected_ms).arg(window.tolerance.count());
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    co_return read_reclaimed(reply->root(), lane, keys.agent);
}

awaitable<Result<ReclaimReply>> Store::inherit(AgentKeys const& keys, Lane lane, std::string_view consumer,
                                               std::string_view owner, std::int64_t count) const {
    redis::ScriptCall call(scripts::kInherit, scripts::kInheritKeys);
    call.arg(keys.lane(lane)).arg(keys.stats).arg(consumer).arg(owner).arg(count);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    co_return read_reclaimed(reply->root(), lane, keys.agent);
}

awaitable<Result<std::vector<OwnerBeats>>> Store::owners(KeySpace const& space, AgentKeys const& keys,
                                                         std::string_view consumer) const {
    std::vector<redis::Command> summaries;
    for (auto const& lane : keys.ready)
        summaries.push_back(redis::Command("XPENDING").args(lane, kGroup));
    auto const replies = co_await connection_->exec_all(std::move(summaries));
    if (!replies) co_return std::unexpected(replies.error());
    std::vector<OwnerBeats> owners;
    for (auto const& reply : *replies) {
        auto const summary = read_pending_summary("look for owners", reply.root());
        if (!summary) co_return std::unexpected(summary.error());
        if (!*summary) continue;
        for (auto const& [name, count] : (*summary)->consumers) {
            if (name == consumer || name == kReleased) continue;
            if (std::ranges::find(owners, name, &OwnerBeats::consumer) == owners.end())
                owners.push_back({std::string(name), {}});
        }
    }
    if (owners.empty()) co_return owners;
    std::vector<redis::Command> reads;
    for (auto const& owner : owners)
        reads.push_back(redis::Command("HMGET").args(space.worker(owner.consumer), "beats"));
    auto const beats = co_await connection_->exec_all(std::move(reads));
    if (!beats) co_return std::unexpected(beats.error());
    for (std::size_t i = 0; i < owners.size(); ++i)
        owners[i].beats = (*beats)[i].root()[0].integer();
    co_return owners;
}

awaitable<Result<bool>> Store::restore(AgentKeys const& keys, Held const& place, tasks::Message const& message,
                                       std::string_view payload, std::chrono::milliseconds delay) const {
    redis::ScriptCall call(scripts::kRestore, scripts::kRestoreKeys);
    add_lanes(call, keys);
    call.arg(keys.scheduled).arg(keys.stats).arg(keys.task(place.task_id));
    call.arg(place.task_id).arg(to_string(place.lane)).arg(place.entry_id).arg(delay.count());
    call.arg(keys.control_channel);
    call.arg("v").arg(tasks::kFormat).arg("task_id").arg(message.task_id).arg("agent_type").arg(message.agent);
    call.arg("payload").arg(payload).arg("priority").arg(message.priority);
    call.arg("created_at").arg(message.created_at).arg("retry_count").arg(message.retry_count);
    call.arg("max_retries").arg(message.max_retries);
    if (message.timeout_ms) call.arg("timeout_ms").arg(*message.timeout_ms);
    if (!message.traceparent.empty()) call.arg("traceparent").arg(message.traceparent);
    call.arg("attempts").arg(message.attempts).arg("crashes").arg(message.crashes);
    call.arg("last_error").arg(message.last_error);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const code = read_code("restore", reply->root(), scripts::to_restore_code);
    if (!code) co_return std::unexpected(code.error());
    co_return *code == scripts::RestoreCode::restored;
}

awaitable<Result<std::vector<HeldEntry>>> Store::held_by(AgentKeys const& keys, Lane lane, std::string_view consumer,
                                                         std::string_view after) const {
    auto const start = after.empty() ? std::string("-") : behind(after);
    auto const list =
        redis::Command("XPENDING").args(keys.lane(lane), kGroup, start, "+", Limits::dispatch_batch, consumer);
    auto const reply = co_await connection_->exec(std::cref(list));
    if (!reply) co_return std::unexpected(reply.error());
    auto const lines = read_pending("look for deliveries", reply->root());
    if (!lines) co_return std::unexpected(lines.error());
    std::vector<HeldEntry> entries;
    entries.reserve(lines->size());
    for (auto const& line : *lines)
        entries.push_back({std::string(line.entry), line.deliveries});
    co_return entries;
}

awaitable<Result<std::vector<Delivery>>> Store::read_held(AgentKeys const& keys, Lane lane,
                                                          std::span<HeldEntry const> entries) const {
    std::vector<Delivery> deliveries;
    if (entries.empty()) co_return deliveries;
    std::vector<redis::Command> reads;
    for (auto const& entry : entries)
        reads.push_back(redis::Command("XRANGE").args(keys.lane(lane), entry.entry_id, entry.entry_id));
    auto const replies = co_await connection_->exec_all(std::move(reads));
    if (!replies) co_return std::unexpected(replies.error());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        auto const root = (*replies)[i].root();
        if (auto checked = check_reply("look for deliveries", root); !checked)
            co_return std::unexpected(checked.error());
        if (root.size() == 0) continue;
        if (!EntryView::of(root[0])) co_return unexpected_reply("look for deliveries");
        deliveries.push_back(decode_delivery(root[0], lane, entries[i].count, keys.agent));
    }
    co_return deliveries;
}

awaitable<Result<bool>> Store::remove(AgentKeys const& keys, std::string_view consumer, Held const& held,
                                      RemovalKind kind, std::string_view reason, std::int64_t dead_kept) const {
    redis::ScriptCall call(scripts::kRemove, scripts::kRemoveKeys);
    add_lanes(call, keys);
    call.arg(keys.dead).arg(keys.stats).arg(keys.agent).arg(consumer);
    add_held(call, held);
    call.arg(kind == RemovalKind::adopted ? "adopted" : "quarantined").arg(reason).arg(dead_kept);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const code = read_code("remove", reply->root(), scripts::to_remove_code);
    if (!code) co_return std::unexpected(code.error());
    co_return *code == scripts::RemoveCode::removed;
}

}  // namespace leat::store
