// Each check on a history that keeps it and on ones that do not. A fault excuses inside its window and nowhere else.
#include "chaos/checker.hpp"

#include <gtest/gtest.h>

#include "chaos/checker_case.hpp"
#include "core/random.hpp"

namespace leat::cli::chaos {
namespace {

using testing::Case;
using testing::crash_and_repeat;
using testing::overlap;
using testing::Tale;
using testing::violated;

class Check : public ::testing::TestWithParam<Case> {};

TEST_P(Check, SeesWhatIsWrong) {
    testing::expect(GetParam());
}

// A retry with so many ms of delay, and the next attempt after `waited`.
void retry(Tale& tale, std::int64_t delay, std::int64_t waited) {
    tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1", "retry", 1, delay);
    tale.event("w1", "t", "task_retried", 1, delay).outcome("w1", "t", "w1/1", "retry", 1).later(waited);
    tale.begin("w1", "t", "w1/2", 2).finish("w1", "t", "w1/2", "success", 2);
    tale.outcome("w1", "t", "w1/2", "success", 2).record("t", "succeeded");
}

void dead(Tale& tale, std::string const& verdict, std::string const& reason) {
    tale.call(Op::dispatch, "t", "created", {}, 0, 0).begin("w1", "t", "w1/1").finish("w1", "t", "w1/1", verdict);
    tale.outcome("w1", "t", "w1/1", "dead").letter("t", reason).record("t", "dead");
}

// Dead with its second attempt, of one retry; the first attempt's verdict is not in the archive.
void dead_at_the_second(Tale& tale, std::string const& told) {
    tale.call(Op::dispatch, "t", "created", {}, 0, 1).begin("w1", "t", "w1/1").fault("1", "duplicates");
    tale.damage("t", "message").fault_end("1");
    tale.finish("w1", "t", "w1/1", "retry").event("w1", "t", told).later(100);
    tale.begin("w1", "t", "w1/2", 2).finish("w1", "t", "w1/2", "retry", 2);
    tale.outcome("w1", "t", "w1/2", "dead", 2).letter("t", "failed").record("t", "dead");
}

// A task that runs, and whose record somebody deleted.
Tale& without_record(Tale& tale) {
    tale.fault("1", "duplicates overlaps").created("t").begin("w1", "t", "w1/1");
    return tale.damage("t", "record");
}

// Done with its second run, of no retry: the first one's message was gone, and the same attempt is run again.
void done_at_the_second(Tale& tale) {
    tale.call(Op::dispatch, "t", "created", {}, 0, 0).begin("w1", "t", "w1/1").fault("1", "duplicates");
    tale.damage("t", "message").fault_end("1").finish("w1", "t", "w1/1", "retry").event("w1", "t", "task_restored");
    tale.begin("w2", "t", "w2/1").finish("w2", "t", "w2/1").outcome("w2", "t", "w2/1").record("t", "succeeded");
}

Case const kCases[] = {
    {"nothing_else", [](Tale&) {}, ""},
    {"C1_unanswered_and_unknown_is_no_loss",
     [](Tale& tale) { tale.call(Op::dispatch, "t", "").record("t", "missing"); }, ""},
    {"C1_accepted_and_gone", [](Tale& tale) { tale.created("t").record("t", "missing"); }, "C1"},
    {"C1_a_duplicate_receipt_is_a_receipt",
     [](Tale& tale) { tale.call(Op::dispatch, "t", "duplicate", "ready").record("t", "missing"); }, "C1"},
    {"C1_taken_at_the_front_door_and_gone",
     [](Tale& tale) { tale.call(Op::front, "t", "added").record("t", "missing"); }, "C1"},
    {"C2_ran_from_nowhere",
     [](Tale& tale) {
         tale.begin("w1", "t", "w1/1").finish("w1", "t", "w1/1").outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     "C2"},
    {"C3_two_outcomes", [](Tale& tale) { tale.success("w1", "t").outcome("", "t", "", "cancelled"); }, "C3"},
    {"C3_told_twice", [](Tale& tale) { tale.success("w1", "t").event("w2", "t", "task_succeeded"); }, "C3"},
    {"C3_record_without_archive", [](Tale& tale) { tale.created("t").record("t", "dead").letter("t", "poison"); },
     "C3"},
    {"C3_record_says_otherwise",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1").outcome("w1", "t", "w1/1");
         tale.record("t", "cancelled");
     },
     "C3"},
    {"C3_dead_without_letter",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1", "dead");
         tale.outcome("w1", "t", "w1/1", "dead").record("t", "dead");
     },
     "C3"},
    {"C4_no_such_run", [](Tale& tale) { tale.created("t").outcome("w1", "t", "w1/9").record("t", "succeeded"); }, "C4"},
    {"C4_the_run_never_ended",
     [](Tale& tale) { tale.created("t").begin("w1", "t", "w1/1").outcome("w1", "t", "w1/1").record("t", "succeeded"); },
     "C4"},
    {"C4_the_run_said_something_else",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1", "retry");
         tale.outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     "C4"},
    {"C4_another_workers_run",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1");
         tale.outcome("w2", "t", "w1/1").record("t", "succeeded");
     },
     "C4"},
    {"C5_refused_because_another_has_it",
     [](Tale& tale) {
         tale.fault("1", "duplicates overlaps");
         overlap(tale);
         tale.fault_end("1");
     },
     ""},
    {"C5_refused_without_a_reason",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1").event("w1", "t", "task_stale");
         tale.outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     "C5"},
    {"C5_lost_without_a_reason",
     [](Tale& tale) {
         tale.fault("1", "duplicates", "drop-reply").created("t").begin("w1", "t", "w1/1");
         Entry lost{.proc = "w1", .op = Op::event, .agent = "a", .task = "t", .status = "lease_lost"};
         lost.detail = "another worker owns the task, or it is gone";
         tale.add(lost).finish("w1", "t", "w1/1").outcome("w1", "t", "w1/1").record("t", "succeeded").fault_end("1");
     },
     "C5"},
    {"C5_lost_because_somebody_deleted_the_group",
     [](Tale& tale) {
         tale.fault("1", "duplicates changes").created("t").begin("w1", "t", "w1/1");
         Entry lost{.proc = "w1", .op = Op::event, .agent = "a", .task = "t", .status = "lease_lost"};
         lost.detail = "another worker owns the task, or it is gone";
         tale.add(lost).finish("w1", "t", "w1/1").outcome("w1", "t", "w1/1").record("t", "succeeded").fault_end("1");
     },
     ""},
    {"C5_two_verdicts_of_one_attempt",
     [](Tale& tale) {
         tale.fault("1", "duplicates");
         tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1", "retry");
         tale.begin("w2", "t", "w2/1").finish("w2", "t", "w2/1");
         tale.outcome("w1", "t", "w1/1", "retry").outcome("w2", "t", "w2/1").record("t", "succeeded");
         tale.fault_end("1");
     },
     "C5"},
    {"C5_handed_in_again_after_its_record_was_deleted",
     [](Tale& tale) {
         without_record(tale).created("t").begin("w2", "t", "w2/1").finish("w2", "t", "w2/1");
         tale.finish("w1", "t", "w1/1").outcome("w2", "t", "w2/1").outcome("w1", "t", "w1/1");
         tale.record("t", "succeeded").fault_end("1");
     },
     ""},
    {"C5_nobody_handed_it_in_again",
     [](Tale& tale) {
         without_record(tale).begin("w2", "t", "w2/1").finish("w1", "t", "w1/1").finish("w2", "t", "w2/1");
         tale.outcome("w1", "t", "w1/1").outcome("w2", "t", "w2/1").record("t", "succeeded").fault_end("1");
     },
     "C5"},
    {"C5_handed_in_again_and_twice_accepted",
     [](Tale& tale) {
         without_record(tale).created("t").finish("w1", "t", "w1/1").begin("w2", "t", "w2/1");
         tale.finish("w2", "t", "w2/1", "retry").begin("w2", "t", "w2/2").finish("w2", "t", "w2/2");
         tale.outcome("w1", "t", "w1/1").outcome("w2", "t", "w2/1", "retry").outcome("w2", "t", "w2/2");
         tale.record("t", "succeeded").fault_end("1");
     },
     "C5"},
    {"C5_in_the_wrong_order",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1");
         tale.begin("w2", "t", "w2/1", 2).finish("w2", "t", "w2/1", "retry", 2);
         tale.outcome("w2", "t", "w2/1", "retry", 2).outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     "C5"},
    {"C6_overlap", overlap, "C6 C8"},
    {"C6_overlap_behind_its_window",
     [](Tale& tale) {
         tale.fault("1", "duplicates overlaps after=1000").fault_end("1");
         overlap(tale);
     },
     "C6"},
    {"C6_overlap_of_another_than_the_paused_worker",
     [](Tale& tale) {
         tale.fault("1", "duplicates overlaps only=w1");
         overlap(tale);
         tale.created("u").begin("w2", "u", "w2/7").begin("w3", "u", "w3/7").finish("w2", "u", "w2/7");
         tale.event("w2", "u", "task_succeeded").outcome("w2", "u", "w2/7").record("u", "succeeded");
         tale.finish("w3", "u", "w3/7").event("w3", "u", "task_stale").fault_end("1");
     },
     "C6 C8"},
    {"C6_a_paused_worker_begins_what_was_taken_from_it",
     [](Tale& tale) {
         tale.created("u").fault("1", "duplicates overlaps only=w1").begin("w2", "u", "w2/7");
         tale.begin("w1", "u", "w1/7").finish("w2", "u", "w2/7").event("w2", "u", "task_succeeded");
         tale.outcome("w2", "u", "w2/7").record("u", "succeeded").finish("w1", "u", "w1/7");
         tale.event("w1", "u", "task_stale").fault_end("1");
     },
     ""},
    {"C6_overlap_where_only_duplicates_are_excused",
     [](Tale& tale) {
         tale.fault("1", "duplicates");
         overlap(tale);
         tale.fault_end("1");
     },
     "C6"},
    {"C7_retry_in_time", [](Tale& tale) { retry(tale, 100, 100); }, ""},
    {"C7_retry_too_early", [](Tale& tale) { retry(tale, 100, 50); }, "C7"},
    {"C7_early_after_the_clock_has_jumped_meanwhile",
     [](Tale& tale) {
         tale.call(Op::dispatch, "t", "created", {}, 500).fault("1", "early_runs").fault_end("1").later(50);
         tale.begin("w1", "t", "w1/1").finish("w1", "t", "w1/1");
         tale.outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     ""},
    {"C7_early_and_the_clock_had_jumped_before",
     [](Tale& tale) {
         tale.fault("1", "early_runs").fault_end("1").later(50).call(Op::dispatch, "t", "created", {}, 500);
         tale.begin("w1", "t", "w1/1").finish("w1", "t", "w1/1");
         tale.outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     "C7"},
    {"C7_due",
     [](Tale& tale) {
         tale.call(Op::dispatch, "t", "created", {}, 500).later(500).begin("w1", "t", "w1/1");
         tale.finish("w1", "t", "w1/1").outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     ""},
    {"C7_before_due",
     [](Tale& tale) {
         tale.call(Op::dispatch, "t", "created", {}, 500).later(450).begin("w1", "t", "w1/1");
         tale.finish("w1", "t", "w1/1").outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     "C7"},
    {"C7_too_many_retries",
     [](Tale& tale) {
         tale.call(Op::dispatch, "t", "created", {}, 0, 0).begin("w1", "t", "w1/1");
         tale.finish("w1", "t", "w1/1", "retry").outcome("w1", "t", "w1/1", "retry");
         tale.begin("w1", "t", "w1/2", 2).finish("w1", "t", "w1/2", "success", 2);
         tale.outcome("w1", "t", "w1/2", "success", 2).record("t", "succeeded");
     },
     "C7"},
    {"C7_too_many_runs",
     [](Tale& tale) {
         tale.fault("1", "duplicates").call(Op::dispatch, "t", "created", {}, 0, 0);
         for (auto const* const fence : {"w1/1", "w1/2", "w1/3", "w1/4"})
             tale.begin("w1", "t", fence).finish("w1", "t", fence);
         tale.begin("w2", "t", "w2/1").finish("w2", "t", "w2/1");
         tale.outcome("w2", "t", "w2/1").record("t", "succeeded").fault_end("1");
     },
     "C7"},
    {"C7_expired", [](Tale& tale) { tale.created("t").outcome("", "t", "", "expired", 0).record("t", "expired"); },
     "C7"},
    {"C7_cancelled_by_nobody",
     [](Tale& tale) { tale.created("t").outcome("", "t", "", "cancelled", 0).record("t", "cancelled"); }, "C10 C7"},
    {"C7_out_of_retries", [](Tale& tale) { dead(tale, "retry", "failed"); }, ""},
    {"C7_a_retry_that_was_put_back", [](Tale& tale) { dead_at_the_second(tale, "task_restored"); }, ""},
    {"C7_a_run_that_was_put_back_is_no_retry", done_at_the_second, ""},
    {"C7_a_retry_that_nobody_knows_of", [](Tale& tale) { dead_at_the_second(tale, "message_missing"); }, "C7"},
    {"C7_refused", [](Tale& tale) { dead(tale, "dead", "refused"); }, ""},
    {"C7_refused_by_nobody", [](Tale& tale) { dead(tale, "retry", "refused"); }, "C7"},
    {"C7_poison_without_a_crash", [](Tale& tale) { dead(tale, "success", "poison"); }, "C7"},
    {"C7_dead_too_early",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1", "retry");
         tale.outcome("w1", "t", "w1/1", "dead").letter("t", "failed").record("t", "dead");
     },
     "C7"},
    {"C8_repeated_after_a_crash",
     [](Tale& tale) {
         tale.fault("1", "duplicates");
         crash_and_repeat(tale);
         tale.fault_end("1").worker("w1");
     },
     ""},
    {"C8_repeated_for_nothing", crash_and_repeat, "C8"},
    {"C8_repeated_after_the_crash_of_another",
     [](Tale& tale) {
         tale.fault("1", "duplicates only=w3");
         crash_and_repeat(tale);
         tale.fault_end("1").worker("w1");
     },
     "C8"},
    {"C8_repeated_after_the_crash_of_this_one",
     [](Tale& tale) {
         tale.fault("1", "duplicates only=w3,w1");
         crash_and_repeat(tale);
         tale.fault_end("1").worker("w1");
     },
     ""},
    {"C8_ended_long_before_the_fault_and_never_recorded",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1").later(4'000);
         tale.fault("1", "duplicates").fault_end("1");
         tale.begin("w2", "t", "w2/1").finish("w2", "t", "w2/1").outcome("w2", "t", "w2/1").record("t", "succeeded");
     },
     "C8"},
    {"C8_given_back_by_a_drain",
     [](Tale& tale) {
         tale.created("t")
             .begin("w1", "t", "w1/1")
             .finish("w1", "t", "w1/1", "retry")
             .event("w1", "t", "task_released");
         tale.begin("w2", "t", "w2/1").finish("w2", "t", "w2/1").outcome("w2", "t", "w2/1").record("t", "succeeded");
     },
     ""},
    {"C9_something_left",
     [](Tale& tale) {
         Entry depth{.op = Op::depth, .agent = "a", .status = "ready messages"};
         depth.value = 2;
         tale.add(depth);
     },
     "C9"},
    {"C9_a_task_still_lives", [](Tale& tale) { tale.created("t").record("t", "ready"); }, "C9"},
    {"C10_seen_while_it_waits",
     [](Tale& tale) {
         tale.created("t").call(Op::look, "t", "ready").success("w1", "u");
         tale.begin("w1", "t", "w1/1").finish("w1", "t", "w1/1").outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     ""},
    {"C10_seen_finished_before_it_ran",
     [](Tale& tale) {
         tale.created("t").call(Op::look, "t", "succeeded").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1");
         tale.outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     "C10"},
    {"C10_cancelled_and_yet_succeeded",
     [](Tale& tale) {
         tale.created("t").call(Op::cancel, "t", "cancelled").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1");
         tale.outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     "C10"},
    {"C10_cancel_asked_for_in_vain",
     [](Tale& tale) {
         tale.created("t").begin("w1", "t", "w1/1").call(Op::cancel, "t", "requested").finish("w1", "t", "w1/1");
         tale.outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     ""},
    {"C10_cancelled",
     [](Tale& tale) {
         tale.created("t").call(Op::cancel, "t", "cancelled").outcome("", "t", "", "cancelled", 0);
         tale.record("t", "cancelled").call(Op::cancel, "t", "terminal").call(Op::look, "t", "cancelled");
     },
     ""},
    {"C11_created_once",
     [](Tale& tale) {
         tale.created("t").call(Op::dispatch, "t", "duplicate", "ready").begin("w1", "t", "w1/1");
         tale.finish("w1", "t", "w1/1").outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     ""},
    {"C11_created_twice",
     [](Tale& tale) {
         tale.created("t").created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1");
         tale.outcome("w1", "t", "w1/1").record("t", "succeeded");
     },
     "C10 C11"},
};

INSTANTIATE_TEST_SUITE_P(All, Check, ::testing::ValuesIn(kCases),
                         [](auto const& one) { return std::string(one.param.name); });

TEST(Checker, CountsWhatItSaw) {
    Tale tale;
    tale.success("w1", "one").fault("1", "duplicates overlaps");
    crash_and_repeat(tale);
    tale.fault_end("1");
    auto const counts = tale.judge().counts;
    EXPECT_EQ(counts.dispatched, 2);
    EXPECT_EQ(counts.outcomes.at("succeeded"), 2);
    EXPECT_EQ(counts.runs, 3);
    EXPECT_EQ(counts.duplicates, 1);
    EXPECT_EQ(counts.redelivered.at("crash"), 1);
    EXPECT_EQ(counts.faults.at("test"), 1);
    EXPECT_GE(counts.longest_gap_ms, 3'500);
    EXPECT_EQ(counts.linearized, 2);
}

TEST(Checker, ProvesNothingWithoutAnEnd) {
    Tale tale;
    auto entries = tale.success("w1", "t").entries();
    entries.pop_back();
    auto const report = Tale::judge(entries);
    EXPECT_EQ(report.verdict, Verdict::unknown);
    EXPECT_FALSE(report.reason.empty());
    EXPECT_EQ(Checker().finish().verdict, Verdict::unknown);
}

TEST(Checker, ARunThatFailedSaysNothingAboutWhatItDidNotRead) {
    Tale tale;
    tale.created("t").begin("w1", "t", "w1/1").finish("w1", "t", "w1/1").event("w1", "t", "task_succeeded");
    tale.call(Op::look, "t", "succeeded");
    auto entries = tale.entries();
    entries.back().status = "failed";
    auto const report = Tale::judge(entries);
    EXPECT_EQ(report.verdict, Verdict::unknown);
    EXPECT_EQ(violated(report), "");
}

TEST(Checker, TheDrainThatDidNotComeToAnEndIsAViolation) {
    auto entries = Tale().success("w1", "t").entries();
    entries.back().status = "timeout";
    EXPECT_EQ(violated(Tale::judge(entries)), "C9");
}

TEST(Checker, TotalsHaveToAgreeWithTheArchive) {
    auto entries = Tale().success("w1", "t").entries();
    for (auto& entry : entries) {
        if (entry.op == Op::counter && entry.status == "succeeded") ++entry.value;
    }
    EXPECT_EQ(violated(Tale::judge(entries)), "C9");
}

TEST(Checker, KeepsAFewExamplesAndCountsAll) {
    Tale tale;
    for (int i = 0; i < 30; ++i)
        tale.created("t" + std::to_string(i)).record("t" + std::to_string(i), "missing");
    auto const report = tale.judge();
    EXPECT_EQ(report.violation_count.at("C1"), 30);
    EXPECT_EQ(report.violations.size(), kKeptPerCheck);
}

// Whatever stands in a history, judging it ends.
TEST(Checker, SurvivesAnyMixtureOfLines) {
    core::Random random(7);
    auto const good = Tale().success("w1", "t").success("w2", "u").entries();
    for (int round = 0; round < 300; ++round) {
        auto entries = good;
        for (int i = 0; i < 5; ++i) {
            auto& entry = entries[static_cast<std::size_t>(random.below(entries.size()))];
            entry.op = static_cast<Op>(random.below(21));
            entry.phase = static_cast<Phase>(random.below(7));
            entry.t = static_cast<std::int64_t>(random.below(5'000'000));
            entry.call = static_cast<std::int64_t>(random.below(4));
        }
        auto const report = Tale::judge(entries);
        EXPECT_LE(report.violations.size(), 17 * kKeptPerCheck);
    }
}

}  // namespace
}  // namespace leat::cli::chaos
