// Which runs count: those in which nobody else had the machine.
#include "bench/report.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace leat::cli::bench::testing {
namespace {

Phase phase_of(std::string name, double seconds, std::optional<double> steal) {
    Phase phase;
    phase.name = std::move(name);
    phase.tasks = 100;
    phase.seconds = seconds;
    phase.steal = steal;
    return phase;
}

TEST(BenchReport, ADisturbedRunDoesNotCountForThatPhase) {
    std::vector<RunPhases> const runs{{phase_of("drain", 1, 0.001), phase_of("both", 2, 0.2)},
                                      {phase_of("drain", 10, 0.3), phase_of("both", 4, 0.004)},
                                      {phase_of("drain", 1, 0.01), phase_of("both", 4, 0)}};
    EXPECT_EQ(undisturbed_runs(runs, 0.01), 2);
    auto const phases = summarize(runs, 0.01);
    ASSERT_EQ(phases.size(), 2U);
    EXPECT_EQ(phases[0].per_second, 100);
    EXPECT_EQ(phases[0].per_second_min, 100);
    EXPECT_EQ(phases[0].runs, 2);
    EXPECT_EQ(phases[0].disturbed, 1);
    EXPECT_EQ(phases[0].median.steal, 0.01);
    EXPECT_EQ(phases[1].per_second, 25);
    EXPECT_EQ(json_of(phases[1]).at("runs_disturbed"), 1);
    EXPECT_NE(table_of(phases).text(false).find("2 of 3"), std::string::npos);
}

TEST(BenchReport, AllRunsCountWhereNothingIsAskedOrTold) {
    std::vector<RunPhases> const runs{{phase_of("drain", 1, 0.9)}, {phase_of("drain", 3, std::nullopt)}};
    EXPECT_EQ(undisturbed_runs(runs, 1), 2);
    EXPECT_EQ(undisturbed_runs(runs, 0.01), 1);
    EXPECT_EQ(summarize(runs, 1).front().disturbed, 0);
    EXPECT_FALSE(json_of(summarize({runs.back()}, 0.01).front()).contains("steal"));
}

TEST(BenchReport, APhaseThatWasAlwaysDisturbedHasNoFigures) {
    std::vector<RunPhases> const runs{{phase_of("drain", 1, 0.02)}, {phase_of("drain", 1, 0.03)}};
    EXPECT_EQ(undisturbed_runs(runs, 0.01), 0);
    EXPECT_THROW(static_cast<void>(summarize(runs, 0.01)), std::runtime_error);
}

}  // namespace
}  // namespace leat::cli::bench::testing
