// Every scenario runs from its begin to its end and answers what its description promises. Nothing is said of speed.
#include <gtest/gtest.h>

#include <cstdlib>

#include "leat/json.hpp"
#include "program_runner.hpp"

namespace leat::cli::testing {
namespace {

struct Scenario {
    std::string name;
    std::size_t phases;
    std::vector<std::string> arguments{};
};

class BenchTest : public ::testing::TestWithParam<Scenario> {};

TEST_P(BenchTest, RunsAndAnswersOneLine) {
    auto const& scenario = GetParam();
    std::vector<std::string> arguments{"bench", scenario.name, "--quick", "--json"};
    arguments.insert(arguments.end(), scenario.arguments.begin(), scenario.arguments.end());
    auto const outcome = run_leat(arguments);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    auto const report = json::parse(outcome.out);
    EXPECT_EQ(report.at("bench"), scenario.name);
    EXPECT_FALSE(report.at("redis").get<std::string>().empty());
    EXPECT_EQ(report.at("appendonly"), "no");
    EXPECT_EQ(report.at("stream_node_max_bytes"), 4096);
    EXPECT_EQ(report.at("runs"), 1);
    ASSERT_EQ(report.at("phases").size(), scenario.phases);
    for (auto const& phase : report.at("phases")) {
        EXPECT_GT(phase.at("tasks").get<std::int64_t>(), 0) << phase;
        EXPECT_GT(phase.at("tasks_per_s").get<std::int64_t>(), 0) << phase;
        EXPECT_GT(phase.at("own_rss_mib").get<double>(), 0) << phase;
        EXPECT_GT(phase.at("redis_rss_mib").get<double>(), 0) << phase;
        bool const has_worker = phase.at("phase").get<std::string>().find("dispatched") == std::string::npos;
        if (scenario.name == "fanout" && has_worker) {
            EXPECT_EQ(phase.at("lost_leases"), 0) << phase;
            EXPECT_EQ(phase.at("stale_verdicts"), 0) << phase;
        }
        if (phase.contains("latency")) {
            EXPECT_NE(phase.at("latency").at("max_ms"), 0) << phase;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, BenchTest,
                         ::testing::Values(Scenario{"limit", 3},
                                           Scenario{"noop", 3, {"--agents", "2", "--processes", "2"}},
                                           Scenario{"latency", 7}, Scenario{"article", 2}, Scenario{"fanout", 4},
                                           Scenario{"exec", 3}, Scenario{"delayed", 1}, Scenario{"soak", 1}),
                         [](auto const& scenario) { return scenario.param.name; });

}  // namespace
}  // namespace leat::cli::testing
