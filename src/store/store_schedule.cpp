// Scheduled tasks that become due.
#include <cassert>

#include "scripts.gen.hpp"
#include "store/script_reply.hpp"
#include "store/store.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;

// The script's reply: number promoted, ms until the next due time or -1, ids due now.
Result<PromoteReply> read_promoted(redis::ReplyView reply) {
    auto const promoted = reply[0].integer();
    auto const next = reply[1].integer();
    if (reply.size() != 3 || !promoted || !next || !reply[2].is_aggregate()) return unexpected_reply("promote");
    PromoteReply result;
    result.promoted = *promoted;
    if (*next >= 0) result.next_due_in_ms = *next;
    for (auto const id : reply[2])
        result.due.emplace_back(id.text());
    return result;
}

}  // namespace

awaitable<Result<PromoteReply>> Store::promote(AgentKeys const& keys, std::span<std::string const> ids,
                                               std::size_t most) const {
    assert(ids.size() <= Limits::dispatch_batch);
    redis::ScriptCall call(scripts::kPromote, scripts::kPromoteKeys + ids.size());
    add_lanes(call, keys);
    call.arg(keys.scheduled).arg(keys.stats);
    for (auto const& id : ids)
        call.arg(keys.task(id));
    call.arg(static_cast<std::int64_t>(most));
    for (auto const& id : ids)
        call.arg(id);
    auto const reply = co_await redis::call(*connection_, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    co_return read_promoted(reply->root());
}

}  // namespace leat::store
