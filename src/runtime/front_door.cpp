#include "runtime/front_door.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/adoption.hpp"
#include "store/store_worker.hpp"

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

FrontDoorOptions completed(FrontDoorOptions options, store::KeySpace const& space) {
    if (options.dead_stream.empty()) options.dead_stream = space.front_dead();
    return options;
}

redis::ConnectOptions front_options(WorkerCore const& core) {
    auto options = core.connect;
    options.client_name = "leat-front-door";
    return options;
}

// Tasks of one agent among the entries of one round, and the entries they came from.
struct Share {
    std::vector<store::DispatchItem> items;
    std::vector<store::FrontEntry const*> entries;
    std::vector<std::string_view> traceparent_problems;  // empty where there is none
};

}  // namespace

FrontDoor::FrontDoor(WorkerCore& core, FrontDoorOptions options)
    : Service(core, "front_door"),
      options_(completed(std::move(options), core.space)),
      connection_(core.engine, front_options(core), {}, core.random.next()),
      group_(core.engine),
      interrupter_(core, connection_, group_),
      next_reclaim_(core.now()) {}

awaitable<void> FrontDoor::run() {
    group_.spawn(connection_.run());
    co_await loop();
    connection_.close();
    co_await group_.join();
    // Nothing reads under this name any more, so nothing can be delivered to it between the check and the deletion.
    auto const left = co_await store::front_leave(core_.command, options_.stream, core_.consumer);
    if (!left) co_return;  // the name stays in the group, harmless
}

void FrontDoor::stop() {
    if (stopping_) return;
    Service::stop();
    interrupter_.interrupt([] { return false; });
}

awaitable<void> FrontDoor::loop() {
    while (!stopping_) {
        auto const done = co_await round();
        if (done) {
            succeeded();
            continue;
        }
        auto error = done.error();
        co_await pause_after(std::move(error), {});
    }
}

awaitable<Result<void>> FrontDoor::round() {
    if (core_.now() >= next_reclaim_) {
        next_reclaim_ = core_.now() + kFrontIdle / 2;
        auto lying =
            co_await store::front_reclaim(core_.command, options_.stream, core_.consumer, kFrontBatch, kFrontIdle);
        if (!lying) co_return std::unexpected(std::move(lying.error()));
        auto admitted = co_await admit(std::move(*lying));
        if (!admitted) co_return admitted;
    }
    if (reply_lost_) {
        auto ours = co_await store::front_held(core_.command, options_.stream, core_.consumer, kFrontBatch);
        if (!ours) co_return std::unexpected(std::move(ours.error()));
        auto admitted = co_await admit(std::move(*ours));
        if (!admitted) co_return admitted;
        reply_lost_ = false;
    }
    if (stopping_) co_return Result<void>{};
    interrupter_.read_begins();
    auto entries = co_await store::front_fetch(connection_, options_.stream, core_.consumer, kFrontBatch, kBlock);
    interrupter_.read_ended();
    if (!entries) {
        reply_lost_ = entries.error().code != ErrorCode::unavailable;
        co_return std::unexpected(std::move(entries.error()));
    }
    auto admitted = co_await admit(std::move(*entries));
    reply_lost_ = !admitted;
    co_return admitted;
}

awaitable<Result<void>> FrontDoor::admit(std::vector<store::FrontEntry> entries) {
    std::map<std::string, Share> shares;
    for (auto const& entry : entries) {
        auto task = front_task_of(entry);
        if (!task) {
            auto refused = co_await refuse(entry, task.error());
            if (!refused) co_return refused;
            continue;
        }
        auto& share = shares[task->agent];
        share.items.push_back(std::move(task->item));
        share.entries.push_back(&entry);
        share.traceparent_problems.push_back(task->traceparent_problem);
    }
    auto const store = core_.store();
    for (auto const& [agent, share] : shares) {
        if (!known_agents_.contains(agent)) {
            auto noted = co_await store::note_agent(core_.command, core_.space, agent);
            if (!noted) co_return noted;
            known_agents_.insert(agent);
        }
        auto const keys = core_.space.agent(agent);
        auto const replies = co_await store.dispatch(keys, share.items, std::nullopt);
        if (!replies) co_return std::unexpected(replies.error());
        std::vector<std::string> stored;
        for (std::size_t i = 0; i < replies->size(); ++i) {
            auto const& entry = *share.entries[i];
            if ((*replies)[i].unreadable) {
                auto refused = co_await refuse(entry, kUnreadableRecord);
                if (!refused) co_return refused;
            } else if ((*replies)[i].status != DispatchStatus::full) {  // else it stays pending and is tried again
                stored.push_back(entry.entry_id);
                core_.emit({.kind = EventKind::adopted, .agent = agent, .task = share.items[i].id});
                if (auto const why = share.traceparent_problems[i]; !why.empty()) {
                    core_.emit({.kind = EventKind::traceparent_ignored,
                                .agent = agent,
                                .task = share.items[i].id,
                                .detail = why});
                }
            }
        }
        auto done = co_await store::front_done(core_.command, core_.space, options_.stream, stored);
        if (!done) co_return done;
    }
    co_return Result<void>{};
}

awaitable<Result<void>> FrontDoor::refuse(store::FrontEntry const& entry, std::string_view reason) {
    auto refused =
        co_await store::front_refuse(core_.command, core_.space, options_.stream, options_.dead_stream, entry, reason);
    if (refused) core_.emit({.kind = EventKind::quarantined, .task = entry.entry_id, .detail = reason});
    co_return refused;
}

}  // namespace leat::runtime
