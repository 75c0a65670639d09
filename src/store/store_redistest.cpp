#include <gmock/gmock.h>

#include <array>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class StoreTest : public StoreFixture {
  protected:
    StoreTest() { EXPECT_TRUE(run(store.register_agent(space, keys, 30s))); }
};

TEST_F(StoreTest, carries_a_task_from_dispatch_to_its_result) {
    std::array<DispatchItem, 1> const items{DispatchItem{.id = "t1", .payload = R"({"text":"hi"})"}};
    auto const replies = run(store.dispatch(keys, items, std::nullopt));
    ASSERT_TRUE(replies) << replies.error().message();
    EXPECT_EQ(replies->at(0).status, DispatchStatus::created);

    std::array<LaneCredit, 1> const credits{LaneCredit{Lane::normal, 10}};
    auto const deliveries = run(store.fetch(keys, "w1", credits));
    ASSERT_TRUE(deliveries) << deliveries.error().message();
    ASSERT_EQ(deliveries->size(), 1U);
    auto const& delivery = deliveries->front();
    EXPECT_EQ(delivery.malformed, "");
    EXPECT_EQ(delivery.message.payload, R"({"text":"hi"})");

    Settlement settlement;
    settlement.held = {delivery.lane, delivery.entry_id, delivery.count, "t1"};
    settlement.text = R"({"label":"good"})";
    std::array const settlements{settlement};
    auto const statuses = run(store.settle(keys, "w1", settlements, {}, 1, {}));
    ASSERT_TRUE(statuses) << statuses.error().message();
    EXPECT_EQ(statuses->at(0), SettleStatus::settled);
    EXPECT_THAT(record("t1"), HasSubstr(R"({"state":"succeeded","at":")"));
    EXPECT_EQ(ask({"XLEN", keys.lane(Lane::normal)}), "0");
    EXPECT_EQ(total("succeeded"), "1");
}

}  // namespace
}  // namespace leat::store
