#include "http/overview_cache.hpp"

#include <algorithm>
#include <array>

#include "http/metrics.hpp"
#include "inspect/model_json.hpp"

namespace leat::http {
namespace {

// Totals that are summed over the agents.
constexpr auto kSummed = std::to_array<std::string_view>({"dispatched", "succeeded", "retried", "dead", "cancelled",
                                                          "expired", "stale", "reclaimed", "released", "replayed"});

}  // namespace

json server_json(store::ServerFacts const& server) {
    return {{"kind", server.kind},
            {"version", server.version},
            {"role", server.role},
            {"used_memory_bytes", server.used_memory_bytes},
            {"maxmemory_bytes", server.maxmemory_bytes},
            {"maxmemory_policy", server.maxmemory_policy},
            {"aof_enabled", server.aof_enabled},
            {"aof_write_ok", server.aof_write_ok},
            {"save_ok", server.save_ok},
            {"loading", server.loading},
            {"replicas", server.replicas},
            {"replica_lag_bytes", server.replica_lag_bytes},
            {"replica_lag_seconds", server.replica_lag_seconds},
            {"link_ok", server.link_ok}};
}

json overview_json(inspect::Overview const& overview, json alerts) {
    auto agents = json::array();
    std::int64_t ready = 0;
    std::int64_t running = 0;
    std::int64_t scheduled = 0;
    std::int64_t dead = 0;
    auto totals = json::object();
    for (auto const name : kSummed)
        totals[std::string(name)] = 0;
    for (auto const& agent : overview.agents) {
        auto object = inspect::json_of(agent);
        object.erase("lanes");
        agents.push_back(std::move(object));
        ready += agent.depth.ready();
        running += agent.depth.running();
        scheduled += agent.depth.scheduled;
        dead += agent.depth.dead;
        for (auto const name : kSummed) {
            auto& total = totals[std::string(name)];
            total = total.get<std::int64_t>() + counter_of(agent.totals, name);
        }
    }
    return {{"now", overview.now},
            {"ready", ready},
            {"running", running},
            {"scheduled", scheduled},
            {"dead_letters", dead},
            {"workers", overview.workers.size()},
            {"totals", std::move(totals)},
            {"agents", std::move(agents)},
            {"all_agents", overview.all_agents},
            {"alerts", std::move(alerts)},
            {"redis", server_json(overview.server)}};
}

boost::asio::awaitable<Result<SnapshotPtr>> OverviewCache::get(std::chrono::milliseconds age) {
    auto const ask = [this] { return poll(); };
    co_return co_await shared_.get(age, ask);
}

boost::asio::awaitable<Result<Snapshot>> OverviewCache::poll() {
    auto overview = co_await inspector_.overview(kOverviewAgentsMax);
    auto alerts = seen_(overview);
    if (!overview) co_return std::unexpected(std::move(overview).error());
    Snapshot snapshot;
    snapshot.text = inspect::dump(overview_json(*overview, std::move(alerts)));
    snapshot.overview = std::move(*overview);
    snapshot.number = ++polls_;
    snapshot.taken = clock_.now();
    co_return snapshot;
}

}  // namespace leat::http
