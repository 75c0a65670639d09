#include "store/audit.hpp"

#include <cassert>

#include "scripts.gen.hpp"
#include "store/place.hpp"
#include "store/script_reply.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using scripts::AuditCode;

AuditStatus status_of(AuditCode code) {
    switch (code) {
        case AuditCode::good:
            return AuditStatus::good;
        case AuditCode::later:
            return AuditStatus::later;
        case AuditCode::gone:
            return AuditStatus::gone;
        case AuditCode::held:
            return AuditStatus::held;
        case AuditCode::missing:
            return AuditStatus::missing;
        case AuditCode::unreadable:
            return AuditStatus::unreadable;
        case AuditCode::recorded:
            return AuditStatus::recorded;
        case AuditCode::moved:
            return AuditStatus::moved;
        case AuditCode::duplicate:
            return AuditStatus::duplicate;
        case AuditCode::stranded:
            return AuditStatus::stranded;
        case AuditCode::expiring:
            return AuditStatus::expiring;
        case AuditCode::persisted:
            return AuditStatus::persisted;
        case AuditCode::rescheduled:
            return AuditStatus::rescheduled;
        case AuditCode::stray:
            return AuditStatus::stray;
        case AuditCode::closed:
            return AuditStatus::closed;
        case AuditCode::buried:
            break;
    }
    return AuditStatus::buried;
}

redis::ScriptCall audit_call(AgentKeys const& keys, std::span<AuditItem const> items, AuditMode mode) {
    redis::ScriptCall call(scripts::kAudit, scripts::kAuditKeys + items.size());
    add_lanes(call, keys);
    call.arg(keys.scheduled).arg(keys.results).arg(keys.dead).arg(keys.stats).arg(keys.control);
    for (auto const& item : items)
        call.arg(keys.task(item.task_id));
    call.arg(keys.agent).arg(mode == AuditMode::repair ? "repair" : "look");
    call.arg(keys.control_channel).arg(keys.done_channel);
    for (auto const& item : items)
        call.arg(item.task_id).arg(item.place).arg(item.missing_at);
    return call;
}

}  // namespace

std::string_view to_string(AuditStatus status) noexcept {
    static constexpr std::array<std::string_view, kAuditStatuses> kNames{
        "good",      "later",    "gone",     "held",      "missing",     "unreadable", "recorded", "moved",
        "duplicate", "stranded", "expiring", "persisted", "rescheduled", "stray",      "closed",   "buried"};
    return kNames[static_cast<std::size_t>(status)];
}

awaitable<Result<std::vector<AuditReply>>> audit(redis::Connection& connection, AgentKeys const& keys,
                                                 std::span<AuditItem const> items, AuditMode mode) {
    assert(items.size() <= kAuditBatch);
    std::vector<AuditReply> replies(items.size());
    if (items.empty()) co_return replies;
    auto call = audit_call(keys, items, mode);
    auto const reply = co_await redis::call(connection, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const root = reply->root();
    auto const codes = read_codes("audit", root[0], items.size(), scripts::to_audit_code);
    if (!codes) co_return std::unexpected(codes.error());
    std::size_t place = 1;
    for (std::size_t i = 0; i < items.size(); ++i) {
        replies[i].status = status_of((*codes)[i]);
        if (replies[i].status == AuditStatus::missing) replies[i].place = root[place++].text();
    }
    co_return replies;
}

awaitable<Result<Tally>> tally(redis::Connection& connection, AgentKeys const& keys) {
    auto call = audit_call(keys, {}, AuditMode::look);
    auto const reply = co_await redis::call(connection, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const root = reply->root();
    auto const live = root[0].integer();
    auto const counted = root[1].integer();
    if (!live || !counted) co_return unexpected_reply("tally");
    co_return Tally{*live, *counted};
}

awaitable<Result<bool>> balance(redis::Connection& connection, AgentKeys const& keys, std::int64_t drift) {
    redis::ScriptCall call(scripts::kBalance, scripts::kBalanceKeys);
    add_lanes(call, keys);
    call.arg(keys.scheduled).arg(keys.stats).arg(drift);
    auto const reply = co_await redis::call(connection, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const code = read_code("balance", reply->root(), scripts::to_balance_code);
    if (!code) co_return std::unexpected(code.error());
    co_return *code == scripts::BalanceCode::booked;
}

awaitable<Result<std::vector<AuditItem>>> oldest_messages(redis::Connection& connection, AgentKeys const& keys) {
    std::vector<AuditItem> items;
    for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
        auto const first = co_await survey(connection, keys, lane, "0-0", 1);
        if (!first) co_return std::unexpected(first.error());
        for (auto const& [entry, task] : first->messages) {
            if (check_name("task id", task)) items.push_back({task, place_text(lane, entry), {}});
        }
    }
    co_return items;
}

awaitable<Result<Survey>> survey(redis::Connection& connection, AgentKeys const& keys, Lane lane,
                                 std::string_view after, std::size_t limit) {
    redis::ScriptCall call(scripts::kSurvey, scripts::kSurveyKeys);
    call.arg(keys.lane(lane)).arg(after).arg(limit);
    auto const reply = co_await redis::call(connection, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const root = reply->root();
    if (!root.is_aggregate() || root.size() % 2 != 1) co_return unexpected_reply("survey");
    Survey slice;
    std::string_view entry;
    std::size_t index = 0;
    for (auto const part : root) {
        if (index == 0)
            slice.next = part.text();
        else if (index % 2 == 1)
            entry = part.text();
        else
            slice.messages.emplace_back(entry, part.text());
        ++index;
    }
    co_return slice;
}

awaitable<Result<Mended>> mend(redis::Connection& connection, AgentKeys const& keys) {
    redis::ScriptCall call(scripts::kMend, scripts::kMendKeys);
    add_lanes(call, keys);
    call.arg(keys.stats);
    auto const reply = co_await redis::call(connection, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const created = reply->root()[0].integer();
    auto const set_back = reply->root()[1].integer();
    if (!created || !set_back) co_return unexpected_reply("mend");
    co_return Mended{*created, *set_back};
}

awaitable<Result<bool>> take_audit_turn(redis::Connection& connection, AgentKeys const& keys, std::string_view consumer,
                                        std::chrono::milliseconds interval) {
    auto const take = redis::Command("SET").args(keys.auditor, consumer, "NX", "PX", interval.count());
    auto const reply = co_await connection.exec(std::cref(take));
    if (!reply) co_return std::unexpected(reply.error());
    if (auto checked = check_reply("audit", reply->root()); !checked) co_return std::unexpected(checked.error());
    co_return !reply->root().is_null();
}

// In two steps: should two workers find the turn free, both audit, which is only work.
awaitable<Result<bool>> take_early_audit_turn(redis::Connection& connection, AgentKeys const& keys,
                                              std::string_view consumer, std::chrono::milliseconds interval,
                                              std::chrono::milliseconds pause) {
    auto const ask = redis::Command("TTL").args(keys.auditor);
    auto const left = co_await connection.exec(std::cref(ask));
    if (!left) co_return std::unexpected(left.error());
    if (std::chrono::seconds(left->root().integer().value_or(0)) > interval - pause) co_return false;
    auto const take = redis::Command("SET").args(keys.auditor, consumer, "PX", interval.count());
    auto const reply = co_await connection.exec(std::cref(take));
    if (!reply) co_return std::unexpected(reply.error());
    if (auto checked = check_reply("audit", reply->root()); !checked) co_return std::unexpected(checked.error());
    co_return true;
}

}  // namespace leat::store
