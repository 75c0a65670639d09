#include <gmock/gmock.h>

#include <algorithm>

#include "store/run_text.hpp"
#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class SettleTest : public StoreFixture {
  protected:
    // Settles, and again as after an unknown outcome: the second send must change nothing.
    Result<SettleStatus> settle_twice(std::string_view consumer, Settlement const& settlement) {
        auto const first = settle(consumer, settlement);
        auto const before = snapshot();
        auto const second = settle(consumer, settlement);
        EXPECT_TRUE(second);
        auto const cancelled = first == SettleStatus::cancelled;
        EXPECT_EQ(second.value_or(SettleStatus::stale), cancelled ? SettleStatus::cancelled : SettleStatus::already);
        EXPECT_EQ(snapshot(), before);
        return first;
    }
};

TEST_F(SettleTest, records_a_success) {
    auto const delivery = start("w1", {.id = "t1", .payload = R"({"a":1})"});
    auto settlement = verdict(delivery, SettleVerdict::success, R"({"label":"good"})");
    settlement.payload = delivery.message.payload;
    EXPECT_EQ(settle_twice("w1", settlement), SettleStatus::settled);

    auto const result = newest(keys.results);
    EXPECT_EQ(record("t1"), R"({"state":"succeeded","at":")" + result.at("id") + R"("})");
    EXPECT_EQ(ttl(keys.task("t1")), "86400");
    EXPECT_EQ(length(keys.lane(Lane::normal)), "0");
    EXPECT_EQ(pending(Lane::normal), "");
    EXPECT_EQ(result.at("task_id"), "t1");
    EXPECT_EQ(result.at("status"), "success");
    EXPECT_EQ(result.at("result"), R"({"label":"good"})");
    EXPECT_EQ(result.at("processed_by"), "w1");
    EXPECT_EQ(result.at("agent_type"), "sentiment");
    EXPECT_FALSE(result.contains("error"));
    auto const run = read_run(result.at("run"));
    ASSERT_TRUE(run) << result.at("run");
    EXPECT_EQ(run->attempt, 1);
    EXPECT_EQ(run->created_at, delivery.message.created_at);
    EXPECT_EQ(run->started_at, delivery.message.created_at + 5);
    EXPECT_EQ(run->rest, delivery.entry_id + "/1");
    EXPECT_EQ(result.at("payload"), R"({"a":1})");
    EXPECT_EQ(total("succeeded"), "1");
    EXPECT_EQ(ask({"HGET", keys.stats_minute(kMinute), "succeeded"}), "1");
    EXPECT_EQ(ttl(keys.stats_minute(kMinute)), "90000");
}

TEST_F(SettleTest, parks_a_retry_until_it_is_due_and_hands_out_the_same_task) {
    std::string const payload = R"({"q":"\"\\/\u0000 é 😀","raw":")"
                                "\x7f\"}";
    auto const delivery = start("w1", {.id = "t1",
                                       .lane = Lane::high,
                                       .priority = 1,
                                       .max_retries = 4,
                                       .payload = payload,
                                       .timeout_ms = 77,
                                       .traceparent = kTraceparent});
    auto settlement = verdict(delivery, SettleVerdict::retry, "boom \"quoted\"\n");
    settlement.delay_ms = 60'000;
    settlement.attempt = 1;
    settlement.retry_count = 1;
    settlement.crashes = 2;
    EXPECT_EQ(settle_twice("w1", settlement), SettleStatus::settled);

    EXPECT_THAT(record("t1"), MatchesRegex(R"(\{"state":"scheduled","due":[0-9]+,"message":\{"v":"1",.*)"));
    EXPECT_EQ(ttl(keys.task("t1")), "-1");
    EXPECT_EQ(length(keys.lane(Lane::high)), "0");
    EXPECT_EQ(newest(keys.results).at("status"), "retry");
    EXPECT_EQ(total("retried"), "1");

    auto const promoted = promote_due("t1");
    ASSERT_TRUE(promoted);
    EXPECT_EQ(promoted->promoted, 1);
    auto const again = fetch("w2", Lane::high);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].malformed, "");
    auto const& message = again[0].message;
    EXPECT_EQ(message.payload, payload);
    EXPECT_EQ(message.retry_count, 1);
    EXPECT_EQ(message.attempts, 1);
    EXPECT_EQ(message.crashes, 2);
    EXPECT_EQ(message.max_retries, 4);
    EXPECT_EQ(message.priority, 1);
    EXPECT_EQ(message.timeout_ms, 77);
    EXPECT_EQ(message.traceparent, kTraceparent);
    EXPECT_EQ(message.created_at, delivery.message.created_at);
    EXPECT_THAT(message.last_error, HasSubstr("boom"));

    // The first verdict sent once more, after the message went on: still recognised.
    EXPECT_EQ(settle("w1", settlement), SettleStatus::already);
}

