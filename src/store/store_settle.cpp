// Ends of deliveries: verdicts.
#include <algorithm>
#include <array>
#include <cassert>

#include "scripts.gen.hpp"
#include "store/script_reply.hpp"
#include "store/store.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using scripts::SettleCode;

constexpr std::size_t kVerdictBytes = 320;  // of an item apart from its texts, about

std::string_view word_of(SettleVerdict verdict) {
    switch (verdict) {
        case SettleVerdict::success:
            return "success";
        case SettleVerdict::retry:
            return "retry";
        case SettleVerdict::dead:
            return "dead";
        case SettleVerdict::cancelled:
            return "cancelled";
        case SettleVerdict::expired:
            return "expired";
    }
    return "dead";
}

// Count, attempt and verdict in one argument, which is empty for most: a success at the first try.
std::string ruling_of(Settlement const& item) {
    bool const success = item.verdict == SettleVerdict::success;
    if (success && item.held.count == 1 && item.attempt == 1) return {};
    auto text = std::to_string(item.held.count) + " " + std::to_string(item.attempt) + " ";
    text.append(word_of(item.verdict));
    if (success) return text;
    for (auto const number : {item.delay_ms, item.crashes, item.retry_count})
        text.append(" ").append(std::to_string(std::max<std::int64_t>(number, 0)));
    return text.append(" ").append(item.dead_kind);
}

// As read_run() reads it.
std::string run_of(Settlement const& item) {
    std::string text;
    for (auto const number : {item.attempt, item.created_at, item.started_at})
        text.append(std::to_string(std::max<std::int64_t>(number, 0))).append(" ");
    return text.append(item.held.entry_id).append("/").append(std::to_string(item.held.count));
}

SettleStatus status_of(SettleCode code) {
    switch (code) {
        case SettleCode::settled:
            return SettleStatus::settled;
        case SettleCode::already:
            return SettleStatus::already;
        case SettleCode::cancelled:
            return SettleStatus::cancelled;
        case SettleCode::buried:
            return SettleStatus::buried;
        case SettleCode::missing:
            return SettleStatus::missing;
        case SettleCode::stale:
            break;
    }
    return SettleStatus::stale;
}

// The increments as the script takes them: buckets, then sums.
std::array<std::string, 2> texts_of(std::span<std::pair<std::string, std::int64_t> const> increments) {
    std::array<std::string, 2> texts;
    for (auto const& [field, by] : increments) {
        auto& text = texts[field.contains(":sum_") ? 1 : 0];
        text.append(field).append(" ").append(std::to_string(by)).append(" ");
    }
    return texts;
}

// How many items each lane has, in their order.
std::string lanes_of(std::span<Settlement const> settlements, std::span<std::size_t const> order) {
    std::string text;
    for (std::size_t first = 0; first < order.size();) {
        auto const lane = settlements[order[first]].held.lane;
        auto last = first;
        while (last < order.size() && settlements[order[last]].held.lane == lane)
            ++last;
        text.append(to_string(lane)).append(" ").append(std::to_string(last - first)).append(" ");
        first = last;
    }
    return text;
}

void add_item(redis::ScriptCall& call, Settlement const& item) {
    call.arg(item.held.entry_id).arg(ruling_of(item)).arg(item.text).arg(run_of(item)).arg(item.payload);
}

}  // namespace

awaitable<Result<std::vector<SettleStatus>>> Store::settle(
    AgentKeys const& keys, std::string_view consumer, std::span<Settlement const> settlements,
    SettlePolicy const& policy, std::int64_t minute,
    std::span<std::pair<std::string, std::int64_t> const> increments) const {
    assert(settlements.size() <= Limits::dispatch_batch);
    std::vector<SettleStatus> statuses(settlements.size(), SettleStatus::stale);
    if (settlements.empty()) co_return statuses;

    auto const order = by_entry(settlements);
    redis::ScriptCall call(scripts::kSettle, scripts::kSettleKeys + settlements.size());
    std::size_t bytes = kVerdictBytes;
    for (auto const& item : settlements)
        bytes += item.text.size() + item.payload.size() + kVerdictBytes;
    call.reserve(bytes);
    add_lanes(call, keys);
    call.arg(keys.scheduled).arg(keys.results).arg(keys.dead).arg(keys.stats).arg(keys.stats_minute(minute));
    for (auto const i : order)
        call.arg(keys.task(settlements[i].held.task_id));
    call.arg(keys.agent).arg(consumer).arg(policy.retention_s).arg(policy.results_kept).arg(policy.dead_kept);
    auto const [buckets, sums] = texts_of(increments);
    call.arg(keys.control_channel).arg(keys.done_channel).arg(buckets).arg(sums);
    call.arg(keys.task_prefix.size() + 1).arg(lanes_of(settlements, order));
    for (auto const i : order)
        add_item(call, settlements[i]);

    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const codes = read_codes("settle", reply->root(), settlements.size(), scripts::to_settle_code);
    if (!codes) co_return std::unexpected(codes.error());
    for (std::size_t i = 0; i < order.size(); ++i)
        statuses[order[i]] = status_of((*codes)[i]);
    co_return statuses;
}

}  // namespace leat::store
