#include <gmock/gmock.h>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class LeaseTest : public StoreFixture {
  protected:
    Result<RenewStatus> renew(std::string_view consumer, Delivery const& delivery) {
        std::array const items{held(delivery)};
        auto statuses = wait(store.renew(keys, consumer, items));
        if (!statuses) return std::unexpected(statuses.error());
        return statuses->at(0);
    }
    std::int64_t idle(Delivery const& delivery) const {
        std::istringstream row(
            ask({"XPENDING", keys.lane(delivery.lane), "workers", delivery.entry_id, delivery.entry_id, "1"}));
        std::string field;
        for (int i = 0; i < 3; ++i)
            std::getline(row, field);
        return std::stoll(field);
    }
};

TEST_F(LeaseTest, renews_what_is_held_and_keeps_its_count) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    age(delivery, "w1");
    ASSERT_GE(idle(delivery), 3'600'000);
    EXPECT_EQ(renew("w1", delivery), RenewStatus::renewed);
    EXPECT_LT(idle(delivery), 3'600'000);
    EXPECT_EQ(renew("w1", delivery), RenewStatus::renewed);
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
}

TEST_F(LeaseTest, answers_lost_to_whoever_lost_the_fence) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_EQ(renew("w2", delivery), RenewStatus::lost);
    auto other = delivery;
    other.count = 3;
    EXPECT_EQ(renew("w1", other), RenewStatus::lost);
    age(delivery, "w1");
    ASSERT_EQ(reclaim("w2").size(), 1U);
    EXPECT_EQ(renew("w1", delivery), RenewStatus::lost);
    EXPECT_THAT(pending(Lane::normal), HasSubstr("w2"));
    ask({"FLUSHALL"});
    EXPECT_EQ(renew("w1", delivery), RenewStatus::lost);
}

TEST_F(LeaseTest, tells_that_somebody_asked_to_cancel) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    EXPECT_EQ(wait(store.cancel(keys, "t1")), CancelStatus::requested);
    EXPECT_EQ(renew("w1", delivery), RenewStatus::cancel_requested);
}

TEST_F(LeaseTest, renews_a_batch_over_several_lanes_one_status_per_item) {
    auto const first = start("w1", {.id = "t1", .lane = Lane::low, .payload = "{}"});
    auto const second = start("w1", {.id = "t2", .lane = Lane::critical, .payload = "{}"});
    auto const deleted = start("w1", {.id = "t3", .lane = Lane::low, .payload = "{}"});
    auto const others = start("w2", {.id = "t4", .lane = Lane::low, .payload = "{}"});
    ask({"XDEL", keys.lane(Lane::low), deleted.entry_id});
    std::array const items{held(others), held(first), held(deleted), held(second)};
    auto const statuses = wait(store.renew(keys, "w1", items));
    ASSERT_TRUE(statuses);
    EXPECT_THAT(*statuses, ::testing::ElementsAre(RenewStatus::lost, RenewStatus::renewed, RenewStatus::missing,
                                                  RenewStatus::renewed));
}

TEST_F(LeaseTest, gives_back_without_counting_and_the_next_claimer_gets_the_same_count) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    auto const record_before = record("t1");
    Listener listener(context, client, redis::parse_url(server.url()).value(), keys.control_channel);
    EXPECT_TRUE(release("w1", delivery));
    EXPECT_EQ(listener.texts(1), (std::vector<std::string>{"released"}));
    auto const before = snapshot();
    EXPECT_FALSE(release("w1", delivery));  // the second send
    EXPECT_EQ(snapshot(), before);
    EXPECT_EQ(record("t1"), record_before);
    EXPECT_EQ(total("released"), "1");

    // The old fence is gone.
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::stale);
    auto const taken = reclaim("w2");
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0].count, 1);
    EXPECT_EQ(taken[0].message.task_id, "t1");
    EXPECT_EQ(settle("w2", verdict(taken[0], SettleVerdict::success, "1")), SettleStatus::settled);
}

TEST_F(LeaseTest, keeps_the_count_of_earlier_crashes_when_it_gives_back) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    age(delivery, "w1");
    auto const second = reclaim("w2").at(0);
    age(second, "w2");
    auto const third = reclaim("w3").at(0);
    EXPECT_EQ(third.count, 3);
    EXPECT_TRUE(release("w3", third));
    EXPECT_EQ(reclaim("w4").at(0).count, 3);
}

