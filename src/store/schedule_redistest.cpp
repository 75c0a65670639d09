#include <gmock/gmock.h>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class ScheduleTest : public StoreFixture {
  protected:
    Result<PromoteReply> promote(std::vector<std::string> const& ids = {}) { return wait(store.promote(keys, ids)); }
    void make_due(std::string const& id) { ask({"ZADD", keys.scheduled, "XX", "1", id}); }
};

TEST_F(ScheduleTest, tells_that_nothing_is_scheduled) {
    auto const reply = promote();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->promoted, 0);
    EXPECT_TRUE(reply->due.empty());
    EXPECT_EQ(reply->next_due_in_ms, std::nullopt);
}

TEST_F(ScheduleTest, tells_when_the_next_task_is_due) {
    add({.id = "t1", .delay_ms = 60'000, .payload = "{}"});
    add({.id = "t2", .delay_ms = 90'000, .payload = "{}"});
    auto const reply = promote();
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->due.empty());
    ASSERT_TRUE(reply->next_due_in_ms);
    EXPECT_LE(*reply->next_due_in_ms, 60'000);
    EXPECT_GT(*reply->next_due_in_ms, 30'000);
}

TEST_F(ScheduleTest, names_what_is_due_and_moves_it_with_the_next_call) {
    add({.id = "t1", .priority = 5, .delay_ms = 60'000, .payload = R"({"a":1})", .timeout_ms = 9});
    add({.id = "t2", .priority = -1, .delay_ms = 60'000, .payload = "{}"});
    add({.id = "t3", .delay_ms = 60'000, .payload = "{}"});
    make_due("t1");
    make_due("t2");
    auto const first = promote();
    ASSERT_TRUE(first);
    EXPECT_THAT(first->due, ElementsAre("t1", "t2"));
    EXPECT_EQ(first->next_due_in_ms, 0);
    EXPECT_EQ(first->promoted, 0);

    auto const second = promote(first->due);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->promoted, 2);
    EXPECT_TRUE(second->due.empty());
    EXPECT_GT(second->next_due_in_ms.value_or(0), 0);
    EXPECT_EQ(record("t1"), R"({"state":"ready","at":"c/)" + newest(keys.lane(Lane::critical)).at("id") + R"("})");
    EXPECT_EQ(ask({"ZRANGE", keys.scheduled, "0", "-1"}), "t3");
    EXPECT_EQ(total("promoted"), "2");
    auto const message = fetch("w1", Lane::critical).at(0).message;
    EXPECT_EQ(message.payload, R"({"a":1})");
    EXPECT_EQ(message.timeout_ms, 9);
    EXPECT_EQ(fetch("w1", Lane::low).at(0).message.task_id, "t2");

    auto const before = snapshot();
    EXPECT_EQ(promote(first->due)->promoted, 0);  // the second send
    EXPECT_EQ(snapshot(), before);
}

TEST_F(ScheduleTest, writes_promoted_messages_in_the_order_of_all_messages) {
    add({.id = "t1", .delay_ms = 60'000, .payload = "{}"});
    EXPECT_EQ(promote_due("t1")->promoted, 1);
    EXPECT_THAT(
        ask({"XRANGE", keys.lane(Lane::normal), "-", "+"}),
        ::testing::MatchesRegex(
            "[^\n]+\nv\n1\ntask_id\nt1\nagent_type\nsentiment\npayload\n\\{\\}\npriority\n0\ncreated_at\n[0-9]+\n"
            "retry_count\n0\nmax_retries\n3"));
}

TEST_F(ScheduleTest, moves_nothing_that_is_not_due_or_not_scheduled) {
    add({.id = "later", .delay_ms = 60'000, .payload = "{}"});
    add({.id = "ready", .payload = "{}"});
    auto const before = snapshot();
    EXPECT_EQ(promote({"later", "ready", "unknown"})->promoted, 0);
    EXPECT_EQ(snapshot(), before);
}

TEST_F(ScheduleTest, moves_a_task_once_however_often_it_is_named) {
    add({.id = "t1", .delay_ms = 60'000, .payload = "{}"});
    make_due("t1");
    EXPECT_EQ(promote({"t1", "t1"})->promoted, 1);
    EXPECT_EQ(length(keys.lane(Lane::normal)), "1");
}

TEST_F(ScheduleTest, takes_out_and_counts_what_has_no_parked_message) {
    std::string huge = R"({"state":"scheduled","due":1,"message":{"task_id":"huge")";
    for (int i = 0; i < 5'000; ++i)
        huge += ",\"field" + std::to_string(i) + "\":\"x\"";
    huge += "}}";
    std::map<std::string, std::string> const records{
        {"missing", ""},
        {"nonsense", "nonsense"},
        {"list", "[]"},
        {"null", "null"},
        {"ready", R"({"state":"ready","at":"n/1-0"})"},
        {"bare", R"({"state":"scheduled","due":1})"},
        {"text", R"({"state":"scheduled","due":1,"message":"x"})"},
        {"array", R"({"state":"scheduled","due":1,"message":["task_id","array"]})"},
        {"number", R"({"state":"scheduled","due":1,"message":{"task_id":"number","priority":1}})"},
        {"other", R"({"state":"scheduled","due":1,"message":{"task_id":"somebody else"}})"},
        {"huge", huge},
        {"deep", "{\"state\":" + std::string(100'000, '[')},
    };
    std::vector<std::string> ids;
    for (auto const& [id, text] : records) {
        ask({"ZADD", keys.scheduled, "1", id});
        if (!text.empty()) ask({"SET", keys.task(id), text});
        ids.push_back(id);
    }
    ask({"ZADD", keys.scheduled, "1", "hash"});
    ask({"HSET", keys.task("hash"), "a", "b"});
    ids.push_back("hash");
    add({.id = "fine", .delay_ms = 60'000, .payload = "{}"});
    make_due("fine");
    ids.push_back("fine");

    auto const reply = promote(ids);
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->promoted, 1);
    EXPECT_EQ(ask({"ZCARD", keys.scheduled}), "0");
    EXPECT_EQ(total("orphaned"), std::to_string(records.size() + 1));
    EXPECT_EQ(record("nonsense"), "nonsense");  // left for people to look at
}

TEST_F(ScheduleTest, names_a_batch_at_most) {
    for (std::size_t i = 0; i <= kPromoteTold; ++i)
        ask({"ZADD", keys.scheduled, std::to_string(i), "t" + std::to_string(i)});
    EXPECT_EQ(promote()->due.size(), kPromoteTold);
    EXPECT_EQ(wait(store.promote(keys, {}, 7))->due.size(), 7U);
    EXPECT_EQ(wait(store.promote(keys, {}, 0))->due.size(), 0U);
}

TEST_F(ScheduleTest, keeps_fields_that_it_does_not_know) {
    ask({"SET", keys.task("t1"),
         R"({"state":"scheduled","due":1,"message":{"v":"1","task_id":"t1","agent_type":"sentiment","payload":"{}",)"
         R"("priority":"0","created_at":"1","retry_count":"0","max_retries":"3","zebra":"z","apple":"a"}})"});
    ask({"ZADD", keys.scheduled, "1", "t1"});
    EXPECT_EQ(promote({"t1"})->promoted, 1);
    EXPECT_THAT(ask({"XRANGE", keys.lane(Lane::normal), "-", "+"}), HasSubstr("max_retries\n3\napple\na\nzebra\nz"));
}

}  // namespace
}  // namespace leat::store
