// What faults that lose something excuse, what the rows of the matrix expect, and what is left at the end: each on a
// history that keeps it and on ones that do not.
#include "chaos/losses.hpp"

#include <gtest/gtest.h>

#include "chaos/checker_case.hpp"

namespace leat::cli::chaos {
namespace {

using testing::Case;
using testing::crash_and_repeat;
using testing::Tale;
using testing::violated;

class LossCheck : public ::testing::TestWithParam<Case> {};

TEST_P(LossCheck, SeesWhatIsWrong) {
    testing::expect(GetParam());
}

// Two attempts of a task, a fault that takes 2 s, so many ms after them, and both attempts again.
void run_twice(Tale& tale, std::int64_t later) {
    tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1", "retry").event("w1", "t", "task_retried");
    tale.begin("w2", "t", "w2/1", 2).finish("w2", "t", "w2/1", "success", 2).event("w2", "t", "task_succeeded", 2);
    tale.later(later).fault("1", "duplicates losses=2000").fault_end("1");
    tale.begin("w1", "t", "w1/2").finish("w1", "t", "w1/2", "retry").event("w1", "t", "task_retried");
    tale.outcome("w1", "t", "w1/2", "retry").begin("w2", "t", "w2/2", 2).finish("w2", "t", "w2/2", "success", 2);
    tale.event("w2", "t", "task_succeeded", 2).outcome("w2", "t", "w2/2", "success", 2).record("t", "succeeded");
}

Case const kLossCases[] = {
    {"C1_declared",
     [](Tale& tale) { tale.created("t").record("t", "missing").fault("1", "losses=100").fault_end("1"); }, ""},
    {"C1_older_than_declared",
     [](Tale& tale) { tale.created("t").record("t", "missing").later(200).fault("1", "losses=100").fault_end("1"); },
     "C1"},
    {"C1_accepted_after_what_was_lost",
     [](Tale& tale) { tale.fault("1", "losses=100").taken("1").created("t").fault_end("1").record("t", "missing"); },
     "C1"},
    {"C1_an_earlier_receipt_is_a_receipt",
     [](Tale& tale) {
         tale.created("t").later(200).call(Op::dispatch, "t", "duplicate", "ready");
         tale.fault("1", "losses=100").fault_end("1").record("t", "missing");
     },
     "C1"},
    {"C1_lost_twice",
     [](Tale& tale) {
         tale.created("t").fault("1", "losses=100").fault_end("1").later(1'000);
         tale.created("t").fault("2", "losses=100").fault_end("2").record("t", "missing");
     },
     ""},
    {"C1_destroyed_by_name",
     [](Tale& tale) {
         tale.created("t").damage("t", "whole").told("w1", "audit_found").record("t", "missing").count("dispatched", 1);
     },
     ""},
    {"C1_handed_in_after_it_was_destroyed",
     [](Tale& tale) {
         tale.damage("t", "whole").created("t").told("w1", "audit_found").record("t", "missing");
         tale.count("dispatched", 1);
     },
     "C1"},
    {"C1_a_deleted_message_is_no_excuse",
     [](Tale& tale) {
         tale.created("t").damage("t", "message").told("w1", "audit_found").record("t", "missing");
         tale.count("dispatched", 1);
     },
     "C1"},
    {"C1_lived_when_all_was_emptied",
     [](Tale& tale) {
         tale.record("before", "missing");
         tale.created("t").begin("w1", "t", "w1/1");
         tale.fault("1", "duplicates emptied").taken("1").fault_end("1").finish("w1", "t", "w1/1");
         tale.event("w1", "t", "task_stale").record("t", "missing").count("dispatched", 1);
     },
     ""},
    {"C1_handed_in_again_after_all_was_emptied_and_lost",
     [](Tale& tale) {
         tale.record("before", "missing");
         tale.created("t").fault("1", "duplicates emptied").taken("1").created("t").fault_end("1");
         tale.told("w1", "data_reset").told("w2", "data_reset").record("t", "missing").count("dispatched", 2);
     },
     "C1 C9"},
    {"C3_told_twice_after_the_first_was_undone",
     [](Tale& tale) {
         tale.created("t").later(200).begin("w1", "t", "w1/1").finish("w1", "t", "w1/1");
         tale.event("w1", "t", "task_succeeded").fault("1", "duplicates losses=100").fault_end("1");
         tale.begin("w2", "t", "w2/1").finish("w2", "t", "w2/1").event("w2", "t", "task_succeeded");
         tale.outcome("w2", "t", "w2/1").record("t", "succeeded");
     },
     ""},
    {"C3_told_twice_long_before_anything_was_lost",
     [](Tale& tale) {
         tale.fault("1", "duplicates").created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1");
         tale.event("w1", "t", "task_succeeded").begin("w2", "t", "w2/1").finish("w2", "t", "w2/1");
         tale.event("w2", "t", "task_succeeded").fault_end("1").later(60'000);
         tale.fault("2", "duplicates losses=2000").fault_end("2");
         tale.outcome("w2", "t", "w2/1").record("t", "succeeded");
     },
     "C3"},
    {"C3_the_record_disagrees_although_something_was_lost",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1").outcome("w1", "t", "w1/1");
         tale.fault("1", "losses=2000").fault_end("1").record("t", "cancelled");
     },
     "C3"},
    {"C9_counted_and_not_there_although_something_was_lost",
     [](Tale& tale) { tale.fault("1", "losses=2000").fault_end("1").count("succeeded", 1).count("dispatched", 1); },
     "C9"},
    {"C9_as_uncertain_as_the_tasks_that_were_destroyed",
     [](Tale& tale) {
         tale.created("t").damage("t", "whole").told("w1", "audit_found").record("t", "missing").count("dispatched", 1);
     },
     ""},
    {"C9_more_uncertain_than_that",
     [](Tale& tale) {
         tale.created("t").damage("t", "whole").told("w1", "audit_found").record("t", "missing").count("dispatched", 2);
     },
     "C9"},
    {"C9_a_killed_workers_consumer_that_holds_nothing",
     [](Tale& tale) { tale.fault("1", "duplicates only=w1").kill("w1").fault_end("1").consumer("host.w1", 0); }, ""},
    {"C9_a_killed_workers_consumer_that_holds_something",
     [](Tale& tale) { tale.fault("1", "duplicates only=w1").kill("w1").fault_end("1").consumer("host.w1", 2); }, "C9"},
    {"C9_a_consumer_of_nobody", [](Tale& tale) { tale.consumer("host.w9", 0); }, "C9"},
    {"C9_a_consumer_that_an_orderly_stop_left_behind",
     [](Tale& tale) { tale.ask("w1").gone("w1", "exit 0").consumer("host.w1", 0); }, "C9"},
    {"C10_forgotten_although_nothing_of_it_was_lost",
     [](Tale& tale) {
         tale.success("w1", "t").later(60'000).fault("1", "losses=2000").fault_end("1");
         tale.call(Op::dispatch, "t", "created");
     },
     "C10 C11"},
    {"C10_seen_and_undone",
     [](Tale& tale) {
         tale.created("t").later(60'000).begin("w1", "t", "w1/1").finish("w1", "t", "w1/1");
         tale.event("w1", "t", "task_succeeded").call(Op::look, "t", "succeeded");
         tale.fault("1", "duplicates losses=2000").taken("1").call(Op::look, "t", "running").fault_end("1");
         tale.begin("w2", "t", "w2/1").finish("w2", "t", "w2/1").event("w2", "t", "task_succeeded");
         tale.outcome("w2", "t", "w2/1").record("t", "succeeded");
     },
     ""},
    {"C11_created_again_after_it_was_undone",
     [](Tale& tale) {
         tale.created("t").fault("1", "losses=2000").fault_end("1").created("t").begin("w1", "t", "w1/1");
         tale.finish("w1", "t", "w1/1").outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     ""},
    {"R1_in_time",
     [](Tale& tale) {
         tale.fault("1", "duplicates only=w1", "worker-kill");
         crash_and_repeat(tale);
         tale.fault_end("1").worker("w1");
     },
     ""},
    {"R1_too_late",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").fault("1", "duplicates only=w1", "worker-kill").kill("w1");
         tale.fault_end("1").later(9'000).begin("w2", "t", "w2/1").finish("w2", "t", "w2/1");
         tale.outcome("w2", "t", "w2/1").record("t", "succeeded").worker("w1");
     },
     "R1"},
    {"R1_too_late_because_of_something_else",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").fault("1", "duplicates only=w1", "worker-kill").kill("w1");
         tale.fault_end("1").fault("2", "duplicates overlaps", "redis-stall").later(9'000).fault_end("2");
         tale.begin("w2", "t", "w2/1").finish("w2", "t", "w2/1");
         tale.outcome("w2", "t", "w2/1").record("t", "succeeded").worker("w1");
     },
     ""},
    {"R4_drained", [](Tale& tale) { tale.ask("w1").later(9'000).gone("w1", "exit 0"); }, ""},
    {"R4_drained_too_slowly", [](Tale& tale) { tale.ask("w1").later(30'000).gone("w1", "exit 0"); }, "R4"},
    {"R5_a_crash", [](Tale& tale) { tale.gone("w1", "signal 11"); }, "R5"},
    {"R5_an_exit", [](Tale& tale) { tale.gone("w1", "exit 1"); }, "R5"},
    {"R9_told",
     [](Tale& tale) {
         tale.record("before", "missing");
         tale.later(20'000).fault("1", "duplicates emptied").taken("1").fault_end("1").later(5'000);
         tale.told("w1", "data_reset").told("w2", "data_reset").later(60'000);
     },
     ""},
    {"R9_one_worker_is_silent",
     [](Tale& tale) {
         tale.record("before", "missing");
         tale.later(20'000).fault("1", "duplicates emptied").taken("1").fault_end("1").later(5'000);
         tale.told("w1", "data_reset").later(60'000);
     },
     "R9"},
    {"R9_a_storm",
     [](Tale& tale) {
         tale.record("before", "missing");
         tale.fault("1", "duplicates emptied").taken("1");
         for (int i = 0; i < 40; ++i)
             tale.later(50).told("w1", "service_error", "fetcher");
         tale.fault_end("1");
     },
     "R9"},
    {"R9_errors_that_become_rare",
     [](Tale& tale) {
         tale.record("before", "missing");
         tale.fault("1", "duplicates emptied").taken("1");
         for (int i = 0; i < 40; ++i)
             tale.later(1'000).told("w1", "service_error", "fetcher");
         tale.told("w1", "data_reset").told("w2", "data_reset").fault_end("1");
     },
     ""},
    {"R16_closed_and_told",
     [](Tale& tale) {
         tale.created("t").damage("t", "message").event("w1", "t", "audit_repaired");
         tale.outcome("", "t", "", "dead").letter("t", "message_missing").record("t", "dead");
     },
     ""},
    {"R16_closed_in_silence",
     [](Tale& tale) {
         tale.created("t").damage("t", "message");
         tale.outcome("", "t", "", "dead").letter("t", "message_missing").record("t", "dead");
     },
     "R16"},
    {"C7_message_missing_and_nobody_deleted_it",
     [](Tale& tale) {
         tale.created("t").event("w1", "t", "audit_repaired");
         tale.outcome("", "t", "", "dead").letter("t", "message_missing").record("t", "dead");
     },
     "C7"},
    {"R18_ended_before_the_other",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").fault("1", "duplicates overlaps only=w1", "partition").later(2'500);
         tale.finish("w1", "t", "w1/1", "retry").later(500).begin("w2", "t", "w2/1").finish("w2", "t", "w2/1");
         tale.outcome("w2", "t", "w2/1").record("t", "succeeded").fault_end("1");
     },
     ""},
    {"R18_ran_on",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").fault("1", "duplicates overlaps only=w1", "partition").later(3'500);
         tale.begin("w2", "t", "w2/1").finish("w2", "t", "w2/1");
         tale.outcome("w2", "t", "w2/1").record("t", "succeeded").finish("w1", "t", "w1/1", "retry").fault_end("1");
     },
     "R18"},
    {"C8_verdicts_that_were_undone_after_the_next_run_had_begun", [](Tale& tale) { run_twice(tale, 500); }, ""},
    {"C8_verdicts_that_nothing_can_have_undone", [](Tale& tale) { run_twice(tale, 10'000); }, "C3 C8"},
    {"C10_seen_dead_and_undone_altogether",
     [](Tale& tale) {
         tale.call(Op::dispatch, "t", "created", {}, 0, 0).begin("w1", "t", "w1/1");
         tale.finish("w1", "t", "w1/1", "retry").event("w1", "t", "task_dead");
         tale.call(Op::dispatch, "t", "duplicate", "dead", 0, 0);
         tale.fault("1", "duplicates losses=2000").fault_end("1");
         tale.call(Op::dispatch, "t", "created", {}, 0, 0).begin("w2", "t", "w2/1");
         tale.finish("w2", "t", "w2/1", "retry").event("w2", "t", "task_dead");
         tale.outcome("w2", "t", "w2/1", "dead").letter("t", "failed").record("t", "dead");
     },
     ""},
};

INSTANTIATE_TEST_SUITE_P(All, LossCheck, ::testing::ValuesIn(kLossCases),
                         [](auto const& one) { return std::string(one.param.name); });

// What had ended is in the history, what comes after is judged like everything else, and only what lived is excused.
TEST(Losses, AnEmptiedRedisExcusesOnlyWhatLived) {
    Tale tale;
    tale.success("w1", "before").created("lived").begin("w1", "lived", "w1/7");
    tale.fault("1", "duplicates overlaps emptied", "redis-empty-restart").taken("1").fault_end("1");
    tale.told("w1", "data_reset").told("w2", "data_reset").finish("w1", "lived", "w1/7");
    tale.event("w1", "lived", "task_stale").record("lived", "missing").count("dispatched", 1);
    tale.success("w2", "after");
    auto entries = tale.entries();
    // The record of what was before went too.
    std::erase_if(entries, [](Entry const& entry) { return entry.op == Op::record && entry.task == "before"; });
    auto const report = Tale::judge(entries);
    EXPECT_EQ(violated(report), "");
    EXPECT_EQ(report.declared_losses, std::vector<std::string>{"a/lived (redis-empty-restart)"});
    EXPECT_EQ(report.counts.fully_checked, 2);
    EXPECT_EQ(report.counts.excused.at("redis-empty-restart"), 1);
    EXPECT_EQ(report.counts.losses.at("redis-empty-restart"), 1);
    EXPECT_EQ(report.counts.repeats.at("redis-empty-restart"), 1);
    std::erase_if(entries, [](Entry const& entry) { return entry.op == Op::outcome && entry.task == "after"; });
    EXPECT_EQ(violated(Tale::judge(entries)), "C3 C8 C9");
}

// The same id, handed in again: another life with an outcome of its own.
TEST(Losses, ATaskMayLiveAgainAfterRedisWasEmptied) {
    Tale tale;
    tale.success("w1", "t").fault("1", "duplicates emptied").taken("1").fault_end("1");
    tale.told("w1", "data_reset").told("w2", "data_reset").call(Op::look, "t", "ready").record("t", "missing");
    auto const absent_is_not_ready = tale.judge();
    EXPECT_EQ(violated(absent_is_not_ready), "C10");
    Tale again;
    again.success("w1", "t").fault("1", "duplicates emptied").taken("1").fault_end("1");
    again.told("w1", "data_reset").told("w2", "data_reset").created("t").begin("w2", "t", "w2/9");
    again.finish("w2", "t", "w2/9").event("w2", "t", "task_succeeded").outcome("w2", "t", "w2/9");
    again.record("t", "succeeded");
    EXPECT_EQ(violated(again.judge()), "");
    again.outcome("w2", "t", "w2/9");
    EXPECT_EQ(violated(again.judge()), "C3 C4");
}

}  // namespace
}  // namespace leat::cli::chaos
