#include "http/metrics.hpp"

#include <algorithm>
#include <array>

#include "http/metrics_text.hpp"
#include "leat/version.hpp"

namespace leat::http {
namespace {

using inspect::AgentInfo;

double seconds(std::int64_t ms) noexcept {
    return static_cast<double>(ms) / 1'000.0;
}

// One value per agent.
struct AgentMetric {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    double (*value)(AgentInfo const&);
};

constexpr auto kAgentMetrics = std::to_array<AgentMetric>({
    {"leat_tasks_scheduled", "gauge", "Tasks that wait for their due time.",
     [](AgentInfo const& agent) { return static_cast<double>(agent.depth.scheduled); }},
    {"leat_tasks_overdue_seconds", "gauge", "How long the earliest scheduled task has been due; 0 while none is.",
     [](AgentInfo const& agent) {
         return seconds(std::max<std::int64_t>(0, -agent.depth.next_due_in_ms.value_or(0)));
     }},
    {"leat_oldest_ready_age_seconds", "gauge",
     "How long the oldest waiting task has been in its lane; 0 where none waits.",
     [](AgentInfo const& agent) { return seconds(agent.depth.oldest_ready_ms().value_or(0)); }},
    {"leat_oldest_running_age_seconds", "gauge",
     "How long the longest running attempt has run, by its worker's last beat; 0 where none runs.",
     [](AgentInfo const& agent) { return seconds(agent.oldest_running_ms.value_or(0)); }},
    {"leat_oldest_unrenewed_seconds", "gauge",
     "Longest time since a running task's lease was renewed; 0 where none runs.",
     [](AgentInfo const& agent) { return seconds(agent.depth.oldest_idle_ms().value_or(0)); }},
    {"leat_lease_seconds", "gauge", "The agent's lease; 0 until a worker has registered it.",
     [](AgentInfo const& agent) { return seconds(agent.control.lease_ms.value_or(0)); }},
    {"leat_agent_paused", "gauge", "1 while the agent is paused.",
     [](AgentInfo const& agent) { return agent.control.paused ? 1.0 : 0.0; }},
    {"leat_agent_corrupt", "gauge", "1 where a key of the agent holds what Leat did not write; its other values are 0.",
     [](AgentInfo const& agent) { return agent.problem.empty() ? 0.0 : 1.0; }},
    {"leat_agent_workers", "gauge", "Live workers that serve the agent.",
     [](AgentInfo const& agent) { return static_cast<double>(agent.workers); }},
    {"leat_agent_slots", "gauge", "Tasks that the agent's workers can run at once.",
     [](AgentInfo const& agent) { return static_cast<double>(agent.slots); }},
    {"leat_dead_letters", "gauge", "Dead letters kept, replayed ones included.",
     [](AgentInfo const& agent) { return static_cast<double>(agent.depth.dead); }},
    {"leat_results_entries", "gauge", "Entries of the archive of results.",
     [](AgentInfo const& agent) { return static_cast<double>(agent.depth.results); }},
    {"leat_tasks_dispatched_total", "counter", "Tasks stored.",
     [](AgentInfo const& agent) { return static_cast<double>(counter_of(agent.totals, "dispatched")); }},
    {"leat_tasks_duplicate_total", "counter", "Dispatches of an id that existed.",
     [](AgentInfo const& agent) { return static_cast<double>(counter_of(agent.totals, "duplicates")); }},
    {"leat_tasks_retried_total", "counter", "Attempts that ended in a retry.",
     [](AgentInfo const& agent) { return static_cast<double>(counter_of(agent.totals, "retried")); }},
    {"leat_tasks_replayed_total", "counter", "Dead tasks brought back.",
     [](AgentInfo const& agent) { return static_cast<double>(counter_of(agent.totals, "replayed")); }},
    {"leat_verdicts_stale_total", "counter", "Verdicts that came too late and changed nothing.",
     [](AgentInfo const& agent) { return static_cast<double>(counter_of(agent.totals, "stale")); }},
    {"leat_log_lines_dropped_total", "counter", "Lines of handlers that were not kept in their tasks' logs.",
     [](AgentInfo const& agent) { return static_cast<double>(counter_of(agent.totals, store::kLogDropped)); }},
});

// Several counters of an agent in one family, told apart by a label.
struct LabelledCounter {
    std::string_view counter;  // in Redis
    std::string_view label;
};
constexpr std::array<LabelledCounter, 4> kOutcomes{
    {{"succeeded", "succeeded"}, {"dead", "dead"}, {"cancelled", "cancelled"}, {"expired", "expired"}}};
constexpr std::array<LabelledCounter, 2> kRedeliveries{{{"reclaimed", "lease_lapsed"}, {"released", "given_back"}}};

struct LatencyMetric {
    std::string_view name;
    std::string_view family;  // in Redis
    std::string_view help;
};
constexpr std::array<LatencyMetric, 3> kLatencies{
    {{"leat_handler_seconds", "run", "Run time of attempts."},
     {"leat_queue_wait_seconds", "wait", "From entering a lane to the start of an attempt."},
     {"leat_end_to_end_seconds", "end", "From dispatch to the recorded outcome, delays and retries included."}}};

void lanes_of(MetricsText& text, std::vector<AgentInfo> const& agents, std::string_view name, std::string_view help,
              std::int64_t store::LaneDepth::*field) {
    text.family(name, "gauge", help);
    for (auto const& agent : agents) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            text.sample({{"agent", agent.agent}, {"lane", to_string(static_cast<Lane>(lane))}},
                        static_cast<double>(agent.depth.lanes[lane].*field));
        }
    }
}

