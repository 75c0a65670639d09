// New tasks.
#include <algorithm>
#include <cassert>

#include "scripts.gen.hpp"
#include "store/durability_way.hpp"
#include "store/script_reply.hpp"
#include "store/store.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using scripts::DispatchCode;

constexpr std::size_t kItemBytes = 256;  // of an item apart from its payload, about

// The options in one argument: most tasks have none but the defaults, which is an empty one.
std::string text_of(DispatchItem const& item) {
    auto const plain = item.lane == Lane::normal && item.priority == 0 && item.delay_ms <= 0 && !item.max_retries &&
                       !item.timeout_ms && item.traceparent.empty();
    if (plain) return {};
    std::string text(to_string(item.lane));
    text.append(" ").append(std::to_string(item.priority)).append(" ");
    text.append(std::to_string(std::max<std::int64_t>(item.delay_ms, 0)));
    text.append(" ");
    if (item.max_retries) text.append(std::to_string(std::max<std::int64_t>(*item.max_retries, 0)));
    text.append(" ");
    if (item.timeout_ms) text.append(std::to_string(std::max<std::int64_t>(*item.timeout_ms, 1)));
    return text.append(" ").append(item.traceparent);
}

redis::ScriptCall dispatch_call(AgentKeys const& keys, std::span<DispatchItem const> items,
                                std::optional<std::int64_t> max_waiting) {
    redis::ScriptCall call(scripts::kDispatch, scripts::kDispatchKeys + items.size());
    std::size_t bytes = kItemBytes;
    for (auto const& item : items)
        bytes += item.payload.size() + item.id.size() + kItemBytes;
    call.reserve(bytes);
    add_lanes(call, keys);
    call.arg(keys.scheduled).arg(keys.stats).arg(keys.control);
    for (auto const& item : items)
        call.arg(keys.task(item.id));
    call.arg(keys.agent);
    max_waiting ? call.arg(*max_waiting) : call.arg("");
    call.arg(keys.control_channel).arg(keys.task_prefix.size() + 1);
    for (auto const& item : items)
        call.arg(text_of(item)).arg(item.payload);
    return call;
}

DispatchReply reply_of(DispatchCode code) {
    constexpr auto kDuplicate = DispatchStatus::duplicate;
    switch (code) {
        case DispatchCode::created:
            return {.status = DispatchStatus::created};
        case DispatchCode::full:
            return {.status = DispatchStatus::full};
        case DispatchCode::unreadable:
            return {.status = kDuplicate, .unreadable = true};
        case DispatchCode::is_ready:
            break;
        case DispatchCode::is_scheduled:
            return {.status = kDuplicate, .state = TaskState::scheduled};
        case DispatchCode::is_succeeded:
            return {.status = kDuplicate, .state = TaskState::succeeded};
        case DispatchCode::is_dead:
            return {.status = kDuplicate, .state = TaskState::dead};
        case DispatchCode::is_cancelled:
            return {.status = kDuplicate, .state = TaskState::cancelled};
        case DispatchCode::is_expired:
            return {.status = kDuplicate, .state = TaskState::expired};
    }
    return {.status = kDuplicate, .state = TaskState::ready};
}

Result<std::vector<DispatchReply>> read_replies(redis::ReplyView reply, std::span<DispatchItem const> items) {
    std::vector<DispatchReply> replies;
    auto const codes = read_codes("dispatch", reply, items.size(), scripts::to_dispatch_code);
    if (!codes) return std::unexpected(codes.error());
    replies.reserve(codes->size());
    for (std::size_t i = 0; i < codes->size(); ++i) {
        replies.push_back(reply_of((*codes)[i]));
        if (replies.back().status == DispatchStatus::created && items[i].delay_ms > 0) {
            replies.back().state = TaskState::scheduled;
        }
    }
    return replies;
}

}  // namespace

awaitable<Result<std::vector<DispatchReply>>> Store::dispatch(AgentKeys const& keys,
                                                              std::span<DispatchItem const> items,
                                                              std::optional<std::int64_t> max_waiting) const {
    assert(items.size() <= Limits::dispatch_batch);
    if (items.empty()) co_return std::vector<DispatchReply>();
    auto call = dispatch_call(keys, items, max_waiting);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    co_return read_replies(reply->root(), items);
}

awaitable<Result<DurableReply>> Store::dispatch_durably(AgentKeys const& keys, std::span<DispatchItem const> items,
                                                        std::optional<std::int64_t> max_waiting, Durability wanted,
                                                        std::chrono::milliseconds timeout) const {
    assert(items.size() <= Limits::dispatch_batch);
    auto way = co_await durability_way(*connection_, wanted, timeout);
    if (!way) co_return std::unexpected(way.error());
    auto call = dispatch_call(keys, items, max_waiting);
    redis::ExecOptions options;
    options.reply_timeout = connection_->options().command_timeout + timeout;
    auto const replies =
        co_await redis::call_followed(*connection_, std::move(call), std::move(way->follower), options);
    if (!replies) co_return std::unexpected(replies.error());
    auto read = read_replies(replies->script.root(), items);
    if (!read) co_return std::unexpected(read.error());
    DurableReply reply;
    reply.items = std::move(*read);
    auto const reached = way->judge(replies->follower.root(), wanted, timeout);
    if (reached) {
        reply.reached = *reached;
    } else {
        reply.shortfall = reached.error();
    }
    co_return reply;
}

}  // namespace leat::store