TEST_F(SettleTest, puts_a_retry_without_delay_back_into_its_lane) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    auto settlement = verdict(delivery, SettleVerdict::retry, "once more");
    settlement.retry_count = 1;
    EXPECT_EQ(settle_twice("w1", settlement), SettleStatus::settled);
    EXPECT_EQ(record("t1"), R"({"state":"ready","at":"n/)" + newest(keys.lane(Lane::normal)).at("id") + R"("})");
    EXPECT_EQ(fetch("w1").at(0).message.retry_count, 1);
}

TEST_F(SettleTest, carries_a_payload_of_a_mebibyte_through_a_retry) {
    std::string const payload = "\"" + std::string((1U << 20) - 2, '/') + "\"";
    auto const delivery = start("w1", {.id = "t1", .payload = payload});
    auto settlement = verdict(delivery, SettleVerdict::retry, "boom");
    settlement.delay_ms = 60'000;
    EXPECT_EQ(settle("w1", settlement), SettleStatus::settled);
    EXPECT_EQ(promote_due("t1")->promoted, 1);
    EXPECT_EQ(fetch("w1").at(0).message.payload, payload);
}

TEST_F(SettleTest, writes_a_dead_letter) {
    auto const delivery = start("w1", {.id = "t1",
                                       .lane = Lane::low,
                                       .priority = -3,
                                       .max_retries = 0,
                                       .payload = R"({"a":1})",
                                       .timeout_ms = 77,
                                       .traceparent = kTraceparent});
    auto settlement = verdict(delivery, SettleVerdict::dead, "it cannot work");
    settlement.dead_kind = "refused";
    settlement.crashes = 1;
    EXPECT_EQ(settle_twice("w1", settlement), SettleStatus::settled);

    auto const letter = newest(keys.dead);
    auto const result = newest(keys.results);
    EXPECT_EQ(record("t1"),
              R"({"state":"dead","at":")" + letter.at("id") + R"(","result":")" + result.at("id") + R"("})");
    EXPECT_EQ(ttl(keys.task("t1")), "86400");
    EXPECT_EQ(result.at("status"), "dead");
    EXPECT_EQ(result.at("error"), "it cannot work");
    EXPECT_EQ(letter.at("task_id"), "t1");
    EXPECT_EQ(letter.at("original_payload"), R"({"a":1})");
    EXPECT_EQ(letter.at("error"), "it cannot work");
    EXPECT_THAT(letter.at("failed_at"),
                MatchesRegex("20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z"));
    EXPECT_EQ(letter.at("agent_type"), "sentiment");
    EXPECT_EQ(letter.at("reason"), "refused");
    EXPECT_EQ(letter.at("attempts"), "1");
    EXPECT_EQ(letter.at("crashes"), "1");
    EXPECT_EQ(letter.at("priority"), "-3");
    EXPECT_EQ(letter.at("max_retries"), "0");
    EXPECT_EQ(letter.at("timeout_ms"), "77");
    EXPECT_EQ(letter.at("traceparent"), kTraceparent);
    EXPECT_EQ(total("dead"), "1");
}

