#include "runtime/in_hand.hpp"

#include <gtest/gtest.h>

namespace leat::runtime {
namespace {

TEST(InHand, KnowsADeliveryByEntryAndCount) {
    InHand hand;
    EXPECT_TRUE(hand.take(Lane::normal, "1-0", 1));
    EXPECT_FALSE(hand.take(Lane::normal, "1-0", 1));
    EXPECT_TRUE(hand.take(Lane::high, "1-0", 1)) << "another lane";
    EXPECT_TRUE(hand.holds(Lane::normal, "1-0", 1));
    EXPECT_FALSE(hand.holds(Lane::normal, "1-0", 2));
    hand.drop(Lane::normal, "1-0", 1);
    EXPECT_FALSE(hand.holds(Lane::normal, "1-0", 1));
    EXPECT_EQ(hand.size(), 1U);
}

TEST(InHand, ALaterDeliveryTakesThePlaceOfAnEarlierOne) {
    InHand hand;
    EXPECT_TRUE(hand.take(Lane::normal, "1-0", 1));
    EXPECT_TRUE(hand.take(Lane::normal, "1-0", 2));
    hand.drop(Lane::normal, "1-0", 1);  // the end of the earlier one
    EXPECT_TRUE(hand.holds(Lane::normal, "1-0", 2));
}

}  // namespace
}  // namespace leat::runtime
