// Vandalism in the data of an agent: rows 15 and 16 of the matrix.
#include <algorithm>
#include <array>
#include <optional>

#include "chaos/fault_steps.hpp"

namespace leat::cli::chaos {
namespace {

constexpr std::string_view kRubbish = "{\"state\":\"rub";
constexpr std::string_view kFuture = "99999999999999-0";  // an entry id that no clock reaches soon
constexpr std::int64_t kLookedAt = 100;                   // entries among which one is chosen

// All entries of a stream, then the stream is gone.
constexpr std::string_view kTakeAway =
    "local gone = {} "
    "for _, entry in ipairs(redis.call('xrange', KEYS[1], '-', '+')) do "
    "  for i = 1, #entry[2], 2 do if entry[2][i] == 'task_id' then gone[#gone + 1] = entry[2][i + 1] end end "
    "end "
    "redis.call('del', KEYS[1]) return gone";
// Deletes a record, or overwrites it, while its message or its due time is there: the task still lives.
constexpr std::string_view kHitRecord =
    "local lives = ARGV[2] == 'message' and #redis.call('xrange', KEYS[1], ARGV[1], ARGV[1]) == 1 "
    "  or ARGV[2] == 'due' and redis.call('zscore', KEYS[1], ARGV[1]) "
    "if not lives then return 0 end "
    "if ARGV[3] == '' then return redis.call('del', KEYS[2]) end "
    "redis.call('set', KEYS[2], ARGV[3]) return 1";

store::AgentKeys any_agent(FaultContext& context) {
    return context.space.agent(context.agents[context.random.below(context.agents.size())]);
}

// A lane with messages if there is one.
std::string any_lane(FaultContext& context, store::AgentKeys const& keys) {
    auto const start = context.random.below(keys.ready.size());
    for (std::size_t i = 0; i < keys.ready.size(); ++i) {
        auto const& lane = keys.ready[(start + i) % keys.ready.size()];
        auto const length = context.redis.command({"xlen", lane});
        if (length && length->root().integer().value_or(0) > 0) return lane;
    }
    return keys.ready[start];
}

struct Message {
    std::string entry;
    std::string task;
};

std::optional<Message> any_message(FaultContext& context, std::string const& lane) {
    auto const reply = context.redis.command({"xrange", lane, "-", "+", "count", std::to_string(kLookedAt)});
    if (!reply || reply->root().size() == 0) return std::nullopt;
    auto const entry = reply->root()[context.random.below(reply->root().size())];
    auto const fields = entry[1];
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        if (fields[i].text() == "task_id")
            return Message{std::string(entry[0].text()), std::string(fields[i + 1].text())};
    }
    return std::nullopt;
}

std::optional<std::string> any_parked(FaultContext& context, store::AgentKeys const& keys) {
    auto const reply = context.redis.command({"zrandmember", keys.scheduled});
    if (!reply || reply->root().is_null()) return std::nullopt;
    return std::string(reply->root().text());
}

// The integer that a command answers; 0 where it fails.
std::int64_t number(FaultContext& context, std::vector<std::string> const& words) {
    auto const reply = context.redis.command(words);
    return reply ? reply->root().integer().value_or(0) : 0;
}

// Hits an agent and a lane at random. Whether there was something to hit.
using Way = bool (*)(FaultContext&, store::AgentKeys const&, std::string const& lane);

// Tries until something was hit, for two leases at most.
Result<void> hit_one(FaultContext& context, Way way) {
    auto const hit = [&] {
        auto const keys = any_agent(context);
        return way(context, keys, any_lane(context, keys));
    };
    if (!context.wait_until(hit, 2 * context.lease)) context.note("there was nothing to hit");
    return {};
}

// --- row 15 ---------------------------------------------------------------------------------------------------------

bool delete_stream(FaultContext& context, store::AgentKeys const& keys, std::string const& lane) {
    auto const gone = context.redis.command({"eval", std::string(kTakeAway), "1", lane});
    if (!gone) return false;
    for (auto const task : gone->root())
        context.damaged(keys.agent, task.text(), "message");
    context.note("deleted " + lane + " with " + std::to_string(gone->root().size()) + " messages");
    return true;
}

bool destroy_group(FaultContext& context, store::AgentKeys const&, std::string const& lane) {
    context.note("destroyed the group of " + lane);
    try_command(context.redis, {"xgroup", "destroy", lane, std::string(store::kGroup)});
    return true;
}

bool delete_consumer(FaultContext& context, store::AgentKeys const&, std::string const& lane) {
    auto const consumers = context.redis.command({"xinfo", "consumers", lane, std::string(store::kGroup)});
    if (!consumers || consumers->root().size() == 0) return false;
    auto const consumer = consumers->root()[context.random.below(consumers->root().size())];
    auto const name = std::string(consumer[1].text());  // its first field is its name
    auto const held = number(context, {"xgroup", "delconsumer", lane, std::string(store::kGroup), name});
    context.note("deleted the consumer " + name + " of " + lane + ", which held " + std::to_string(held));
    return true;
}

bool set_group_ahead(FaultContext& context, store::AgentKeys const&, std::string const& lane) {
    context.note("the group of " + lane + " believes that it has handed out everything for years");
    try_command(context.redis, {"xgroup", "setid", lane, std::string(store::kGroup), std::string(kFuture)});
    return true;
}

Result<void> stream_gone(FaultContext& context) {
    constexpr std::array<Way, 4> ways{delete_stream, destroy_group, delete_consumer, set_group_ahead};
    return hit_one(context, ways[context.random.below(ways.size())]);
}

// --- row 16 ---------------------------------------------------------------------------------------------------------

bool delete_message(FaultContext& context, store::AgentKeys const& keys, std::string const& lane) {
    auto const message = any_message(context, lane);
    if (!message || number(context, {"xdel", lane, message->entry}) == 0) return false;
    context.damaged(keys.agent, message->task, "message");
    context.note("deleted the message of " + message->task);
    return true;
}

bool hit_record(FaultContext& context, store::AgentKeys const& keys, std::string const& lane, std::string_view value) {
    auto const message = any_message(context, lane);
    if (!message || number(context, {"eval", std::string(kHitRecord), "2", lane, keys.task(message->task),
                                     message->entry, "message", std::string(value)}) == 0) {
        return false;
    }
    context.damaged(keys.agent, message->task, "record");
    context.note((value.empty() ? "deleted the record of " : "overwrote the record of ") + message->task);
    return true;
}

bool delete_record(FaultContext& context, store::AgentKeys const& keys, std::string const& lane) {
    return hit_record(context, keys, lane, {});
}

bool overwrite_record(FaultContext& context, store::AgentKeys const& keys, std::string const& lane) {
    return hit_record(context, keys, lane, kRubbish);
}

bool forget_due_time(FaultContext& context, store::AgentKeys const& keys, std::string const&) {
    auto const task = any_parked(context, keys);
    if (!task || number(context, {"zrem", keys.scheduled, *task}) == 0) return false;
    context.note("removed the due time of " + *task);
    return true;
}

bool delete_parked(FaultContext& context, store::AgentKeys const& keys, std::string const&) {
    auto const task = any_parked(context, keys);
    if (!task || number(context, {"eval", std::string(kHitRecord), "2", keys.scheduled, keys.task(*task), *task, "due",
                                  ""}) == 0) {
        return false;
    }
    context.damaged(keys.agent, *task, "whole");
    context.note("deleted the record with the parked message of " + *task);
    return true;
}

bool forget_registry(FaultContext& context, store::AgentKeys const&, std::string const&) {
    context.note("deleted the registry of workers and agents");
    try_command(context.redis, {"del", context.space.workers(), context.space.agents()});
    return true;
}

Result<void> corrupt_one(FaultContext& context) {
    constexpr std::array<Way, 6> ways{delete_message,  delete_record, overwrite_record,
                                      forget_due_time, delete_parked, forget_registry};
    return hit_one(context, ways[context.random.below(ways.size())]);
}

}  // namespace

std::vector<FaultKind> data_faults() {
    return {
        {.name = "stream-gone",
         .rows = "15",
         .sentence = "somebody deletes a ready stream, its group or a consumer, or sets the group ahead",
         .needs = {},
         .excuse = {.duplicates = true, .overlaps = true, .changes = true, .after_leases = 1},
         .run = stream_gone},
        {.name = "corrupt-one",
         .rows = "16",
         .sentence = "somebody deletes or overwrites one message, record, due time or registry",
         .needs = {},
         .excuse = {.duplicates = true, .overlaps = true, .changes = true, .after_leases = 1},
         .run = corrupt_one},
    };
}

}  // namespace leat::cli::chaos