TEST_F(SettleTest, records_cancelled_and_expired) {
    auto const first = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_EQ(settle_twice("w1", verdict(first, SettleVerdict::cancelled, "asked to")), SettleStatus::settled);
    EXPECT_THAT(record("t1"), HasSubstr(R"("state":"cancelled")"));
    auto const second = start("w1", {.id = "t2", .payload = "{}"});
    EXPECT_EQ(settle_twice("w1", verdict(second, SettleVerdict::expired, "too late")), SettleStatus::settled);
    EXPECT_THAT(record("t2"), HasSubstr(R"("state":"expired")"));
    EXPECT_EQ(newest(keys.results).at("error"), "too late");
    EXPECT_EQ(total("cancelled") + total("expired"), "11");
}

TEST_F(SettleTest, turns_a_retry_into_cancelled_where_somebody_asked_for_it) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_EQ(wait(store.cancel(keys, "t1")), CancelStatus::requested);
    EXPECT_EQ(settle_twice("w1", verdict(delivery, SettleVerdict::retry, "boom")), SettleStatus::cancelled);
    EXPECT_THAT(record("t1"), HasSubstr(R"("state":"cancelled")"));
    EXPECT_THAT(newest(keys.results).at("error"), HasSubstr("boom"));
    EXPECT_EQ(length(keys.lane(Lane::normal)), "0");
}

TEST_F(SettleTest, lets_a_success_win_over_a_request_to_cancel) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_EQ(wait(store.cancel(keys, "t1")), CancelStatus::requested);
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_THAT(record("t1"), HasSubstr(R"("state":"succeeded")"));
}

TEST_F(SettleTest, refuses_whoever_lost_the_fence) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    auto const before = snapshot({keys.stats});
    // Another consumer, with the count of the holder.
    EXPECT_EQ(settle("w2", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::stale);
    // The holder, with another count.
    auto other = verdict(delivery, SettleVerdict::dead, "late");
    other.held.count = 2;
    EXPECT_EQ(settle("w1", other), SettleStatus::stale);
    EXPECT_EQ(snapshot({keys.stats}), before);
    EXPECT_EQ(total("stale"), "2");

    // Taken over: the old holder is late, the new one is not.
    age(delivery, "w1");
    auto const taken = reclaim("w2");
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0].count, 2);
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::stale);
    EXPECT_EQ(settle("w2", verdict(taken[0], SettleVerdict::success, "2")), SettleStatus::settled);
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::stale);
    EXPECT_EQ(newest(keys.results).at("result"), "2");
}