void counters_of(MetricsText& text, std::vector<AgentInfo> const& agents, std::string_view label,
                 std::span<LabelledCounter const> counters) {
    for (auto const& agent : agents)
        for (auto const& counter : counters)
            text.sample({{"agent", agent.agent}, {label, counter.label}},
                        static_cast<double>(counter_of(agent.totals, counter.counter)));
}

void add_agents(MetricsText& text, std::vector<AgentInfo> const& agents) {
    lanes_of(text, agents, "leat_tasks_ready", "Tasks that wait in a lane for a worker.", &store::LaneDepth::ready);
    lanes_of(text, agents, "leat_tasks_running", "Tasks handed out to workers.", &store::LaneDepth::running);
    for (auto const& metric : kAgentMetrics) {
        text.family(metric.name, metric.type, metric.help);
        for (auto const& agent : agents)
            text.sample({{"agent", agent.agent}}, metric.value(agent));
    }
    text.family("leat_tasks_finished_total", "counter", "Recorded outcomes.");
    counters_of(text, agents, "outcome", kOutcomes);
    text.family("leat_tasks_redelivered_total", "counter",
                "Deliveries of tasks that had been handed out before, by cause.");
    counters_of(text, agents, "cause", kRedeliveries);
    for (auto const& latency : kLatencies) {
        text.family(latency.name, "histogram", latency.help);
        for (auto const& agent : agents) {
            auto const sum = counter_of(agent.totals, std::string(latency.family) + ":sum_ms");
            text.histogram({{"agent", agent.agent}}, histogram_of(agent.totals, latency.family), seconds(sum));
        }
    }
}

// Whether the server keeps what it holds.
struct ServerMetric {
    std::string_view name;
    std::string_view help;
    double (*value)(store::ServerFacts const&);
};
constexpr auto kServerMetrics = std::to_array<ServerMetric>({
    {"leat_redis_aof_write_ok", "0 where the last write to the append-only file, or its last rewrite, failed.",
     [](store::ServerFacts const& server) { return server.aof_write_ok ? 1.0 : 0.0; }},
    {"leat_redis_save_ok", "0 where the last snapshot failed.",
     [](store::ServerFacts const& server) { return server.save_ok ? 1.0 : 0.0; }},
    {"leat_redis_loading", "1 while Redis reads its data after a start, and answers few commands.",
     [](store::ServerFacts const& server) { return server.loading ? 1.0 : 0.0; }},
    {"leat_redis_replicas", "Connected replicas.",
     [](store::ServerFacts const& server) { return static_cast<double>(server.replicas); }},
    {"leat_redis_replica_lag_bytes", "How far behind the slowest replica is.",
     [](store::ServerFacts const& server) { return static_cast<double>(server.replica_lag_bytes); }},
    {"leat_redis_replica_lag_seconds", "Longest time since a replica acknowledged.",
     [](store::ServerFacts const& server) { return static_cast<double>(server.replica_lag_seconds); }},
    {"leat_redis_link_ok", "0 where this server is a replica that lost its master.",
     [](store::ServerFacts const& server) { return server.link_ok ? 1.0 : 0.0; }},
});

