#include <gmock/gmock.h>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class FetchTest : public StoreFixture {
  protected:
    void add_foreign(std::vector<std::string> const& fields) {
        std::vector<std::string> command{"XADD", keys.lane(Lane::normal), "*"};
        command.insert(command.end(), fields.begin(), fields.end());
        ask(command);
    }
};

TEST_F(FetchTest, hands_out_whole_tasks) {
    auto const delivery = start("w1", {.id = "t1",
                                       .lane = Lane::critical,
                                       .priority = 7,
                                       .max_retries = 5,
                                       .payload = R"({"a":1})",
                                       .timeout_ms = 900,
                                       .traceparent = kTraceparent});
    EXPECT_EQ(delivery.lane, Lane::critical);
    EXPECT_EQ(delivery.count, 1);
    EXPECT_EQ(delivery.malformed, "");
    auto const& message = delivery.message;
    EXPECT_EQ(message.task_id, "t1");
    EXPECT_EQ(message.agent, "sentiment");
    EXPECT_EQ(message.payload, R"({"a":1})");
    EXPECT_EQ(message.priority, 7);
    EXPECT_EQ(message.max_retries, 5);
    EXPECT_EQ(message.timeout_ms, 900);
    EXPECT_EQ(message.traceparent, kTraceparent);
    EXPECT_GT(message.created_at, 1'600'000'000'000);
    EXPECT_FALSE(message.foreign);
}

TEST_F(FetchTest, takes_no_more_than_the_credit_of_each_lane) {
    for (int i = 0; i < 5; ++i) {
        add({.id = "n" + std::to_string(i), .payload = "{}"});
        add({.id = "l" + std::to_string(i), .lane = Lane::low, .payload = "{}"});
    }
    std::array const credits{LaneCredit{Lane::normal, 3}, LaneCredit{Lane::high, 2}, LaneCredit{Lane::low, 0}};
    auto const deliveries = wait(store.fetch(keys, "w1", credits));
    ASSERT_TRUE(deliveries);
    ASSERT_EQ(deliveries->size(), 3U);
    EXPECT_EQ(deliveries->front().message.task_id, "n0");
    EXPECT_EQ(deliveries->back().message.task_id, "n2");
}

TEST_F(FetchTest, blocks_until_a_task_comes_in_any_lane) {
    auto const pending = client.start(store.fetch_blocking(keys, "w1", 1, 30s));
    ASSERT_TRUE(client.until([&] { return ask({"CLIENT", "LIST"}).find("cmd=xreadgroup") != std::string::npos; }));
    ask({"XADD", keys.lane(Lane::high), "*", "payload", "{}"});
    auto const deliveries = client.wait(pending);
    ASSERT_TRUE(deliveries) << deliveries.error().message();
    ASSERT_EQ(deliveries->size(), 1U);
    EXPECT_EQ(deliveries->front().lane, Lane::high);
}

TEST_F(FetchTest, answers_nothing_when_the_block_has_passed) {
    EXPECT_EQ(wait(store.fetch_blocking(keys, "w1", 1, 1ms)).value().size(), 0U);
}

TEST_F(FetchTest, creates_lost_groups_and_finds_what_was_in_their_lanes) {
    add({.id = "t1", .payload = "{}"});
    ask({"XGROUP", "DESTROY", keys.lane(Lane::normal), "workers"});
    ask({"DEL", keys.lane(Lane::critical)});
    std::array const credits{LaneCredit{Lane::critical, 1}, LaneCredit{Lane::normal, 1}};
    auto const deliveries = wait(store.fetch(keys, "w1", credits));
    ASSERT_TRUE(deliveries) << deliveries.error().message();
    EXPECT_EQ(deliveries->size(), 1U);

    ask({"FLUSHALL"});
    EXPECT_TRUE(wait(store.fetch_blocking(keys, "w1", 1, 1ms)));
    EXPECT_EQ(ask({"EXISTS", keys.lane(Lane::low)}), "1");
}

TEST_F(FetchTest, reads_what_another_program_wrote) {
    add_foreign({"task_id", "t1", "agent_type", "sentiment", "payload", "{}", "priority", "1", "created_at",
                 "2026-01-31T10:00:00.5", "retry_count", "0", "max_retries", "3"});
    add_foreign({"payload", R"({"x":1})", "extra", "kept out"});
    auto const deliveries = fetch("w1");
    ASSERT_EQ(deliveries.size(), 2U);
    for (auto const& delivery : deliveries) {
        EXPECT_EQ(delivery.malformed, "");
        EXPECT_TRUE(delivery.message.foreign);
    }
    EXPECT_EQ(deliveries[0].message.created_at, 1'769'853'600'500);
    EXPECT_EQ(deliveries[0].message.priority, 1);
    EXPECT_EQ(deliveries[1].message.task_id, "");
}

TEST_F(FetchTest, says_what_is_wrong_with_an_entry_and_goes_on) {
    add_foreign({"task_id", "t1"});
    add_foreign({"v", "99", "task_id", "t1", "payload", "{}"});
    add_foreign({"v", "1", "task_id", "no spaces allowed", "agent_type", "sentiment", "payload", "{}", "priority", "0",
                 "created_at", "1", "retry_count", "0", "max_retries", "3"});
    add_foreign({"v", "1", "task_id", "t2", "agent_type", "other", "payload", "{}", "priority", "0", "created_at", "1",
                 "retry_count", "0", "max_retries", "3"});
    add({.id = "fine", .payload = "{}"});
    auto const deliveries = fetch("w1");
    ASSERT_EQ(deliveries.size(), 5U);
    EXPECT_THAT(deliveries[0].malformed, HasSubstr("payload is missing"));
    EXPECT_THAT(deliveries[1].malformed, HasSubstr("format is 99"));
    EXPECT_THAT(deliveries[2].malformed, HasSubstr("task_id"));
    EXPECT_THAT(deliveries[3].malformed, HasSubstr("agent other"));
    EXPECT_EQ(deliveries[4].malformed, "");
}

TEST_F(FetchTest, carries_any_payload_unchanged) {
    std::string big(1U << 20, 'x');
    big = "\"" + big + "\"";
    for (std::string const& payload : {std::string(R"({"q":"\"\\/\b\n\u0000 é 漢 😀"})"), std::string("\"\x7f\r\n$5\""),
                                       std::string("\"raw \0 NUL\"", 11), std::string("\xff\xfe not UTF-8"), big}) {
        add({.id = "t1", .payload = payload});
        auto const deliveries = fetch("w1");
        ASSERT_EQ(deliveries.size(), 1U);
        EXPECT_EQ(deliveries.front().message.payload, payload);
        ask({"DEL", keys.task("t1")});
    }
}

TEST_F(FetchTest, answers_corrupt_for_a_lane_of_a_wrong_type) {
    ask({"DEL", keys.lane(Lane::normal)});
    ask({"SET", keys.lane(Lane::normal), "text"});
    std::array const credits{LaneCredit{Lane::normal, 1}};
    EXPECT_EQ(wait(store.fetch(keys, "w1", credits)).error().code, ErrorCode::corrupt);
    EXPECT_EQ(wait(store.fetch_blocking(keys, "w1", 1, 1ms)).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace leat::store
