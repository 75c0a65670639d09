#include "store/gauge.hpp"

#include <gmock/gmock.h>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

class GaugeTest : public StoreFixture {
  protected:
    Gauge look(std::int64_t minute = kMinute) {
        auto const gauge = wait(note_gauge(client.connection(), keys, minute));
        EXPECT_TRUE(gauge) << gauge.error().message();
        return gauge.value_or(Gauge{});
    }
    std::string field(std::string_view name, std::int64_t minute = kMinute) const {
        return ask({"HGET", keys.stats_minute(minute), std::string(name)});
    }
};

TEST_F(GaugeTest, writes_down_what_the_agent_holds) {
    add({.id = "waits", .lane = Lane::high, .payload = "{}"});
    add({.id = "later", .delay_ms = 60'000, .payload = "{}"});
    start("w1", {.id = "runs", .payload = "{}"});
    auto const given_back = start("w1", {.id = "back", .payload = "{}"});
    ASSERT_TRUE(release("w1", given_back));
    auto const gauge = look();
    EXPECT_EQ(gauge.ready, 2);
    EXPECT_EQ(gauge.running, 1);
    EXPECT_EQ(gauge.scheduled, 1);
    EXPECT_EQ(field(kGaugeReady), "2");
    EXPECT_EQ(field(kGaugeRunning), "1");
    EXPECT_EQ(field(kGaugeScheduled), "1");
    EXPECT_EQ(ttl(keys.stats_minute(kMinute)), "90000");
}

TEST_F(GaugeTest, the_last_look_stays_and_counters_are_not_touched) {
    auto const delivery = start("w1", {.id = "a", .payload = "{}"});
    look();
    ASSERT_TRUE(settle("w1", verdict(delivery, SettleVerdict::success, "1")));
    ask({"EXPIRE", keys.stats_minute(kMinute), "500"});
    look();
    EXPECT_EQ(field(kGaugeRunning), "0");
    EXPECT_EQ(field("succeeded"), "1");
    EXPECT_EQ(ttl(keys.stats_minute(kMinute)), "500");
    look(kMinute + 1);
    EXPECT_EQ(field(kGaugeReady, kMinute + 1), "0");
}

}  // namespace
}  // namespace leat::store
