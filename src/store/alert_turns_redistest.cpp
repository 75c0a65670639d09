#include "store/alert_turns.hpp"

#include <gmock/gmock.h>

#include "store/alert_keys.hpp"
#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

class AlertTurnsTest : public StoreFixture {
  protected:
    bool taken() { return wait(turns.take(alert, 1min)).value(); }
    bool end_taken() { return wait(turns.take_end(alert, 1min)).value(); }
    void tell() {
        ASSERT_TRUE(taken());
        ASSERT_TRUE(wait(turns.told(alert, 1h)));
    }
    std::vector<ToldAlert> listed() { return wait(turns.list()).value(); }

    AlertTurns turns{client.connection(), space};
    ToldAlert alert{.kind = "no_worker", .agent = "sentiment", .fired_at = 1'700'000'000'000};
};

TEST(AlertKeys, BeginWithThePrefix) {
    KeySpace const space("test");
    EXPECT_EQ(told_alerts_key(space), "test:alerts");
    EXPECT_EQ(alert_turn_key(space, "fire", "no_worker", "a"), "test:alert:fire:no_worker:a");
    EXPECT_EQ(alert_turn_key(space, "end", "redis_down", ""), "test:alert:end:redis_down");
}

TEST_F(AlertTurnsTest, OneTellsThatItFires) {
    EXPECT_TRUE(taken());
    EXPECT_FALSE(taken()) << "somebody is at it";
    ASSERT_TRUE(wait(turns.told(alert, 1h)));
    EXPECT_FALSE(taken()) << "it was told";
    ASSERT_EQ(listed().size(), 1U);
    EXPECT_EQ(listed()[0].kind, "no_worker");
    EXPECT_EQ(listed()[0].agent, "sentiment");
    EXPECT_EQ(listed()[0].fired_at, 1'700'000'000'000);
    alert.agent = "other";
    EXPECT_TRUE(taken()) << "that is another alert";
}

TEST_F(AlertTurnsTest, WhatWasNotDeliveredIsTriedAgain) {
    ASSERT_TRUE(taken());
    ASSERT_TRUE(wait(turns.give_back(alert)));
    EXPECT_TRUE(taken());
    EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(AlertTurnsTest, EveryKeyHasATimeToLive) {
    tell();
    ASSERT_TRUE(end_taken());
    for (auto const& key : {told_alerts_key(space), alert_turn_key(space, "fire", "no_worker", "sentiment"),
                            alert_turn_key(space, "end", "no_worker", "sentiment")})
        EXPECT_GT(std::stoll(ttl(key)), 0) << key;
}

TEST_F(AlertTurnsTest, TheEndIsToldOnceAndOnlyAfterTheBeginning) {
    EXPECT_FALSE(end_taken()) << "nobody was told";
    tell();
    EXPECT_TRUE(end_taken());
    EXPECT_FALSE(end_taken()) << "somebody is at it";
    ASSERT_TRUE(wait(turns.end_told(alert, 1min)));
    EXPECT_FALSE(end_taken()) << "it was told";
    EXPECT_THAT(listed(), IsEmpty());
    EXPECT_FALSE(taken()) << "a server that is a look behind has no say";
    ask({"DEL", alert_turn_key(space, "fire", "no_worker", "sentiment")});  // as if the guard had lapsed
    tell();
    EXPECT_TRUE(end_taken());
}

TEST_F(AlertTurnsTest, AnEndThatWasNotDeliveredIsTriedAgain) {
    tell();
    ASSERT_TRUE(end_taken());
    ASSERT_TRUE(wait(turns.give_end_back(alert)));
    EXPECT_TRUE(end_taken());
}

TEST_F(AlertTurnsTest, AlertsOfTheInstallationHaveNoAgent) {
    alert = {.kind = "memory_high", .fired_at = 5};
    tell();
    ASSERT_EQ(listed().size(), 1U);
    EXPECT_EQ(listed()[0].agent, "");
}

TEST_F(AlertTurnsTest, RubbishInTheListIsLeftOut) {
    ask({"HSET", told_alerts_key(space), "", "1", "a b c", "x", "\n", "2", "full mail", "nonsense"});
    ASSERT_EQ(listed().size(), 1U);
    EXPECT_EQ(listed()[0].fired_at, 0);
    ask({"DEL", told_alerts_key(space)});
    ask({"SET", told_alerts_key(space), "x"});
    EXPECT_EQ(wait(turns.list()).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace leat::store