TEST_F(LeaseTest, takes_over_only_what_was_silent_long_enough) {
    auto const silent = start("w1", {.id = "t1", .payload = R"({"a":1})"});
    (void)start("w1", {.id = "t2", .payload = "{}"});
    age(silent, "w1");
    auto const reply = wait(store.reclaim(keys, Lane::normal, "w2", 1min, "0-0", 100));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->cursor, "0-0");
    ASSERT_EQ(reply->deliveries.size(), 1U);
    EXPECT_EQ(reply->deliveries[0].entry_id, silent.entry_id);
    EXPECT_EQ(reply->deliveries[0].count, 2);
    EXPECT_EQ(reply->deliveries[0].message.payload, R"({"a":1})");
    EXPECT_TRUE(reply->missing.empty());
    EXPECT_EQ(total("reclaimed"), "1");
    EXPECT_TRUE(reclaim("w3").empty());
}

TEST_F(LeaseTest, goes_on_at_the_cursor) {
    std::vector<Delivery> deliveries;
    for (int i = 0; i < 30; ++i) {
        deliveries.push_back(start("w1", {.id = "t" + std::to_string(i), .payload = "{}"}));
        age(deliveries.back(), "w1");
    }
    std::string cursor = "0-0";
    std::set<std::string> taken;
    int calls = 0;
    do {
        auto const reply = wait(store.reclaim(keys, Lane::normal, "w2", 1min, cursor, 10));
        ASSERT_TRUE(reply);
        for (auto const& delivery : reply->deliveries) {
            EXPECT_EQ(delivery.count, 2);
            taken.insert(delivery.message.task_id);
        }
        cursor = reply->cursor;
        ++calls;
    } while (cursor != "0-0" && calls < 10);
    EXPECT_EQ(taken.size(), 30U);
    EXPECT_GE(calls, 3);
}

TEST_F(LeaseTest, tells_its_holder_that_a_message_was_deleted) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    ask({"XDEL", keys.lane(Lane::normal), delivery.entry_id});
    EXPECT_EQ(renew("w1", delivery), RenewStatus::missing);
    EXPECT_EQ(renew("w1", delivery), RenewStatus::missing) << "also when the server has dropped the delivery";
    ask({"DEL", keys.task("t1")});
    EXPECT_EQ(renew("w1", delivery), RenewStatus::lost) << "the task has gone on";
}

TEST_F(LeaseTest, finds_all_that_a_consumer_holds) {
    for (int i = 0; i < 150; ++i)
        add({.id = "t" + std::to_string(i), .payload = "{}"});
    fetch("w1", Lane::normal, 150);
    add({.id = "other", .payload = "{}"});
    fetch("w2");
    auto const first = wait(store.held_by(keys, Lane::normal, "w1", {}));
    ASSERT_EQ(first->size(), 100U);
    auto const rest = wait(store.held_by(keys, Lane::normal, "w1", first->back().entry_id));
    ASSERT_EQ(rest->size(), 50U);
    ask({"XDEL", keys.lane(Lane::normal), rest->front().entry_id});
    auto const read = wait(store.read_held(keys, Lane::normal, *rest));
    ASSERT_EQ(read->size(), 49U);
    EXPECT_EQ(read->front().message.task_id, "t101");
    EXPECT_EQ(read->front().count, 1) << "looking counts as no delivery";
}

TEST_F(LeaseTest, tells_which_pending_messages_no_longer_exist) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    age(delivery, "w1");
    ask({"XDEL", keys.lane(Lane::normal), delivery.entry_id});
    auto const reply = wait(store.reclaim(keys, Lane::normal, "w2", 1min, "0-0", 100));
    ASSERT_TRUE(reply);
    EXPECT_TRUE(reply->deliveries.empty());
    EXPECT_THAT(reply->missing, ::testing::ElementsAre(delivery.entry_id));
}

TEST_F(LeaseTest, takes_nothing_over_while_the_servers_clock_is_off) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    age(delivery, "w1");
    auto const now = wait(store.server_time()).value();
    for (auto const off : {-20'000, 20'000}) {
        ClaimWindow const window{now + off, std::chrono::seconds(10)};
        auto const refused = wait(store.reclaim(keys, Lane::normal, "w2", 1min, "5-0", 100, window));
        ASSERT_TRUE(refused);
        EXPECT_TRUE(refused->clock_was_off);
        EXPECT_TRUE(refused->deliveries.empty());
        EXPECT_EQ(refused->cursor, "5-0") << "the sweep goes on where it was";
    }
    ClaimWindow const window{now, std::chrono::seconds(10)};
    EXPECT_EQ(wait(store.reclaim(keys, Lane::normal, "w2", 1min, "0-0", 100, window))->deliveries.size(), 1U);
}

