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

TEST(InHand, ADeliveryWhoseReplyComesAfterItsEndIsNoNewOne) {
    InHand hand;
    hand.take(Lane::normal, "1-0", 1);
    hand.expect_late(Lane::normal, "1-0", 1);
    hand.end(Lane::normal, "1-0", 1);
    EXPECT_FALSE(hand.holds(Lane::normal, "1-0", 1));
    EXPECT_FALSE(hand.take(Lane::normal, "1-0", 1));
    EXPECT_TRUE(hand.take(Lane::normal, "1-0", 2)) << "another delivery";
}

TEST(InHand, WhatWasGivenBackMayBeHandedOutAgainWithTheSameCount) {
    InHand hand;
    hand.take(Lane::normal, "1-0", 1);
    hand.expect_late(Lane::normal, "1-0", 1);
    hand.drop(Lane::normal, "1-0", 1);
    hand.end(Lane::normal, "1-0", 1);
    EXPECT_TRUE(hand.take(Lane::normal, "1-0", 1));
}

TEST(InHand, ADeliveryThatWasGivenUpIsKnownUntilItIsHandedOutAnew) {
    InHand hand;
    hand.take(Lane::normal, "1-0", 1);
    hand.abandon(Lane::normal, "1-0", 1);
    hand.end(Lane::normal, "1-0", 1);
    EXPECT_FALSE(hand.holds(Lane::normal, "1-0", 1));
    EXPECT_TRUE(hand.knows(Lane::normal, "1-0", 1));
    EXPECT_FALSE(hand.take(Lane::normal, "1-0", 1));
    EXPECT_TRUE(hand.take(Lane::normal, "1-0", 2));
    EXPECT_TRUE(hand.knows(Lane::normal, "1-0", 2));
}

TEST(InHand, RemembersNoMoreThanItsLimit) {
    InHand hand;
    for (std::size_t i = 0; i <= InHand::kLateMax; ++i) {
        auto const entry = std::to_string(i) + "-0";
        hand.take(Lane::normal, entry, 1);
        hand.expect_late(Lane::normal, entry, 1);
        hand.end(Lane::normal, entry, 1);
    }
    EXPECT_TRUE(hand.take(Lane::normal, "0-0", 1));
    EXPECT_FALSE(hand.take(Lane::normal, "1-0", 1));
}

}  // namespace
}  // namespace leat::runtime
