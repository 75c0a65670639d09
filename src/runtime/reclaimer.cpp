#include "runtime/reclaimer.hpp"

#include <algorithm>
#include <utility>

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

// Sweeps per lease, so that a lapsed lease is noticed within half of one.
constexpr int kSweepsPerLease = 2;
// Of one call, so that it never keeps others waiting for long: XAUTOCLAIM looks at ten times as many.
constexpr std::int64_t kClaimsMax = 25;
// While claims are held, only what was given back is taken: it has been idle for seven days by its own account.
constexpr std::chrono::milliseconds kGivenBackIdle = std::chrono::hours(6 * 24);

}  // namespace

Reclaimer::Reclaimer(WorkerCore& core, store::AgentKeys const& keys, ReadBudget& budget, Hooks hooks)
    : Service(core, "reclaimer"),
      keys_(keys),
      budget_(budget),
      hooks_(std::move(hooks)),
      guard_(hooks_.lease(), kHeartbeatTtl) {
    cursors_.fill("0-0");
}

awaitable<void> Reclaimer::run() {
    while (!stopping_) {
        if (!paused_) {
            auto const swept = co_await sweep();
            if (!swept) {
                auto error = swept.error();
                co_await pause_after(std::move(error), keys_.agent);
                continue;
            }
            succeeded();
        }
        co_await wake_.wait_for(core_.jittered(hooks_.lease() / kSweepsPerLease));
    }
}

awaitable<Result<void>> Reclaimer::sweep() {
    starved_ = false;
    auto looked = co_await look_at_clock();
    if (!looked) co_return looked;
    for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
        auto swept = co_await sweep_lane(lane);
        if (!swept) co_return swept;
    }
    if (guard_.clock_is_behind() && !guard_.holds(core_.now())) co_return co_await inherit();
    co_return Result<void>{};
}

awaitable<Result<void>> Reclaimer::look_at_clock() {
    guard_.set_lease(hooks_.lease());
    auto const asked = core_.now();
    auto const store = core_.store();
    auto const server_ms = co_await store.server_time();
    if (!server_ms) co_return std::unexpected(server_ms.error());
    guard_.observe(*server_ms, asked, core_.now());
    if (auto const why = guard_.news()) {
        core_.emit(
            {.kind = EventKind::claims_held, .agent = keys_.agent, .detail = *why, .value = hooks_.lease().count()});
    }
    co_return Result<void>{};
}

// Deliveries to take over in one call.
std::int64_t Reclaimer::room() const {
    auto const most = std::min(kClaimsMax, static_cast<std::int64_t>(budget_.entries()));
    return stopping_ || paused_ ? 0 : std::min<std::int64_t>(hooks_.free_slots(), most);
}

awaitable<Result<void>> Reclaimer::sweep_lane(Lane lane) {
    auto& cursor = cursors_[static_cast<std::size_t>(lane)];
    auto const store = core_.store();
    do {
        auto const free = room();
        starved_ = starved_ || free <= 0;
        if (free <= 0) co_return Result<void>{};
        auto const now = core_.now();
        auto const min_idle = guard_.holds(now) ? kGivenBackIdle : hooks_.lease();
        store::ClaimWindow const window{guard_.expected_ms(now), guard_.tolerance()};
        auto reply = co_await store.reclaim(keys_, lane, core_.consumer, min_idle, cursor, free, window);
        if (!reply) {
            hooks_.failed(reply.error().code);
            co_return std::unexpected(std::move(reply.error()));
        }
        if (reply->clock_was_off) {
            guard_.trouble("Redis was held up, or its clock was set", core_.now());
            co_return Result<void>{};
        }
        cursor = reply->cursor;
        take(std::move(*reply));
    } while (cursor != "0-0");
    co_return Result<void>{};
}

awaitable<Result<void>> Reclaimer::inherit() {
    auto const store = core_.store();
    auto const owners = co_await store.owners(core_.space, keys_, core_.consumer);
    if (!owners) co_return std::unexpected(owners.error());
    for (auto const& owner : *owners) {
        if (!guard_.is_gone(owner.consumer, owner.beats, core_.now())) continue;
        for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
            auto const free = room();
            if (free <= 0) co_return Result<void>{};
            auto reply = co_await store.inherit(keys_, lane, core_.consumer, owner.consumer, free);
            if (!reply) {
                hooks_.failed(reply.error().code);
                co_return std::unexpected(std::move(reply.error()));
            }
            take(std::move(*reply));
        }
    }
    guard_.forget_others();
    co_return Result<void>{};
}

void Reclaimer::take(store::ReclaimReply reply) {
    budget_.replied(reply.deliveries.size(), largest_of(reply.deliveries));
    for (auto const& entry : reply.missing) {
        core_.emit({.kind = EventKind::message_missing,
                    .agent = keys_.agent,
                    .task = entry,
                    .detail = "a message under way was deleted from its stream by somebody"});
    }
    for (auto const& delivery : reply.deliveries) {
        core_.emit({.kind = EventKind::reclaimed,
                    .agent = keys_.agent,
                    .task = delivery.message.task_id,
                    .value = delivery.count});
    }
    if (!reply.deliveries.empty()) hooks_.accept(std::move(reply.deliveries));
}

}  // namespace leat::runtime
