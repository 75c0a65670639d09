#include "runtime/lease_keeper.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace leat::runtime {

using boost::asio::awaitable;

LeaseKeeper::LeaseKeeper(WorkerCore& core, store::AgentKeys const& keys, std::chrono::milliseconds lease, Hooks hooks)
    : Service(core, "lease_keeper"), keys_(keys), fence_(lease), hooks_(std::move(hooks)), watch_(core.engine) {}

void LeaseKeeper::set_lease(std::chrono::milliseconds lease) {
    if (lease == fence_.lease()) return;
    fence_.set_lease(lease);
    notify();
    watch_.notify();
}

void LeaseKeeper::stop() {
    Service::stop();
    watch_.notify();
}

awaitable<void> LeaseKeeper::run() {
    int ticks = 0;
    while (!stopping_) {
        bool const woken = co_await wake_.wait_for(fence_.tick());
        if (stopping_) break;
        if (woken || ++ticks >= SelfFence::kTicksPerRenewal) {
            ticks = 0;
            auto const renewed = co_await renew_all();
            if (!renewed && !stopping_) {
                hooks_.troubled();
                auto const detail = renewed.error().message();
                core_.emit({.kind = EventKind::service_error,
                            .agent = keys_.agent,
                            .task = name_,
                            .detail = detail,
                            .count = 1});
                ticks = SelfFence::kTicksPerRenewal;  // again at the next tick
            }
        }
    }
}

awaitable<void> LeaseKeeper::watch() {
    auto planned = core_.now();
    while (!stopping_) {
        if (fence_.may_judge(planned, core_.now())) {
            distrust();
        } else {
            notify();
        }
        planned = core_.now() + fence_.tick();
        co_await watch_.wait_for(fence_.tick());
    }
}

awaitable<Result<void>> LeaseKeeper::renew_all() {
    std::vector<std::shared_ptr<Flight>> flights;
    for (auto const& flight : hooks_.flights()) {
        if (!flight->dropped) flights.push_back(flight);
    }
    auto const store = core_.store();
    for (std::size_t at = 0; at < flights.size(); at += Limits::dispatch_batch) {
        auto const end = std::min(at + Limits::dispatch_batch, flights.size());
        std::vector<store::Held> held;
        for (auto i = at; i < end; ++i)
            held.push_back(flights[i]->held());
        auto const sent = core_.now();
        auto const statuses = co_await store.renew(keys_, core_.consumer, held);
        if (!statuses) co_return std::unexpected(statuses.error());
        if (core_.now() - sent > fence_.tick()) hooks_.troubled();
        for (auto i = at; i < end; ++i) {
            auto const& flight = flights[i];
            auto const status = (*statuses)[i - at];
            if (status == store::RenewStatus::missing) {
                if (flight->listed && !flight->dropped) hooks_.missing(flight);
                continue;
            }
            if (status == store::RenewStatus::lost) {
                // A verdict recorded while this call was under way also ends the delivery: that is no loss.
                if (flight->listed && !flight->finished && !flight->dropped)
                    hooks_.lost(flight, "another worker owns the task, or it is gone");
                continue;
            }
            flight->confirmed = std::max(flight->confirmed, sent);
            if (status == store::RenewStatus::cancel_requested) hooks_.cancel_requested(flight);
        }
    }
    co_return Result<void>{};
}

void LeaseKeeper::distrust() {
    auto const now = core_.now();
    std::vector<std::shared_ptr<Flight>> doubtful;
    for (auto const& flight : hooks_.flights()) {
        if (!flight->finished && !flight->dropped && fence_.distrusts(flight->confirmed, now))
            doubtful.push_back(flight);
    }
    for (auto const& flight : doubtful)
        hooks_.lost(flight, "the lease could not be renewed in time");
}

}  // namespace leat::runtime
