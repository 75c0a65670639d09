#include "runtime/reclaimer.hpp"

#include <algorithm>
#include <utility>

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

// Deliveries taken over in one call; XAUTOCLAIM looks at ten times as many.
constexpr std::int64_t kReclaimBatch = 100;
// Sweeps per lease, so that a lapsed lease is noticed within half of one.
constexpr int kSweepsPerLease = 2;

}  // namespace

Reclaimer::Reclaimer(WorkerCore& core, store::AgentKeys const& keys, Hooks hooks)
    : Service(core, "reclaimer"), keys_(keys), hooks_(std::move(hooks)) {
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
    for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low}) {
        auto swept = co_await sweep_lane(lane);
        if (!swept) co_return swept;
    }
    co_return Result<void>{};
}

awaitable<Result<void>> Reclaimer::sweep_lane(Lane lane) {
    auto& cursor = cursors_[static_cast<std::size_t>(lane)];
    auto const store = core_.store();
    do {
        auto const free = std::min<std::int64_t>(hooks_.free_slots(), kReclaimBatch);
        if (free <= 0) starved_ = true;
        if (stopping_ || paused_ || free <= 0) co_return Result<void>{};
        auto reply = co_await store.reclaim(keys_, lane, core_.consumer, hooks_.lease(), cursor, free);
        if (!reply) co_return std::unexpected(std::move(reply.error()));
        cursor = std::move(reply->cursor);
        for (auto const& entry : reply->missing) {
            core_.emit({.kind = EventKind::message_missing,
                        .agent = keys_.agent,
                        .task = entry,
                        .detail = "a message under way was deleted from its stream by somebody"});
        }
        for (auto const& delivery : reply->deliveries) {
            core_.emit({.kind = EventKind::reclaimed,
                        .agent = keys_.agent,
                        .task = delivery.message.task_id,
                        .value = delivery.count});
        }
        if (!reply->deliveries.empty()) hooks_.accept(std::move(reply->deliveries));
    } while (cursor != "0-0");
    co_return Result<void>{};
}

}  // namespace leat::runtime
