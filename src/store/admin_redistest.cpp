#include <gmock/gmock.h>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class AdminTest : public StoreFixture {
  protected:
    Result<CancelStatus> cancel(std::string_view id) { return wait(store.cancel(keys, id)); }
    // The second send must change nothing and answer `again`.
    Result<CancelStatus> cancel_twice(std::string_view id, CancelStatus again) {
        auto const first = cancel(id);
        auto const before = snapshot();
        EXPECT_EQ(cancel(id), again);
        EXPECT_EQ(snapshot(), before);
        return first;
    }
    Result<ReprioritiseStatus> reprioritise(std::string_view id, std::int64_t priority) {
        return wait(store.reprioritise(keys, id, priority));
    }
};

// --- register
// ---------------------------------------------------------------------------------------------------------

TEST_F(AdminTest, registers_an_agent_once_and_again) {
    EXPECT_EQ(ask({"SMEMBERS", space.agents()}), "sentiment");
    EXPECT_EQ(ask({"HGET", keys.control, "v"}), "1");
    EXPECT_EQ(ask({"HGET", keys.control, "lease_ms"}), "30000");
    EXPECT_THAT(ask({"XINFO", "GROUPS", keys.lane(Lane::low)}), HasSubstr("last-delivered-id\n0-0"));
    auto const before = snapshot();
    EXPECT_TRUE(wait(store.register_agent(space, keys, 30s)));
    EXPECT_EQ(snapshot(), before);
}

TEST_F(AdminTest, lets_redis_find_a_total_at_once) {
    EXPECT_EQ(ask({"OBJECT", "ENCODING", keys.stats}), "hashtable");
    ask({"DEL", keys.stats});
    ask({"HSET", keys.stats, "succeeded", "7"});  // by a program from before
    EXPECT_TRUE(wait(store.register_agent(space, keys, 30s)));
    EXPECT_EQ(ask({"OBJECT", "ENCODING", keys.stats}), "hashtable");
    EXPECT_EQ(total("succeeded"), "7");
}