void add_server(MetricsText& text, store::ServerFacts const& server) {
    text.family("leat_redis_info", "gauge", "The server: kind, version and role.");
    text.sample({{"kind", server.kind}, {"version", server.version}, {"role", server.role}}, 1);
    text.family("leat_redis_memory_used_bytes", "gauge", "Memory in use by Redis.");
    text.sample({}, static_cast<double>(server.used_memory_bytes));
    text.family("leat_redis_memory_max_bytes", "gauge", "Redis' memory limit; 0: none.");
    text.sample({}, static_cast<double>(server.maxmemory_bytes));
    text.family("leat_redis_eviction_possible", "gauge", "1 where the server may evict keys, and so lose tasks.");
    text.sample({}, server.maxmemory_policy == "noeviction" ? 0 : 1);
    text.family("leat_redis_aof_enabled", "gauge", "1 where the append-only file is on.");
    text.sample({}, server.aof_enabled ? 1 : 0);
    for (auto const& metric : kServerMetrics) {
        text.family(metric.name, "gauge", metric.help);
        text.sample({}, metric.value(server));
    }
}

void add_alerts(MetricsText& text, std::vector<inspect::Alert> const& firing, outbound::PostCounts const& webhook) {
    text.family("leat_alerts_firing", "gauge", "1 for each alert of leat.toml that fires.");
    for (auto const& alert : firing)
        text.sample({{"alert", to_string(alert.kind)}, {"agent", alert.agent}, {"severity", to_string(alert.severity)}},
                    1);
    text.family("leat_webhook_posts_total", "counter", "Posts of alerts by what became of them.");
    text.sample({{"outcome", "sent"}}, static_cast<double>(webhook.sent));
    text.sample({{"outcome", "failed"}}, static_cast<double>(webhook.failed));
    text.sample({{"outcome", "dropped"}}, static_cast<double>(webhook.dropped));
}

void add_times(MetricsText& text, RequestTimes const* times) {
    text.family("leat_http_request_seconds", "histogram",
                "From the whole request to the whole answer, by operation; waiting that was asked for is left out.");
    if (times == nullptr) return;
    for (auto const& [route, of] : times->all())
        text.histogram({{"operation", route}}, of.histogram, of.sum_seconds);
}

}  // namespace

core::Histogram histogram_of(store::Counters const& counters, std::string_view family) {
    core::Histogram histogram;
    auto const first = std::string(family) + ":";
    for (auto at = counters.lower_bound(first); at != counters.end() && at->first.starts_with(first); ++at) {
        auto const bucket = core::Histogram::bucket_of_field(family, at->first);
        if (bucket && at->second > 0) histogram.add(*bucket, static_cast<std::uint64_t>(at->second));
    }
    return histogram;
}

std::int64_t counter_of(store::Counters const& counters, std::string_view name) {
    auto const found = counters.find(name);
    return found == counters.end() ? 0 : std::max<std::int64_t>(0, found->second);
}

std::string metrics_text(inspect::Overview const* overview, ServerCounters const& counters,
                         std::vector<inspect::Alert> const& firing) {
    MetricsText text;
    text.family("leat_build_info", "gauge", "The version of this process.");
    text.sample({{"version", LEAT_VERSION}}, 1);
    text.family("leat_redis_up", "gauge", "1 while Redis answers; without it there is nothing about agents here.");
    text.sample({}, overview != nullptr ? 1 : 0);
    text.family("leat_http_requests_total", "counter", "Requests read.");
    text.sample({}, static_cast<double>(counters.requests));
    text.family("leat_http_connections_refused_total", "counter", "Connections over the limit.");
    text.sample({}, static_cast<double>(counters.refused));
    text.family("leat_http_connections", "gauge", "Open connections.");
    text.sample({}, static_cast<double>(counters.connections));
    text.family("leat_http_streams", "gauge", "Open event streams.");
    text.sample({}, static_cast<double>(counters.streams));
    add_alerts(text, firing, counters.webhook);
    text.family("leat_http_traceparents_ignored_total", "counter",
                "Malformed traceparent headers; their tasks went on.");
    text.sample({}, static_cast<double>(counters.traceparents_ignored));
    add_spans(text, counters.spans);
    add_times(text, counters.times);
    if (overview == nullptr) return text.take();
    text.family("leat_overview_age_seconds", "gauge", "Age of what follows.");
    text.sample({}, counters.overview_age_seconds);
    text.family("leat_agents_left_out", "gauge",
                "Agents beyond the first 1,000 by name: there is nothing of them here.");
    text.sample({}, static_cast<double>(overview->agents_left_out));
    text.family("leat_workers", "gauge", "Workers that beat lately, by whether they drain.");
    auto const draining = std::ranges::count_if(overview->workers, &store::WorkerBeat::draining);
    text.sample({{"state", "serving"}}, static_cast<double>(std::ssize(overview->workers) - draining));
    text.sample({{"state", "draining"}}, static_cast<double>(draining));
    add_server(text, overview->server);
    add_agents(text, overview->agents);
    return text.take();
}

}  // namespace leat::http
