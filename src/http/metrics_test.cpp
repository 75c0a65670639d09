#include "http/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "http/metrics_text.hpp"
#include "http/worker_metrics.hpp"

namespace leat::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

inspect::Overview sample() {
    inspect::Overview overview;
    inspect::AgentInfo agent;
    agent.agent = "sentiment";
    agent.registered = true;
    agent.workers = 2;
    agent.slots = 32;
    agent.control.lease_ms = 30'000;
    agent.depth.lanes[0].ready = 3;
    agent.depth.lanes[2].running = 4;
    agent.depth.lanes[0].oldest_ready_ms = 1'500;
    agent.depth.lanes[2].oldest_idle_ms = 250;
    agent.oldest_running_ms = 60'000;
    agent.depth.scheduled = 5;
    agent.depth.next_due_in_ms = -2'000;
    agent.depth.dead = 6;
    agent.depth.results = 7;
    agent.totals = {{"dispatched", 100}, {"duplicates", 1},    {"succeeded", 80}, {"retried", 9},
                    {"dead", 6},         {"cancelled", 2},     {"reclaimed", 3},  {"released", 4},
                    {"stale", 1},        {"log_dropped", 4},   {"replayed", 2},   {"run:le_5", 70},
                    {"run:le_inf", 10},  {"run:sum_ms", 900},  {"wait:le_1", 80}, {"wait:sum_ms", 40},
                    {"end:le_10", 88},   {"end:sum_ms", 1'234}};
    overview.agents.push_back(agent);
    store::WorkerBeat worker;
    worker.consumer = "host.1.x";
    overview.workers.push_back(worker);
    worker.draining = true;
    overview.workers.push_back(worker);
    overview.server.kind = "redis";
    overview.server.version = "7.0.15";
    overview.server.role = "master";
    overview.server.maxmemory_policy = "noeviction";
    overview.server.used_memory_bytes = 1'000'000;
    overview.server.save_ok = false;
    overview.server.replicas = 2;
    overview.server.replica_lag_bytes = 1'234;
    overview.server.replica_lag_seconds = 3;
    return overview;
}

TEST(Metrics, AreThoseOfTheGoldenFile) {
    auto const overview = sample();
    ServerCounters counters;
    counters.requests = 12;
    counters.connections = 3;
    counters.overview_age_seconds = 0.5;
    counters.webhook = {.sent = 4, .failed = 1, .dropped = 2, .retried = 3};
    inspect::Alert alert{.kind = inspect::AlertKind::backlog_old, .agent = "sentiment"};
    alert.state = inspect::AlertState::firing;
    inspect::Alert const server{.kind = inspect::AlertKind::write_failed,
                                .severity = inspect::AlertSeverity::critical,
                                .state = inspect::AlertState::firing};
    counters.traceparents_ignored = 2;
    counters.spans = [] { return SpanCounts{.exported = 9, .overflowed = 2, .undelivered = 1}; };
    RequestTimes times;
    auto const overview_route =
        std::ranges::find(routes(), std::string_view("getOverview"), [](Route const& route) { return route.name; });
    times.add(*overview_route, std::chrono::microseconds(15'625));
    times.add(*overview_route, std::chrono::microseconds(31'250));
    counters.times = &times;
    auto const text = metrics_text(&overview, counters, {alert, server});
    auto const file = std::filesystem::path(LEAT_SOURCE_DIR) / "src/http/testdata/metrics.txt";
    if (std::getenv("LEAT_UPDATE_GOLDEN") != nullptr) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    std::ifstream stream(file);
    std::stringstream golden;
    golden << stream.rdbuf();
    EXPECT_EQ(text, golden.str()) << "names of metrics are a public interface; LEAT_UPDATE_GOLDEN=1 writes the file";
}

TEST(Metrics, OfRedisAwayTellJustThat) {
    auto const text = metrics_text(nullptr, {});
    EXPECT_THAT(text, AllOf(HasSubstr("leat_redis_up 0\n"), HasSubstr("leat_build_info{"), Not(HasSubstr("agent="))));
}

TEST(Metrics, AreLinearInAgents) {
    inspect::Overview overview = sample();
    auto const one = metrics_text(&overview, {}).size();
    overview.agents.assign(101, overview.agents.front());
    auto const more = metrics_text(&overview, {}).size();
    EXPECT_LT(more, one * 102);
}

TEST(Metrics, CountersThatSomebodySpoiledAreZero) {
    store::Counters const counters{{"dead", -5}, {"run:le_7", 3}, {"run:le_5", -1}, {"runs:le_5", 1}};
    EXPECT_EQ(counter_of(counters, "dead"), 0);
    EXPECT_EQ(counter_of(counters, "absent"), 0);
    EXPECT_EQ(histogram_of(counters, "run").count(), 0U);
}

TEST(WorkerMetrics, CountEventsByAgent) {
    EventCounts counts;
    counts.count({.kind = EventKind::connected});
    for (int i = 0; i < 3; ++i)
        counts.count({.kind = EventKind::task_succeeded, .agent = "a"});
    auto const text = counts.text(4'096);
    EXPECT_THAT(text, AllOf(HasSubstr("leat_worker_events_total{agent=\"a\",event=\"task_succeeded\"} 3\n"),
                            HasSubstr("leat_worker_redis_connected 1\n"), HasSubstr("leat_worker_draining 0\n"),
                            HasSubstr("leat_worker_resident_bytes 4096\n")));
    EXPECT_THAT(text, Not(HasSubstr("leat_spans")));
    counts.show_spans([] { return SpanCounts{.exported = 7, .undelivered = 3}; });
    EXPECT_THAT(counts.text(0), AllOf(HasSubstr("leat_spans_exported_total 7\n"),
                                      HasSubstr("leat_spans_dropped_total{cause=\"collector\"} 3\n")));
    counts.count({.kind = EventKind::disconnected});
    EXPECT_THAT(counts.text(0), HasSubstr("leat_worker_redis_connected 0\n"));
}

TEST(MetricsTextTest, EscapesLabels) {
    MetricsText text;
    text.family("m", "gauge", "Help.");
    text.sample({{"a", "x\"y\\z\nw"}}, 0.25);
    text.sample({}, 1e18);
    EXPECT_EQ(text.take(), "# HELP m Help.\n# TYPE m gauge\nm{a=\"x\\\"y\\\\z\\nw\"} 0.25\nm 1e+18\n");
}

TEST(MetricsTextTest, BucketsAreCumulativeSeconds) {
    EXPECT_EQ(bound_text(0), "0.0001");
    EXPECT_EQ(bound_text(core::Histogram::kBuckets - 1), "+Inf");
    core::Histogram histogram;
    histogram.record(std::chrono::milliseconds(1), 2);
    histogram.record(std::chrono::hours(100));
    MetricsText text;
    text.family("m", "histogram", "Help.");
    text.histogram({}, histogram, 0.002);
    auto const out = text.take();
    EXPECT_THAT(out, AllOf(HasSubstr("m_bucket{le=\"0.0005\"} 0\n"), HasSubstr("m_bucket{le=\"0.001\"} 2\n"),
                           HasSubstr("m_bucket{le=\"10000\"} 2\n"), HasSubstr("m_bucket{le=\"+Inf\"} 3\n"),
                           HasSubstr("m_sum 0.002\nm_count 3\n")));
}

}  // namespace
}  // namespace leat::http
