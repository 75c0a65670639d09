#include "runtime/front_door.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "redis/resp_parser.hpp"
#include "runtime/adoption.hpp"
#include "store/dispatch_size.hpp"
#include "store/store_worker.hpp"

namespace leat::runtime {
namespace {

using boost::asio::awaitable;

// Where more work is known of, new entries are only looked at.
constexpr std::chrono::milliseconds kNoBlock{1};

FrontDoorOptions completed(FrontDoorOptions options, store::KeySpace const& space) {
    if (options.dead_stream.empty()) options.dead_stream = space.front_dead();
    return options;
}

redis::ConnectOptions front_options(WorkerCore const& core) {
    auto options = core.connect;
    options.client_name = "leat-front-door";
    return options;
}

constexpr std::string_view kTooLargeToRead = "the entry is too large to be read; it was removed unread";

// The same would happen to the entries of every other agent.
bool concerns_all(ErrorCode code) {
    return code == ErrorCode::unavailable || code == ErrorCode::unknown_outcome || code == ErrorCode::cancelled ||
           code == ErrorCode::overloaded;
}

std::size_t largest_of(std::vector<store::FrontEntry> const& entries) {
    std::size_t largest = 0;
    for (auto const& entry : entries) {
        std::size_t bytes = 0;
        for (auto const& [name, value] : entry.fields)
            bytes += name.size() + value.size();
        largest = std::max(largest, bytes);
    }
    return largest;
}

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
        auto taken = co_await take_over();
        if (!taken) co_return taken;
    }
    if (reply_lost_) {
        auto found = co_await look_for_lost();
        if (!found) co_return found;
        reply_lost_ = false;
    }
    if (stopping_) co_return Result<void>{};
    co_return co_await fetch();
}

// All reads are on the connection of its own: what a large entry does to it disturbs nobody else.
awaitable<Result<void>> FrontDoor::take_over() {
    auto const most = budget_.entries();
    auto lying = co_await store::front_reclaim(connection_, options_.stream, core_.consumer, most, kFrontIdle);
    if (!lying) {
        if (lying.error().code == ErrorCode::unknown_outcome) budget_.lost();
        reply_lost_ = reply_lost_ || lying.error().code != ErrorCode::unavailable;
        co_return std::unexpected(std::move(lying.error()));
    }
    // Where there was as much as was asked for there may be more: on with it after the next look at what is new.
    if (lying->size() < most) next_reclaim_ = core_.now() + kFrontIdle / 2;
    budget_.replied(lying->size(), largest_of(*lying));
    auto admitted = co_await admit(std::move(*lying));
    reply_lost_ = reply_lost_ || !admitted;
    co_return admitted;
}

awaitable<Result<void>> FrontDoor::fetch() {
    auto const block = core_.now() >= next_reclaim_ ? kNoBlock : core_.pace.block;
    interrupter_.read_begins();
    auto entries = co_await store::front_fetch(connection_, options_.stream, core_.consumer, budget_.entries(), block);
    interrupter_.read_ended();
    if (!entries) {
        if (entries.error().code == ErrorCode::unknown_outcome) budget_.lost();
        reply_lost_ = entries.error().code != ErrorCode::unavailable;
        co_return std::unexpected(std::move(entries.error()));
    }
    budget_.replied(entries->size(), largest_of(*entries));
    auto admitted = co_await admit(std::move(*entries));
    reply_lost_ = !admitted;
    co_return admitted;
}

awaitable<Result<void>> FrontDoor::look_for_lost() {
    std::string after;
    while (!stopping_) {
        auto ids = co_await store::front_held(connection_, options_.stream, core_.consumer, after, kFrontBatch);
        if (!ids) co_return std::unexpected(std::move(ids.error()));
        if (ids->empty()) break;
        after = ids->back();
        auto admitted = co_await admit_held(std::move(*ids));
        if (!admitted) co_return admitted;
    }
    co_return Result<void>{};
}

