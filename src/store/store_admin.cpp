// What operators and starting workers do.
#include <array>
#include <cassert>
#include <optional>

#include "redis/error_class.hpp"
#include "scripts.gen.hpp"
#include "store/script_reply.hpp"
#include "store/store.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;

std::unexpected<Error> no_such_task(std::string_view operation, std::string_view task_id) {
    return fail(ErrorCode::not_found, operation,
                "there is no task " + std::string(task_id) + " (or it has been forgotten)");
}

std::unexpected<Error> unreadable_record(std::string_view operation, std::string_view task_id) {
    return fail(ErrorCode::corrupt, operation, "the record of task " + std::string(task_id) + " cannot be read");
}

// The first error among the replies of one write.
Result<void> check_all(std::string_view operation, std::vector<redis::Reply> const& replies) {
    for (auto const& reply : replies) {
        if (auto checked = check_reply(operation, reply.root()); !checked) return checked;
    }
    return {};
}

// The registry is shared by all agents, so in a cluster it is another slot: a command of its own. Asked before written:
// a worker must be able to start again when Redis is out of memory.
awaitable<Result<void>> join_registry(redis::Connection& connection, KeySpace const& space, AgentKeys const& keys) {
    auto const ask = Command("SISMEMBER").arg(space.agents()).arg(keys.agent);
    auto const known = co_await connection.exec(std::cref(ask));
    if (!known) co_return std::unexpected(known.error());
    if (known->root().integer() == 1) co_return Result<void>{};
    auto const add = Command("SADD").arg(space.agents()).arg(keys.agent);
    auto const added = co_await connection.exec(std::cref(add));
    if (!added) co_return std::unexpected(added.error());
    co_return check_reply("register", added->root());
}

std::optional<SettlePolicy> read_kept(std::optional<std::int64_t> retention_s, std::optional<std::int64_t> results,
                                      std::optional<std::int64_t> dead) {
    if (!retention_s || *retention_s < 1 || !results || *results < 0 || !dead || *dead < 0) return std::nullopt;
    return SettlePolicy{.retention_s = *retention_s, .results_kept = *results, .dead_kept = *dead};
}

ReplayStatus status_of(scripts::ReplayCode code) {
    switch (code) {
        case scripts::ReplayCode::replayed:
            return ReplayStatus::replayed;
        case scripts::ReplayCode::not_dead:
            return ReplayStatus::not_dead;
        case scripts::ReplayCode::missing:
            break;
    }
    return ReplayStatus::missing;
}

}  // namespace

awaitable<Result<void>> Store::register_agent(KeySpace const& space, AgentKeys const& keys,
                                              std::chrono::milliseconds lease, AgentPolicy policy) const {
    // The registry first: an agent that has keys and no name there would be seen by nobody.
    auto const joined = co_await join_registry(*connection_, space, keys);
    if (!joined) co_return joined;
    redis::ScriptCall call(scripts::kRegister, scripts::kRegisterKeys);
    add_lanes(call, keys);
    call.arg(keys.control).arg(keys.stats).arg(tasks::kFormat).arg(lease.count());
    call.arg(keys.results).arg(keys.dead);
    call.arg(policy.kept.retention_s).arg(policy.kept.results_kept).arg(policy.kept.dead_kept);
    policy.max_retries ? call.arg(*policy.max_retries) : call.arg("");
    call.arg(keys.control_channel);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const code = read_code("register", reply->root(), scripts::to_register_code);
    if (!code) co_return std::unexpected(code.error());
    if (*code == scripts::RegisterCode::newer) {
        co_return fail(ErrorCode::unsupported, "register",
                       "agent " + keys.agent + " has data of a newer format; update this program");
    }
    co_return Result<void>{};
}

awaitable<Result<CancelStatus>> Store::cancel(AgentKeys const& keys, std::string_view task_id) const {
    redis::ScriptCall call(scripts::kCancel, scripts::kCancelKeys);
    add_lanes(call, keys);
    call.arg(keys.scheduled).arg(keys.results).arg(keys.stats).arg(keys.control).arg(keys.task(task_id));
    call.arg(keys.agent).arg(task_id).arg(keys.control_channel).arg(keys.done_channel);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const code = read_code("cancel", reply->root(), scripts::to_cancel_code);
    if (!code) co_return std::unexpected(code.error());
    switch (*code) {
        case scripts::CancelCode::cancelled:
            co_return CancelStatus::cancelled;
        case scripts::CancelCode::requested:
            co_return CancelStatus::requested;
        case scripts::CancelCode::terminal:
            co_return CancelStatus::terminal;
        case scripts::CancelCode::not_found:
            co_return no_such_task("cancel", task_id);
        case scripts::CancelCode::unreadable:
            break;
    }
    co_return unreadable_record("cancel", task_id);
}

