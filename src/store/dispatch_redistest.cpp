#include <gmock/gmock.h>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class DispatchTest : public StoreFixture {};

TEST_F(DispatchTest, puts_a_message_into_its_lane_and_writes_the_record) {
    add({.id = "t1", .lane = Lane::high, .priority = 1, .payload = R"({"text":"hi"})"});
    auto const message = newest(keys.lane(Lane::high));
    EXPECT_EQ(record("t1"), R"({"state":"ready","at":"h/)" + message.at("id") + R"("})");
    EXPECT_EQ(ttl(keys.task("t1")), "-1");
    EXPECT_EQ(total("dispatched"), "1");

    // The order of the fields is part of the format: entries with the same names share them in memory.
    EXPECT_THAT(ask({"XRANGE", keys.lane(Lane::high), "-", "+"}),
                MatchesRegex("[0-9]+-[0-9]+\nv\n1\ntask_id\nt1\nagent_type\nsentiment\npayload\n[^\n]+\npriority\n1\n"
                             "created_at\n[0-9]+\nretry_count\n0\nmax_retries\n3"));
}

TEST_F(DispatchTest, adds_optional_fields_behind_the_others) {
    add({.id = "t1", .payload = "{}", .timeout_ms = 1500, .traceparent = "00-abc-def-01"});
    EXPECT_THAT(ask({"XRANGE", keys.lane(Lane::normal), "-", "+"}),
                HasSubstr("max_retries\n3\ntimeout_ms\n1500\ntraceparent\n00-abc-def-01"));
}