TEST_F(LeaseTest, inherits_what_a_gone_worker_holds_and_nothing_else) {
    start("gone", {.id = "t1", .payload = "{}"});
    auto const deleted = start("gone", {.id = "t2", .payload = "{}"});
    start("lives", {.id = "t3", .payload = "{}"});
    ask({"XDEL", keys.lane(Lane::normal), deleted.entry_id});
    ask({"HSET", space.worker("lives"), "beats", "7"});
    auto const owners = wait(store.owners(space, keys, "heir"));
    ASSERT_TRUE(owners);
    ASSERT_EQ(owners->size(), 2U);
    EXPECT_EQ((*owners)[0].consumer, "gone");
    EXPECT_EQ((*owners)[0].beats, std::nullopt);
    EXPECT_EQ((*owners)[1].beats, 7);
    auto const reply = wait(store.inherit(keys, Lane::normal, "heir", "gone", 100));
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->deliveries.size(), 1U);
    EXPECT_EQ(reply->deliveries[0].message.task_id, "t1");
    EXPECT_EQ(reply->deliveries[0].count, 2);
    EXPECT_THAT(reply->missing, ::testing::ElementsAre(deleted.entry_id));
    EXPECT_EQ(settle("heir", verdict(reply->deliveries[0], SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_TRUE(wait(store.inherit(keys, Lane::normal, "heir", "gone", 100))->deliveries.empty());
}

TEST_F(LeaseTest, finds_nothing_where_there_is_no_group_and_starts_over_at_a_bad_cursor) {
    EXPECT_TRUE(wait(store.reclaim(keys, Lane::normal, "w1", 1min, "nonsense", 10)));
    ask({"FLUSHALL"});
    auto const reply = wait(store.reclaim(keys, Lane::normal, "w1", 1min, "5-0", 10));
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply->cursor, "0-0");
}

TEST_F(LeaseTest, removes_an_adopted_message) {
    ask({"XADD", keys.lane(Lane::normal), "*", "payload", "{}"});
    auto const delivery = fetch("w1").at(0);
    EXPECT_EQ(wait(store.remove(keys, "w2", held(delivery), RemovalKind::adopted, "")), false);
    EXPECT_EQ(length(keys.lane(Lane::normal)), "1");
    EXPECT_EQ(wait(store.remove(keys, "w1", held(delivery), RemovalKind::adopted, "")), true);
    auto const before = snapshot();
    EXPECT_EQ(wait(store.remove(keys, "w1", held(delivery), RemovalKind::adopted, "")), false);
    EXPECT_EQ(snapshot(), before);
    EXPECT_EQ(length(keys.lane(Lane::normal)), "0");
    EXPECT_EQ(pending(Lane::normal), "");
    EXPECT_EQ(total("adopted"), "1");
    EXPECT_EQ(length(keys.dead), "0");
}

TEST_F(LeaseTest, moves_a_malformed_message_into_the_dead_stream) {
    ask({"XADD", keys.lane(Lane::low), "*", "task_id", "x y", "odd \"name\"", "a\nb"});
    auto const delivery = fetch("w1", Lane::low).at(0);
    ASSERT_NE(delivery.malformed, "");
    EXPECT_EQ(wait(store.remove(keys, "w1", held(delivery), RemovalKind::quarantined, delivery.malformed)), true);
    auto const letter = newest(keys.dead);
    EXPECT_EQ(letter.at("task_id"), "x y");
    EXPECT_EQ(json::parse(letter.at("original_payload")), (json{{"task_id", "x y"}, {"odd \"name\"", "a\nb"}}));
    EXPECT_EQ(letter.at("error"), delivery.malformed);
    EXPECT_EQ(letter.at("reason"), "malformed");
    EXPECT_EQ(letter.at("agent_type"), "sentiment");
    EXPECT_THAT(letter.at("failed_at"), MatchesRegex("2.*Z"));
    EXPECT_EQ(total("quarantined"), "1");
    EXPECT_EQ(length(keys.lane(Lane::low)), "0");
}

}  // namespace
}  // namespace leat::store