TEST_F(SettleTest, does_not_take_a_late_verdict_for_its_successor) {
    // The same worker, the same task, each delivery the first of its entry: only the entries tell them apart.
    auto const first = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_EQ(settle("w1", verdict(first, SettleVerdict::retry, "boom")), SettleStatus::settled);
    auto const second = fetch("w1").at(0);
    ASSERT_EQ(second.count, first.count);
    EXPECT_EQ(settle("w1", verdict(second, SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_EQ(settle("w1", verdict(second, SettleVerdict::success, "1")), SettleStatus::already);
    EXPECT_EQ(settle("w1", verdict(first, SettleVerdict::dead, "late")), SettleStatus::stale);
}

TEST_F(SettleTest, settles_a_batch_in_any_order_of_lanes_and_verdicts) {
    std::vector<Delivery> deliveries;
    for (int i = 0; i < 40; ++i) {
        deliveries.push_back(start("w1", {.id = "t" + std::to_string(i),
                                          .lane = static_cast<Lane>(i % 4),
                                          .priority = priority_of_lane(static_cast<Lane>(i % 4)),
                                          .payload = "{}"}));
    }
    // Much more is pending between them than the range over the batch shows.
    for (int i = 0; i < 300; ++i)
        (void)start("w1", {.id = "more" + std::to_string(i), .payload = "{}"});
    deliveries.push_back(start("w1", {.id = "last", .payload = "{}"}));

    std::vector<Settlement> settlements;
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        auto const& delivery = deliveries[deliveries.size() - 1 - i];
        settlements.push_back(verdict(delivery, static_cast<SettleVerdict>(i % 5), "text"));
        settlements.back().delay_ms = 60'000;
    }
    settlements.push_back(settlements.front());  // once more in the same call
    settlements.push_back(verdict(deliveries[3], SettleVerdict::dead, "x"));
    settlements.back().held.count = 9;  // no such delivery

    std::vector<std::pair<std::string, std::int64_t>> const increments{
        {"run:le_5", 3}, {"run:le_inf", 1}, {"run:sum_ms", 40}};
    auto const statuses = wait(store.settle(keys, "w1", settlements, {}, kMinute, increments));
    ASSERT_TRUE(statuses) << statuses.error().message();
    for (std::size_t i = 0; i < deliveries.size(); ++i)
        EXPECT_EQ(statuses->at(i), SettleStatus::settled) << i;
    EXPECT_EQ(statuses->at(deliveries.size()), SettleStatus::stale);
    EXPECT_EQ(statuses->at(deliveries.size() + 1), SettleStatus::stale);
    EXPECT_EQ(length(keys.results), "41");
    EXPECT_EQ(total("succeeded"), "9");
    EXPECT_EQ(total("retried"), "8");
    EXPECT_EQ(total("dead"), "8");
    EXPECT_EQ(ask({"HGET", keys.stats_minute(kMinute), "run:le_5"}), "3");
    EXPECT_EQ(total("run:le_5"), "3");
    EXPECT_EQ(total("run:sum_ms"), "40");
    EXPECT_EQ(ask({"HEXISTS", keys.stats_minute(kMinute), "run:sum_ms"}), "0");
    EXPECT_EQ(length(keys.lane(Lane::normal)), "300");
}

TEST_F(SettleTest, settles_what_it_still_holds_of_a_batch_from_whose_middle_something_was_taken) {
    std::vector<Delivery> deliveries;
    for (int i = 0; i < 5; ++i)
        deliveries.push_back(start("w1", {.id = "t" + std::to_string(i), .payload = "{}"}));
    age(deliveries[2], "w1");
    ASSERT_EQ(reclaim("w2").size(), 1U);

    std::vector<Settlement> settlements;
    for (auto const& delivery : deliveries)
        settlements.push_back(verdict(delivery, SettleVerdict::success, "1"));
    settlements.push_back(settlements[0]);  // taken before the break
    settlements.push_back(settlements[4]);  // and behind it
    auto const statuses = wait(store.settle(keys, "w1", settlements, {}, kMinute, {}));
    ASSERT_TRUE(statuses) << statuses.error().message();
    EXPECT_EQ(std::ranges::count(*statuses, SettleStatus::settled), 4);
    EXPECT_EQ(statuses->at(2), SettleStatus::stale);
    EXPECT_EQ(length(keys.results), "4");
    EXPECT_EQ(total("succeeded"), "4");
    EXPECT_EQ(total("stale"), "3");
}

TEST_F(SettleTest, tells_two_deliveries_of_one_message_apart_in_one_call) {
    auto const first = start("w1", {.id = "t1", .payload = "{}"});
    age(first, "w1");
    auto const second = reclaim("w1").at(0);  // its own, after its lease had lapsed
    ASSERT_EQ(second.count, 2);
    std::array const settlements{verdict(first, SettleVerdict::success, "1"),
                                 verdict(second, SettleVerdict::success, "2")};
    auto const statuses = wait(store.settle(keys, "w1", settlements, {}, kMinute, {}));
    ASSERT_TRUE(statuses);
    EXPECT_THAT(*statuses, ::testing::ElementsAre(SettleStatus::stale, SettleStatus::settled));
    EXPECT_EQ(newest(keys.results).at("result"), "2");
}

TEST_F(SettleTest, tells_waiters_what_has_finished) {
    Listener listener(context, client, redis::parse_url(server.url()).value(), keys.done_channel);
    auto const first = start("w1", {.id = "t1", .payload = "{}"});
    auto const second = start("w1", {.id = "t2", .payload = "{}"});
    std::array const settlements{verdict(first, SettleVerdict::success, "1"),
                                 verdict(second, SettleVerdict::dead, "x")};
    ASSERT_TRUE(wait(store.settle(keys, "w1", settlements, {}, kMinute, {})));
    auto const text = listener.texts(1).at(0);
    auto const notes = decode_done(text);
    ASSERT_EQ(notes.size(), 2U) << text;
    EXPECT_EQ(notes[1].task_id, "t2");
    EXPECT_EQ(notes[1].state, TaskState::dead);
    // What is told is what the archive holds.
    ASSERT_TRUE(notes[0].outcome);
    auto const archived = wait(store.success(keys, "t1", notes[0].entry));
    ASSERT_TRUE(archived && *archived);
    auto const& told = *notes[0].outcome;
    EXPECT_EQ(told.result_text, "1");
    EXPECT_EQ(std::tie(told.task_id, told.result_text, told.processed_by, told.attempt, told.created_at,
                       told.started_at, told.finished_at),
              std::tie((*archived)->task_id, (*archived)->result_text, (*archived)->processed_by, (*archived)->attempt,
                       (*archived)->created_at, (*archived)->started_at, (*archived)->finished_at));
    EXPECT_FALSE(*wait(store.success(keys, "t2", notes[0].entry))) << "the entry is another task's";
    EXPECT_FALSE(*wait(store.success(keys, "t1", "nonsense")));
    auto const seen = wait(store.glance(keys, "t1"));
    EXPECT_FALSE(seen->is_live);
    EXPECT_EQ(seen->entry, notes[0].entry);
}

TEST_F(SettleTest, tells_a_large_result_by_its_entry_only) {
    Listener listener(context, client, redis::parse_url(server.url()).value(), keys.done_channel);
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_TRUE(wait(store.glance(keys, "t1"))->is_live);
    auto const large = std::string(2'000, '7');
    ASSERT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, large)), SettleStatus::settled);
    auto const text = listener.texts(1).at(0);
    auto const notes = decode_done(text);
    ASSERT_EQ(notes.size(), 1U) << text;
    EXPECT_FALSE(notes[0].outcome);
    auto const archived = wait(store.success(keys, "t1", notes[0].entry));
    ASSERT_TRUE(archived && *archived);
    EXPECT_EQ((*archived)->result_text, large);
}