TEST_F(DispatchTest, parks_a_delayed_task_in_its_record) {
    auto const before = wait(store.server_time()).value();
    add({.id = "t1", .priority = -2, .delay_ms = 60'000, .payload = R"("a")"});
    auto const due = std::stoll(ask({"ZSCORE", keys.scheduled, "t1"}));
    EXPECT_GE(due, before + 60'000);
    EXPECT_THAT(record("t1"), MatchesRegex(R"re(\{"state":"scheduled","due":)re" + std::to_string(due) +
                                           R"re(,"message":\{"v":"1","task_id":"t1","agent_type":"sentiment",)re"
                                           R"re("payload":"\\"a\\"","priority":"-2",.*\}\})re"));
    EXPECT_EQ(length(keys.lane(Lane::low)), "0");
}

TEST_F(DispatchTest, answers_what_became_of_a_task_that_exists) {
    add({.id = "waits", .payload = "{}"});
    add({.id = "later", .delay_ms = 60'000, .payload = "{}"});
    ask({"SET", keys.task("done"), R"({"state":"succeeded","at":"1-0"})"});
    ask({"SET", keys.task("failed"), R"({"state":"dead","at":"1-0"})"});
    ask({"SET", keys.task("stopped"), R"({"state":"cancelled","at":"1-0"})"});
    ask({"SET", keys.task("late"), R"({"state":"expired","at":"1-0"})"});
    auto const before = snapshot({keys.stats});
    for (auto const& [id, state] : std::map<std::string, TaskState>{{"waits", TaskState::ready},
                                                                    {"later", TaskState::scheduled},
                                                                    {"done", TaskState::succeeded},
                                                                    {"failed", TaskState::dead},
                                                                    {"stopped", TaskState::cancelled},
                                                                    {"late", TaskState::expired}}) {
        auto const reply = dispatch({.id = id, .payload = "{}"});
        ASSERT_TRUE(reply) << id;
        EXPECT_EQ(reply->status, DispatchStatus::duplicate) << id;
        EXPECT_EQ(reply->state, state) << id;
        EXPECT_FALSE(reply->unreadable) << id;
    }
    EXPECT_EQ(snapshot({keys.stats}), before);
    EXPECT_EQ(total("duplicates"), "6");
}

TEST_F(DispatchTest, creates_one_task_for_an_id_that_is_twice_in_a_batch) {
    std::array<DispatchItem, 3> const items{DispatchItem{.id = "t1", .payload = "1"},
                                            DispatchItem{.id = "t1", .payload = "2"},
                                            DispatchItem{.id = "t2", .delay_ms = 1'000, .payload = "3"}};
    auto const replies = wait(store.dispatch(keys, items, std::nullopt));
    ASSERT_TRUE(replies);
    EXPECT_EQ(replies->at(0).status, DispatchStatus::created);
    EXPECT_EQ(replies->at(1).status, DispatchStatus::duplicate);
    EXPECT_EQ(replies->at(1).state, TaskState::ready);
    EXPECT_EQ(replies->at(2).state, TaskState::scheduled);
    EXPECT_EQ(length(keys.lane(Lane::normal)), "1");
    EXPECT_EQ(newest(keys.lane(Lane::normal)).at("payload"), "1");
}

TEST_F(DispatchTest, takes_a_whole_batch_and_changes_nothing_when_it_is_sent_again) {
    std::vector<DispatchItem> items(Limits::dispatch_batch);
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i] = {.id = "t" + std::to_string(i),
                    .lane = static_cast<Lane>(i % kLanes),
                    .delay_ms = i % 3 == 0 ? 5'000 : 0,
                    .payload = "{}"};
    }
    auto const first = wait(store.dispatch(keys, items, std::nullopt));
    ASSERT_TRUE(first);
    auto const before = snapshot({keys.stats});
    auto const second = wait(store.dispatch(keys, items, std::nullopt));
    ASSERT_TRUE(second);
    for (std::size_t i = 0; i < items.size(); ++i) {
        EXPECT_EQ(first->at(i).status, DispatchStatus::created);
        EXPECT_EQ(second->at(i).status, DispatchStatus::duplicate);
        EXPECT_EQ(second->at(i).state, first->at(i).state);
    }
    EXPECT_EQ(snapshot({keys.stats}), before);
    EXPECT_EQ(total("dispatched"), "100");
}

// Nothing but an outcome removes a message: no length of a lane does.
TEST_F(DispatchTest, keeps_every_message_however_many_wait) {
    constexpr int kBatches = 30;
    for (int batch = 0; batch < kBatches; ++batch) {
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < Limits::dispatch_batch; ++i)
            ids.push_back("t" + std::to_string(batch) + "-" + std::to_string(i));
        std::vector<DispatchItem> items;
        for (auto const& id : ids)
            items.push_back({.id = id, .payload = "{}"});
        ASSERT_TRUE(wait(store.dispatch(keys, items, std::nullopt)));
    }
    EXPECT_EQ(length(keys.lane(Lane::normal)), std::to_string(kBatches * Limits::dispatch_batch));
    auto const oldest = fetch("w1", Lane::normal, 1);
    EXPECT_EQ(oldest.at(0).message.task_id, "t0-0");
}

TEST_F(DispatchTest, answers_an_empty_batch_without_asking_the_server) {
    EXPECT_EQ(wait(store.dispatch(keys, {}, std::nullopt)).value().size(), 0U);
}

TEST_F(DispatchTest, refuses_beyond_the_limit_and_stores_nothing_of_what_it_refuses) {
    add({.id = "t1", .payload = "{}"});
    add({.id = "t2", .delay_ms = 60'000, .payload = "{}"});
    std::array<DispatchItem, 3> const items{DispatchItem{.id = "t3", .payload = "{}"},
                                            DispatchItem{.id = "t4", .payload = "{}"},
                                            DispatchItem{.id = "t1", .payload = "{}"}};
    auto const replies = wait(store.dispatch(keys, items, 3));
    ASSERT_TRUE(replies);
    EXPECT_EQ(replies->at(0).status, DispatchStatus::created);
    EXPECT_EQ(replies->at(1).status, DispatchStatus::full);
    EXPECT_EQ(replies->at(2).status, DispatchStatus::duplicate);  // what is there already needs no room
    EXPECT_EQ(record("t4"), "");
}

TEST_F(DispatchTest, obeys_the_limit_of_the_control_hash_before_the_argument) {
    ask({"HSET", keys.control, "max_waiting", "1"});
    add({.id = "t1", .payload = "{}"});
    EXPECT_EQ(dispatch({.id = "t2", .payload = "{}"}, 100)->status, DispatchStatus::full);
    ask({"HSET", keys.control, "max_waiting", "nonsense"});
    EXPECT_EQ(dispatch({.id = "t2", .payload = "{}"}, 100)->status, DispatchStatus::created);
    EXPECT_EQ(dispatch({.id = "t3", .payload = "{}"}, 2)->status, DispatchStatus::full);
}

TEST_F(DispatchTest, says_that_a_task_is_due_earlier_than_all_others) {
    Listener listener(context, client, redis::parse_url(server.url()).value(), keys.control_channel);
    add({.id = "t1", .delay_ms = 60'000, .payload = "{}"});
    add({.id = "t2", .delay_ms = 90'000, .payload = "{}"});  // not the earliest: nothing is said
    add({.id = "t3", .delay_ms = 30'000, .payload = "{}"});
    ask({"PUBLISH", keys.control_channel, "end"});
    EXPECT_EQ(listener.texts(3), (std::vector<std::string>{"due", "due", "end"}));
}

TEST_F(DispatchTest, says_which_record_is_none_and_stores_the_others) {
    ask({"SET", keys.task("nonsense"), "nonsense"});
    ask({"SET", keys.task("list"), "[]"});
    ask({"SET", keys.task("number"), R"({"state":7})"});
    ask({"SET", keys.task("unknown"), R"({"state":"flying"})"});
    ask({"HSET", keys.task("hash"), "a", "b"});
    for (std::string const id : {"nonsense", "list", "number", "unknown", "hash"}) {
        auto const before = snapshot();
        std::array<DispatchItem, 1> const items{DispatchItem{.id = id, .payload = "{}"}};
        auto const replies = wait(store.dispatch(keys, items, std::nullopt));
        ASSERT_TRUE(replies) << replies.error().message();
        EXPECT_EQ(replies->at(0).status, DispatchStatus::duplicate) << id;
        EXPECT_TRUE(replies->at(0).unreadable) << id;
        EXPECT_EQ(snapshot(), before) << id;
    }
    std::array<DispatchItem, 2> const items{DispatchItem{.id = "hash", .payload = "{}"},
                                            DispatchItem{.id = "fine", .payload = "{}"}};
    auto const replies = wait(store.dispatch(keys, items, std::nullopt));
    ASSERT_TRUE(replies);
    EXPECT_TRUE(replies->at(0).unreadable);
    EXPECT_EQ(replies->at(1).status, DispatchStatus::created);
}

}  // namespace
}  // namespace leat::store
