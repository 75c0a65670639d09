// Redis out of memory: new work is refused with nothing written, everything that runs comes to its end.
#include <gmock/gmock.h>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using ::testing::HasSubstr;

class MemoryTest : public StoreFixture {
  protected:
    void fill_memory() {
        ask({"CONFIG", "SET", "maxmemory", "1"});
        ASSERT_THAT(ask({"SET", "probe", "1"}), HasSubstr("OOM"));
    }
};

TEST_F(MemoryTest, refuses_new_tasks_and_writes_nothing) {
    fill_memory();
    auto const before = snapshot();
    EXPECT_EQ(dispatch({.id = "t1", .payload = "{}"}).error().code, ErrorCode::overloaded);
    EXPECT_EQ(dispatch({.id = "t2", .delay_ms = 1'000, .payload = "{}"}).error().code, ErrorCode::overloaded);
    EXPECT_EQ(snapshot(), before);
    ask({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_EQ(dispatch({.id = "t1", .payload = "{}"})->status, DispatchStatus::created);
}

TEST_F(MemoryTest, refuses_replays) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    ASSERT_EQ(settle("w1", verdict(delivery, SettleVerdict::dead, "x")), SettleStatus::settled);
    std::array const letters{ReplayItem{newest(keys.dead).at("id"), "t1"}};
    fill_memory();
    auto const before = snapshot();
    EXPECT_EQ(wait(store.replay(keys, letters)).error().code, ErrorCode::overloaded);
    EXPECT_EQ(snapshot(), before);
}

TEST_F(MemoryTest, settles_every_verdict) {
    std::vector<Delivery> deliveries;
    for (int i = 0; i < 5; ++i)
        deliveries.push_back(start("w1", {.id = "t" + std::to_string(i), .payload = "{}"}));
    fill_memory();
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        auto settlement = verdict(deliveries[i], static_cast<SettleVerdict>(i), "text");
        settlement.delay_ms = 60'000;
        EXPECT_EQ(settle("w1", settlement), SettleStatus::settled) << i;
    }
    EXPECT_EQ(length(keys.results), "5");
    EXPECT_EQ(length(keys.dead), "1");
    EXPECT_THAT(record("t1"), HasSubstr(R"("state":"scheduled")"));
    EXPECT_EQ(total("succeeded"), "1");

    // The retry becomes ready and is fetched and settled too.
    ask({"CONFIG", "SET", "maxmemory", "0"});
    ask({"ZADD", keys.scheduled, "XX", "1", "t1"});
    fill_memory();
    std::array const ids{std::string("t1")};
    EXPECT_EQ(wait(store.promote(keys, ids))->promoted, 1);
    auto const again = fetch("w1");
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(settle("w1", verdict(again[0], SettleVerdict::success, "1")), SettleStatus::settled);
}

TEST_F(MemoryTest, answers_stale_to_who_lost_the_fence) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    fill_memory();
    EXPECT_EQ(settle("w2", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::stale);
}

TEST_F(MemoryTest, keeps_leases_working) {
    auto const first = start("w1", {.id = "t1", .payload = "{}"});
    auto const second = start("w1", {.id = "t2", .payload = "{}"});
    age(second, "w1");
    fill_memory();
    std::array const items{held(first)};
    EXPECT_EQ(wait(store.renew(keys, "w1", items))->at(0), RenewStatus::renewed);
    EXPECT_EQ(reclaim("w2").size(), 1U);
    EXPECT_TRUE(release("w1", first));
    EXPECT_EQ(total("released"), "1");
    EXPECT_EQ(reclaim("w2").at(0).count, 1);
}

TEST_F(MemoryTest, lets_operators_cancel_and_workers_start_and_quarantine) {
    add({.id = "waits", .payload = "{}"});
    add({.id = "later", .delay_ms = 60'000, .payload = "{}"});
    (void)start("w1", {.id = "runs", .lane = Lane::high, .payload = "{}"});
    ask({"XADD", keys.lane(Lane::low), "*", "rubbish", "1"});
    auto const rubbish = fetch("w1", Lane::low).at(0);
    fill_memory();
    EXPECT_EQ(wait(store.cancel(keys, "waits")), CancelStatus::cancelled);
    EXPECT_EQ(wait(store.cancel(keys, "later")), CancelStatus::cancelled);
    EXPECT_EQ(wait(store.cancel(keys, "runs")), CancelStatus::requested);
    EXPECT_THAT(record("runs"), HasSubstr(R"("cancel":1)"));
    EXPECT_TRUE(wait(store.register_agent(space, keys, std::chrono::seconds(30))));
    EXPECT_EQ(wait(store.remove(keys, "w1", held(rubbish), RemovalKind::quarantined, "rubbish")), true);
    EXPECT_EQ(length(keys.dead), "1");
}

}  // namespace
}  // namespace leat::store