TEST_F(SettleTest, caps_archive_and_dead_letters) {
    SettlePolicy policy;
    policy.results_kept = 0;
    policy.dead_kept = 0;
    for (int i = 0; i < 250; ++i) {
        auto const delivery = start("w1", {.id = "t" + std::to_string(i), .payload = "{}"});
        auto const settlement = verdict(delivery, SettleVerdict::dead, "x");
        ASSERT_TRUE(wait(store.settle(keys, "w1", std::span(&settlement, 1), policy, kMinute, {})));
    }
    EXPECT_LT(std::stoi(length(keys.results)), 150);
    EXPECT_LT(std::stoi(length(keys.dead)), 150);
}

TEST_F(SettleTest, settles_although_somebody_deleted_the_message) {
    auto const first = start("w1", {.id = "t1", .payload = "{}"});
    auto const second = start("w1", {.id = "t2", .payload = "{}"});
    for (auto const* delivery : {&first, &second})
        ask({"XDEL", keys.lane(Lane::normal), delivery->entry_id});
    EXPECT_EQ(settle("w1", verdict(first, SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_EQ(settle("w1", verdict(second, SettleVerdict::dead, "x")), SettleStatus::settled);
    EXPECT_EQ(newest(keys.dead).at("reason"), "message_missing");
}

TEST_F(SettleTest, leaves_a_retry_to_its_worker_whose_message_somebody_deleted) {
    auto const delivery = start("w1", {.id = "t1", .priority = 0, .payload = R"({"n":1})"});
    ask({"XDEL", keys.lane(Lane::normal), delivery.entry_id});
    auto const before = snapshot();
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::retry, "boom")), SettleStatus::missing);
    EXPECT_EQ(snapshot(), before);
    auto message = delivery.message;
    message.attempts = 1;
    message.retry_count = 1;
    message.last_error = "boom";
    auto const now = std::chrono::milliseconds(0);
    EXPECT_TRUE(wait(store.restore(keys, held(delivery), message, message.payload, now)).value());
    EXPECT_FALSE(wait(store.restore(keys, held(delivery), message, message.payload, now)).value()) << "sent twice";
    EXPECT_EQ(total("restored"), "1");
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::retry, "boom")), SettleStatus::stale);
    auto const again = fetch("w2");
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].malformed, "");
    EXPECT_EQ(again[0].message.payload, R"({"n":1})");
    EXPECT_EQ(again[0].message.retry_count, 1);
    EXPECT_EQ(again[0].message.last_error, "boom");
    EXPECT_EQ(settle("w2", verdict(again[0], SettleVerdict::success, "1")), SettleStatus::settled);
}

