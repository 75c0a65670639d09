#include "store/gauge.hpp"

#include <utility>

#include "redis/script.hpp"
#include "scripts.gen.hpp"
#include "store/script_reply.hpp"

namespace leat::store {

using boost::asio::awaitable;

awaitable<Result<Gauge>> note_gauge(redis::Connection& connection, AgentKeys const& keys, std::int64_t minute) {
    redis::ScriptCall call(scripts::kGauge, scripts::kGaugeKeys);
    add_lanes(call, keys);
    call.arg(keys.scheduled).arg(keys.stats_minute(minute));
    auto const reply = co_await redis::call(connection, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const root = reply->root();
    auto const ready = root[0].integer();
    auto const running = root[1].integer();
    auto const scheduled = root[2].integer();
    if (root.size() != 3 || !ready || !running || !scheduled) co_return unexpected_reply("gauge");
    co_return Gauge{*ready, *running, *scheduled};
}

}  // namespace leat::store