TEST_F(AdminTest, tells_workers_that_the_lease_has_changed) {
    Listener listener(context, client, redis::parse_url(server.url()).value(), keys.control_channel);
    EXPECT_TRUE(wait(store.register_agent(space, keys, 10s)));
    EXPECT_EQ(listener.texts(1), (std::vector<std::string>{"policy"}));
    EXPECT_EQ(wait(store.control(keys))->lease_ms, 10'000);
}

TEST_F(AdminTest, keeps_groups_that_exist_and_finds_tasks_from_before) {
    auto const other = space.agent("other");
    ask({"XADD", other.lane(Lane::normal), "*", "payload", "{}"});
    (void)start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_TRUE(wait(store.register_agent(space, keys, 30s)));
    EXPECT_THAT(pending(Lane::normal), HasSubstr("w1"));
    EXPECT_TRUE(wait(store.register_agent(space, other, 30s)));
    std::array const credits{LaneCredit{Lane::normal, 1}};
    EXPECT_EQ(wait(store.fetch(other, "w1", credits))->size(), 1U);
}

TEST_F(AdminTest, refuses_data_of_a_newer_format) {
    ask({"HSET", keys.control, "v", "2"});
    auto const before = snapshot();
    EXPECT_EQ(wait(store.register_agent(space, keys, 10s)).error().code, ErrorCode::unsupported);
    EXPECT_EQ(snapshot(), before);
}

// --- pause
// ------------------------------------------------------------------------------------------------------------

TEST_F(AdminTest, pauses_and_resumes) {
    Listener listener(context, client, redis::parse_url(server.url()).value(), keys.control_channel);
    EXPECT_FALSE(wait(store.control(keys))->paused);
    EXPECT_TRUE(wait(store.set_paused(keys, true)));
    EXPECT_TRUE(wait(store.control(keys))->paused);
    EXPECT_TRUE(wait(store.set_paused(keys, false)));
    EXPECT_FALSE(wait(store.control(keys))->paused);
    EXPECT_EQ(listener.texts(2), (std::vector<std::string>{"paused", "resumed"}));
}

TEST_F(AdminTest, reads_a_control_hash_that_somebody_spoiled) {
    ask({"HSET", keys.control, "lease_ms", "soon", "v", "x", "max_waiting", "7"});
    auto const control = wait(store.control(keys));
    ASSERT_TRUE(control);
    EXPECT_EQ(control->format, 0);
    EXPECT_EQ(control->lease_ms, std::nullopt);
    EXPECT_EQ(control->max_waiting, 7);
    ask({"DEL", keys.control});
    EXPECT_EQ(wait(store.control(keys))->format, 0);
}

// --- cancel
// -----------------------------------------------------------------------------------------------------------

TEST_F(AdminTest, cancels_a_waiting_task_at_once) {
    Listener listener(context, client, redis::parse_url(server.url()).value(), keys.done_channel);
    add({.id = "t1", .payload = "{}"});
    EXPECT_EQ(cancel_twice("t1", CancelStatus::terminal), CancelStatus::cancelled);
    auto const result = newest(keys.results);
    EXPECT_EQ(record("t1"), R"({"state":"cancelled","at":")" + result.at("id") + R"("})");
    EXPECT_EQ(ttl(keys.task("t1")), "86400");
    EXPECT_EQ(result.at("status"), "cancelled");
    EXPECT_THAT(result.at("run"), MatchesRegex("0 [0-9]+ 0"));
    EXPECT_EQ(result.at("processed_by"), "");
    EXPECT_EQ(length(keys.lane(Lane::normal)), "0");
    EXPECT_TRUE(fetch("w1").empty());
    EXPECT_EQ(total("cancelled"), "1");
    EXPECT_EQ(listener.texts(1), (std::vector<std::string>{"t1 cancelled"}));
}

TEST_F(AdminTest, cancels_a_scheduled_task_at_once) {
    add({.id = "t1", .delay_ms = 60'000, .payload = "{}"});
    EXPECT_EQ(cancel_twice("t1", CancelStatus::terminal), CancelStatus::cancelled);
    EXPECT_EQ(ask({"ZCARD", keys.scheduled}), "0");
    EXPECT_THAT(record("t1"), HasSubstr(R"("state":"cancelled")"));
}

TEST_F(AdminTest, cancels_a_task_that_was_given_back) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_TRUE(release("w1", delivery));
    EXPECT_EQ(cancel_twice("t1", CancelStatus::terminal), CancelStatus::cancelled);
    EXPECT_EQ(pending(Lane::normal), "");
    EXPECT_TRUE(reclaim("w2").empty());
}

TEST_F(AdminTest, asks_the_worker_of_a_running_task) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    Listener listener(context, client, redis::parse_url(server.url()).value(), keys.control_channel);
    EXPECT_EQ(cancel_twice("t1", CancelStatus::requested), CancelStatus::requested);
    EXPECT_EQ(listener.texts(2), (std::vector<std::string>{"cancel t1", "cancel t1"}));
    EXPECT_EQ(record("t1"), R"({"state":"ready","at":"n/)" + delivery.entry_id + R"(","cancel":1})");
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::cancelled, "asked to")), SettleStatus::settled);
}

TEST_F(AdminTest, does_not_cancel_what_has_ended_or_does_not_exist) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_EQ(cancel("t1"), CancelStatus::terminal);
    EXPECT_EQ(cancel("unknown").error().code, ErrorCode::not_found);
    for (std::string const text :
         {"nonsense", "[]", R"({"state":"ready","at":7})", R"({"state":"ready","at":"x/1-0"})"}) {
        ask({"SET", keys.task("t2"), text});
        auto const before = snapshot();
        EXPECT_EQ(cancel("t2").error().code, ErrorCode::corrupt) << text;
        EXPECT_EQ(snapshot(), before);
    }
}

// --- reprioritise
// -------------------------------------------------------------------------------------------------------

TEST_F(AdminTest, moves_a_waiting_task_to_another_lane) {
    add({.id = "t1", .payload = R"({"a":1})", .timeout_ms = 5});
    EXPECT_EQ(reprioritise("t1", 2), ReprioritiseStatus::moved);
    auto const before = snapshot();
    EXPECT_EQ(reprioritise("t1", 2), ReprioritiseStatus::unchanged);  // the second send
    EXPECT_EQ(snapshot(), before);
    EXPECT_EQ(length(keys.lane(Lane::normal)), "0");
    auto const delivery = fetch("w1", Lane::critical).at(0);
    EXPECT_EQ(delivery.message.priority, 2);
    EXPECT_EQ(delivery.message.payload, R"({"a":1})");
    EXPECT_EQ(delivery.message.timeout_ms, 5);
    EXPECT_EQ(record("t1"), R"({"state":"ready","at":"c/)" + delivery.entry_id + R"("})");
    EXPECT_EQ(reprioritise("t1", 0), ReprioritiseStatus::running);
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_EQ(reprioritise("t1", 0), ReprioritiseStatus::terminal);
}