TEST_F(SettleTest, says_that_a_message_is_missing_also_when_its_delivery_was_dropped) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    ask({"XDEL", keys.lane(Lane::normal), delivery.entry_id});
    reclaim("w2");  // the server drops deliveries of deleted messages, however fresh they are
    ASSERT_EQ(pending(Lane::normal), "");
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::missing);
    EXPECT_TRUE(
        wait(store.restore(keys, held(delivery), delivery.message, "{}", std::chrono::milliseconds(0))).value());
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::stale);
}

TEST_F(SettleTest, restores_a_task_until_later) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    auto const later = std::chrono::minutes(1);
    EXPECT_FALSE(wait(store.restore(keys, held(delivery), delivery.message, "{}", later)).value()) << "it is there";
    ask({"XDEL", keys.lane(Lane::normal), delivery.entry_id});
    EXPECT_TRUE(wait(store.restore(keys, held(delivery), delivery.message, "{}", later)).value());
    EXPECT_EQ(pending(Lane::normal), "");
    EXPECT_EQ(promote_due("t1")->promoted, 1);
    EXPECT_EQ(fetch("w2").at(0).malformed, "");
}

TEST_F(SettleTest, loses_no_task_over_a_message_that_fits_into_no_call) {
    std::vector<std::string> huge{"XADD", keys.lane(Lane::normal), "*", "v", "1", "task_id", "t1"};
    for (int i = 0; i < 5'000; ++i) {
        huge.push_back("field" + std::to_string(i));
        huge.push_back("x");
    }
    auto const entry = ask(huge);
    ask({"SET", keys.task("t1"), R"({"state":"ready","at":"n/)" + entry + R"("})"});
    EXPECT_EQ(wait(store.reprioritise(keys, "t1", 1)).error().code, ErrorCode::corrupt);
    EXPECT_EQ(length(keys.lane(Lane::normal)), "1");
    auto const delivery = fetch("w1").at(0);
    EXPECT_THAT(delivery.malformed, HasSubstr("fields"));
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::retry, "boom")), SettleStatus::buried);
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::retry, "boom")), SettleStatus::buried) << "sent twice";
    EXPECT_THAT(record("t1"), HasSubstr(R"("state":"dead")"));
}

TEST_F(SettleTest, settles_although_the_record_is_missing_or_unreadable) {
    for (std::string const text : {"", "nonsense", "[]", R"({"state":"ready","at":7})"}) {
        auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
        if (text.empty()) {
            ask({"DEL", keys.task("t1")});
        } else {
            ask({"SET", keys.task("t1"), text});
        }
        EXPECT_EQ(settle_twice("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
        ask({"DEL", keys.task("t1")});
    }
}

TEST_F(SettleTest, answers_stale_when_the_group_is_gone) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    ask({"XGROUP", "DESTROY", keys.lane(Lane::normal), "workers"});
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::stale);
    ask({"FLUSHALL"});
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::retry, "1")), SettleStatus::stale);
}

TEST_F(SettleTest, is_not_disturbed_by_counters_that_are_no_numbers) {
    ask({"HSET", keys.stats, "succeeded", "many"});
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_EQ(total("succeeded"), "many");
}

}  // namespace
}  // namespace leat::store