awaitable<Result<ReprioritiseStatus>> Store::reprioritise(AgentKeys const& keys, std::string_view task_id,
                                                          std::int64_t priority) const {
    redis::ScriptCall call(scripts::kReprioritise, scripts::kReprioritiseKeys);
    add_lanes(call, keys);
    call.arg(keys.task(task_id)).arg(task_id).arg(priority);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const code = read_code("reprioritise", reply->root(), scripts::to_reprioritise_code);
    if (!code) co_return std::unexpected(code.error());
    switch (*code) {
        case scripts::ReprioritiseCode::moved:
            co_return ReprioritiseStatus::moved;
        case scripts::ReprioritiseCode::unchanged:
            co_return ReprioritiseStatus::unchanged;
        case scripts::ReprioritiseCode::running:
            co_return ReprioritiseStatus::running;
        case scripts::ReprioritiseCode::terminal:
            co_return ReprioritiseStatus::terminal;
        case scripts::ReprioritiseCode::not_found:
            co_return no_such_task("reprioritise", task_id);
        case scripts::ReprioritiseCode::unreadable:
            break;
    }
    co_return unreadable_record("reprioritise", task_id);
}

awaitable<Result<std::vector<ReplayStatus>>> Store::replay(AgentKeys const& keys,
                                                           std::span<ReplayItem const> items) const {
    assert(items.size() <= Limits::dispatch_batch);
    std::vector<ReplayStatus> statuses;
    if (items.empty()) co_return statuses;
    redis::ScriptCall call(scripts::kReplay, scripts::kReplayKeys + items.size());
    add_lanes(call, keys);
    call.arg(keys.dead).arg(keys.stats);
    for (auto const& item : items)
        call.arg(keys.task(item.task_id));
    call.arg(keys.agent);
    for (auto const& item : items)
        call.arg(item.entry_id).arg(item.task_id).arg(item.payload);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const codes = read_codes("replay", reply->root(), items.size(), scripts::to_replay_code);
    if (!codes) co_return std::unexpected(codes.error());
    for (auto const code : *codes)
        statuses.push_back(status_of(code));
    co_return statuses;
}

awaitable<Result<void>> Store::set_paused(AgentKeys const& keys, bool paused) const {
    // The hash is the state; the message is a hint that may be lost.
    std::vector<Command> commands;
    commands.push_back(Command(paused ? "HSET" : "HDEL").arg(keys.control).arg("paused"));
    if (paused) commands.back().arg(1);
    auto const note = encode({.kind = paused ? ControlKind::paused : ControlKind::resumed});
    commands.push_back(Command("PUBLISH").arg(keys.control_channel).arg(note));
    auto const replies = co_await connection_->exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    co_return check_all("pause", *replies);
}

awaitable<Result<Control>> Store::control(AgentKeys const& keys) const {
    Command command("HMGET");
    command.args(keys.control, "paused", "v", "lease_ms", "max_waiting", "results", "dead", "max_retries",
                 "retention_s", "results_kept", "dead_kept");
    auto const reply = co_await connection_->exec(std::cref(command));
    if (!reply) co_return std::unexpected(reply.error());
    auto const fields = reply->root();
    if (auto const checked = check_reply("control", fields); !checked) co_return std::unexpected(checked.error());
    if (fields.size() != 10) co_return unexpected_reply("control");
    Control control;
    control.paused = fields[0].text() == "1";
    control.format = fields[1].integer().value_or(0);
    control.lease_ms = fields[2].integer();
    control.max_waiting = fields[3].integer();
    control.results_stream = fields[4].text();
    control.dead_stream = fields[5].text();
    control.max_retries = fields[6].integer();
    control.kept = read_kept(fields[7].integer(), fields[8].integer(), fields[9].integer());
    co_return control;
}

awaitable<Result<std::int64_t>> Store::prune_consumer(AgentKeys const& keys, std::string_view consumer) const {
    redis::ScriptCall call(scripts::kPruneConsumer, scripts::kPruneConsumerKeys);
    add_lanes(call, keys);
    call.arg(consumer);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const held = reply->root().integer();
    if (!held) co_return unexpected_reply("prune_consumer");
    co_return *held;
}

awaitable<Result<std::int64_t>> Store::server_time() const {
    auto command = Command("TIME");
    auto const reply = co_await connection_->exec(std::cref(command));
    if (!reply) co_return std::unexpected(reply.error());
    auto const time = reply->root();
    if (auto const checked = check_reply("server_time", time); !checked) co_return std::unexpected(checked.error());
    auto const seconds = time[0].integer();
    auto const microseconds = time[1].integer();
    if (!seconds || !microseconds) co_return unexpected_reply("server_time");
    co_return *seconds * 1'000 + *microseconds / 1'000;
}

}  // namespace leat::store