awaitable<Result<void>> FrontDoor::admit_held(std::vector<std::string> ids) {
    auto const all = std::span<std::string const>(ids);
    for (std::size_t at = 0; at < all.size() && !stopping_;) {
        auto const part = all.subspan(at, std::min(budget_.single_reads(), all.size() - at));
        auto entries = co_await store::front_read(connection_, options_.stream, part);
        if (entries) {
            at += part.size();
            budget_.replied(entries->size(), largest_of(*entries));
            auto admitted = co_await admit(std::move(*entries));
            if (!admitted) co_return admitted;
            continue;
        }
        if (!redis::is_too_large_reply(entries.error())) co_return std::unexpected(std::move(entries.error()));
        budget_.lost();
        if (part.size() > 1) continue;
        ++at;
        store::FrontEntry const unread{part.front(), {}};
        auto refused = co_await refuse(unread, kTooLargeToRead);
        refused = told(std::move(refused), {});
        if (!refused) co_return refused;
    }
    co_return Result<void>{};
}

awaitable<Result<void>> FrontDoor::admit(std::vector<store::FrontEntry> entries) {
    std::map<std::string, Share> shares;
    for (auto const& entry : entries) {
        auto task = front_task_of(entry);
        if (!task) {
            auto refused = co_await refuse(entry, task.error());
            refused = told(std::move(refused), {});
            if (!refused) co_return refused;
            continue;
        }
        auto& share = shares[task->agent];
        share.items.push_back(std::move(task->item));
        share.entries.push_back(&entry);
        share.traceparent_problems.push_back(task->traceparent_problem);
    }
    for (auto& [agent, share] : shares) {
        auto handed = co_await hand_over(agent, share);
        handed = told(std::move(handed), agent);
        if (!handed) co_return handed;
    }
    co_return Result<void>{};
}

awaitable<Result<void>> FrontDoor::hand_over(std::string const& agent, Share& share) {
    if (!known_agents_.contains(agent)) {
        auto noted = co_await store::note_agent(core_.command, core_.space, agent);
        if (!noted && concerns_all(noted.error().code)) co_return noted;
        if (noted) known_agents_.insert(agent);  // what keeps the name out keeps no task out
    }
    for (std::size_t at = 0; at < share.items.size();) {
        Share part;
        std::size_t bytes = 0;
        for (; at < share.items.size() && part.items.size() < Limits::dispatch_batch; ++at) {
            bytes += share.items[at].payload.size();
            if (!part.items.empty() && bytes > store::kDispatchBytesMax) break;
            part.items.push_back(std::move(share.items[at]));
            part.entries.push_back(share.entries[at]);
            part.traceparent_problems.push_back(share.traceparent_problems[at]);
        }
        auto handed = co_await hand_over_part(agent, part);
        if (!handed) co_return handed;
    }
    co_return Result<void>{};
}

awaitable<Result<void>> FrontDoor::hand_over_part(std::string const& agent, Share const& part) {
    auto const keys = core_.space.agent(agent);
    auto const store = core_.store();
    auto const replies = co_await store.dispatch(keys, part.items, std::nullopt);
    if (!replies) co_return std::unexpected(replies.error());
    std::vector<std::string> stored;
    for (std::size_t i = 0; i < replies->size(); ++i) {
        auto const& entry = *part.entries[i];
        if ((*replies)[i].unreadable) {
            auto refused = co_await refuse(entry, kUnreadableRecord);
            refused = told(std::move(refused), agent);
            if (!refused) co_return refused;
        } else if ((*replies)[i].status != DispatchStatus::full) {  // else it stays pending and is tried again
            stored.push_back(entry.entry_id);
            core_.emit({.kind = EventKind::adopted, .agent = agent, .task = part.items[i].id});
            if (auto const why = part.traceparent_problems[i]; !why.empty()) {
                core_.emit(
                    {.kind = EventKind::traceparent_ignored, .agent = agent, .task = part.items[i].id, .detail = why});
            }
        }
    }
    co_return co_await store::front_done(core_.command, core_.space, options_.stream, stored);
}

Result<void> FrontDoor::told(Result<void> done, std::string_view agent) {
    if (done || concerns_all(done.error().code)) return done;
    auto const detail = done.error().message();
    core_.emit({.kind = EventKind::service_error, .agent = agent, .task = name_, .detail = detail, .count = 1});
    return {};
}

awaitable<Result<void>> FrontDoor::refuse(store::FrontEntry const& entry, std::string_view reason) {
    auto refused =
        co_await store::front_refuse(core_.command, core_.space, options_.stream, options_.dead_stream, entry, reason);
    if (refused) core_.emit({.kind = EventKind::quarantined, .task = entry.entry_id, .detail = reason});
    co_return refused;
}

}  // namespace leat::runtime
