// Deliveries between fetch and verdict: renewed, given back, taken over, removed.
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
    if (reply.size() != 4 || !missing.is_aggregate() || !entries.is_aggregate() || counts.size() != entries.size()) {
        return unexpected_reply("reclaim");
    }
    ReclaimReply result;
    result.cursor = reply[0].text();
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
                                               std::int64_t count) const {
    redis::ScriptCall call(scripts::kReclaim, scripts::kReclaimKeys);
    call.arg(keys.lane(lane)).arg(keys.stats).arg(consumer).arg(min_idle.count());
    call.arg(parse_entry_id(cursor) ? cursor : "0-0").arg(count);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    co_return read_reclaimed(reply->root(), lane, keys.agent);
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
