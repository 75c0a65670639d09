#include <gmock/gmock.h>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using ::testing::HasSubstr;

class TaskTest : public StoreFixture {
  protected:
    Result<TaskInfo> task(std::string_view id) { return wait(store.task(keys, id)); }
};

TEST_F(TaskTest, shows_a_waiting_task) {
    add({.id = "t1", .lane = Lane::high, .priority = 1, .max_retries = 5, .payload = R"({"a":1})"});
    auto const before = snapshot();
    auto const info = task("t1");
    ASSERT_TRUE(info) << info.error().message();
    EXPECT_EQ(snapshot(), before);
    EXPECT_EQ(info->id, "t1");
    EXPECT_EQ(info->agent, "sentiment");
    EXPECT_EQ(info->state, TaskState::ready);
    EXPECT_EQ(info->lane, Lane::high);
    EXPECT_EQ(info->payload_text, R"({"a":1})");
    EXPECT_EQ(info->max_retries, 5);
    EXPECT_GT(info->created_at, 0);
    EXPECT_FALSE(info->outcome);
}

TEST_F(TaskTest, shows_a_scheduled_task) {
    add({.id = "t1", .lane = Lane::low, .priority = -1, .delay_ms = 60'000, .payload = R"({"a":"b/c"})"});
    auto const info = task("t1");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->state, TaskState::scheduled);
    EXPECT_EQ(info->lane, Lane::low);
    EXPECT_EQ(info->payload_text, R"({"a":"b/c"})");
    EXPECT_LE(info->due_in, 60'000);
    EXPECT_GT(info->due_in, 30'000);
}

TEST_F(TaskTest, shows_who_runs_a_task) {
    auto const first = start("w1", {.id = "t1", .payload = "{}"});
    age(first, "w1");
    auto const second = reclaim("w2").at(0);
    age(second, "w2");
    auto info = task("t1");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->state, TaskState::running);
    EXPECT_EQ(info->consumer, "w2");
    EXPECT_GE(info->idle, 3'600'000);
    EXPECT_EQ(info->crashes, 1);
    EXPECT_FALSE(info->cancel_requested);
    EXPECT_EQ(wait(store.cancel(keys, "t1")), CancelStatus::requested);
    EXPECT_TRUE(task("t1")->cancel_requested);

    EXPECT_TRUE(release("w2", second));
    info = task("t1");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->state, TaskState::ready);
    EXPECT_EQ(info->consumer, "");
    EXPECT_EQ(info->crashes, 1);
}

TEST_F(TaskTest, shows_a_retry_with_its_last_error) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    auto settlement = verdict(delivery, SettleVerdict::retry, "boom");
    settlement.delay_ms = 60'000;
    settlement.retry_count = 1;
    EXPECT_EQ(settle("w1", settlement), SettleStatus::settled);
    auto const info = task("t1");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->state, TaskState::scheduled);
    EXPECT_EQ(info->attempts, 1);
    EXPECT_EQ(info->retry_count, 1);
    EXPECT_EQ(info->last_error, "boom");
}

TEST_F(TaskTest, shows_the_outcome_of_a_success) {
    auto const delivery = start("w1", {.id = "t1", .payload = R"({"a":1})"});
    auto settlement = verdict(delivery, SettleVerdict::success, R"({"label":"good"})");
    settlement.payload = delivery.message.payload;
    EXPECT_EQ(settle("w1", settlement), SettleStatus::settled);
    auto info = task("t1");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->state, TaskState::succeeded);
    EXPECT_EQ(info->payload_text, R"({"a":1})");
    EXPECT_EQ(info->attempts, 1);
    ASSERT_TRUE(info->outcome);
    EXPECT_EQ(info->outcome->state, TaskState::succeeded);
    EXPECT_EQ(info->outcome->result_text, R"({"label":"good"})");
    EXPECT_EQ(info->outcome->processed_by, "w1");
    EXPECT_EQ(info->outcome->attempt, 1);
    EXPECT_EQ(info->outcome->started_at, delivery.message.created_at + 5);
    EXPECT_TRUE(info->outcome->archived);

    ask({"XTRIM", keys.results, "MAXLEN", "0"});
    info = task("t1");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->state, TaskState::succeeded);
    ASSERT_TRUE(info->outcome);
    EXPECT_FALSE(info->outcome->archived);
    EXPECT_EQ(info->outcome->task_id, "t1");
}

TEST_F(TaskTest, shows_a_dead_task_from_its_letter_and_its_result) {
    auto const delivery = start("w1", {.id = "t1", .lane = Lane::low, .priority = -1, .payload = R"({"a":1})"});
    auto settlement = verdict(delivery, SettleVerdict::dead, "boom");
    settlement.crashes = 2;
    EXPECT_EQ(settle("w1", settlement), SettleStatus::settled);
    auto info = task("t1");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->state, TaskState::dead);
    EXPECT_EQ(info->lane, Lane::low);
    EXPECT_EQ(info->payload_text, R"({"a":1})");
    EXPECT_EQ(info->crashes, 2);
    EXPECT_EQ(info->outcome->error, "boom");
    EXPECT_EQ(info->outcome->processed_by, "w1");

    ask({"XTRIM", keys.results, "MAXLEN", "0"});
    info = task("t1");
    EXPECT_EQ(info->outcome->error, "boom");
    EXPECT_TRUE(info->outcome->archived);
    ask({"XTRIM", keys.dead, "MAXLEN", "0"});
    info = task("t1");
    ASSERT_TRUE(info);
    EXPECT_FALSE(info->outcome->archived);
}

TEST_F(TaskTest, answers_not_found_and_corrupt) {
    EXPECT_EQ(task("unknown").error().code, ErrorCode::not_found);
    for (std::string const text :
         {"nonsense", "[]", "{}", R"({"state":7})", R"({"state":"flying"})", R"({"state":"running"})",
          R"({"state":"ready"})", R"({"state":"ready","at":"normal"})"}) {
        ask({"SET", keys.task("t1"), text});
        EXPECT_EQ(task("t1").error().code, ErrorCode::corrupt) << text;
    }
}

TEST_F(TaskTest, survives_records_that_point_nowhere) {
    for (std::string const text :
         {R"({"state":"succeeded"})", R"({"state":"succeeded","at":{}})", R"({"state":"dead","at":"+","result":"-"})",
          R"({"state":"dead","at":"99999999999999999999999-0"})", R"({"state":"scheduled"})",
          R"({"state":"scheduled","due":"soon","message":[1,2]})",
          R"({"state":"scheduled","due":1e300,"message":{"v":5}})",
          R"({"state":"ready","at":"l/18446744073709551615-18446744073709551615"})"}) {
        ask({"SET", keys.task("t1"), text});
        auto const info = task("t1");
        ASSERT_TRUE(info) << text << info.error().message();
        EXPECT_EQ(info->payload_text, "");
        EXPECT_FALSE(info->outcome && info->outcome->archived);
    }
}

}  // namespace
}  // namespace leat::store