TEST_F(AdminTest, changes_the_priority_of_a_scheduled_task) {
    add({.id = "t1", .delay_ms = 60'000, .payload = R"("a/b")"});
    auto const due = ask({"ZSCORE", keys.scheduled, "t1"});
    EXPECT_EQ(reprioritise("t1", 1), ReprioritiseStatus::moved);
    EXPECT_EQ(reprioritise("t1", 1), ReprioritiseStatus::unchanged);
    EXPECT_EQ(ask({"ZSCORE", keys.scheduled, "t1"}), due);
    EXPECT_THAT(record("t1"), HasSubstr(R"("due":)" + due));
    EXPECT_EQ(promote_due("t1")->promoted, 1);
    EXPECT_EQ(fetch("w1", Lane::high).at(0).message.payload, R"("a/b")");
}

TEST_F(AdminTest, keeps_the_crashes_of_a_task_that_was_given_back) {
    auto const first = start("w1", {.id = "t1", .payload = "{}"});
    age(first, "w1");
    auto const second = reclaim("w2").at(0);
    EXPECT_TRUE(release("w2", second));
    EXPECT_EQ(reprioritise("t1", -1), ReprioritiseStatus::moved);
    EXPECT_EQ(pending(Lane::normal), "");
    EXPECT_EQ(fetch("w3", Lane::low).at(0).message.crashes, 1);
}

TEST_F(AdminTest, keeps_the_wish_to_cancel_a_task_that_was_given_back) {
    auto const first = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_EQ(wait(store.cancel(keys, "t1")), CancelStatus::requested);
    EXPECT_TRUE(release("w1", first));
    EXPECT_EQ(reprioritise("t1", -1), ReprioritiseStatus::moved);
    auto const second = fetch("w2", Lane::low).at(0);
    std::array const items{held(second)};
    EXPECT_EQ(wait(store.renew(keys, "w2", items)).value().at(0), RenewStatus::cancel_requested);
}

TEST_F(AdminTest, does_not_move_what_cannot_be_read) {
    EXPECT_EQ(reprioritise("unknown", 1).error().code, ErrorCode::not_found);
    for (std::string const text :
         {"nonsense", R"({"state":"scheduled","due":1})", R"({"state":"ready","at":"n/1-0"})"}) {
        ask({"SET", keys.task("t1"), text});
        auto const before = snapshot();
        EXPECT_EQ(reprioritise("t1", 1).error().code, ErrorCode::corrupt) << text;
        EXPECT_EQ(snapshot(), before);
    }
}

// --- prune
// ------------------------------------------------------------------------------------------------------------

TEST_F(AdminTest, deletes_a_consumer_only_where_it_holds_nothing) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    ask({"XGROUP", "CREATECONSUMER", keys.lane(Lane::high), "workers", "w1"});
    EXPECT_EQ(wait(store.prune_consumer(keys, "w1")), 1);
    EXPECT_THAT(pending(Lane::normal), HasSubstr("w1"));
    EXPECT_EQ(ask({"XINFO", "CONSUMERS", keys.lane(Lane::high), "workers"}), "");
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_EQ(wait(store.prune_consumer(keys, "w1")), 0);
    EXPECT_EQ(ask({"XINFO", "CONSUMERS", keys.lane(Lane::normal), "workers"}), "");
    EXPECT_EQ(wait(store.prune_consumer(keys, "w1")), 0);
    ask({"FLUSHALL"});
    EXPECT_EQ(wait(store.prune_consumer(keys, "w1")), 0);
}

TEST_F(AdminTest, tells_the_servers_time) {
    auto const time = wait(store.server_time());
    ASSERT_TRUE(time);
    std::istringstream words(ask({"TIME"}));
    std::int64_t seconds = 0;
    words >> seconds;
    EXPECT_NEAR(static_cast<double>(*time) / 1000, static_cast<double>(seconds), 5);
}

}  // namespace
}  // namespace leat::store
