#include "store/keys.hpp"

#include <gtest/gtest.h>

namespace leat::store {
namespace {

TEST(Keys, share_the_hash_tag_of_their_agent) {
    auto const keys = KeySpace().agent("sentiment");
    EXPECT_EQ(keys.agent, "sentiment");
    EXPECT_EQ(keys.lane(Lane::critical), "leat:{sentiment}:ready:critical");
    EXPECT_EQ(keys.lane(Lane::high), "leat:{sentiment}:ready:high");
    EXPECT_EQ(keys.lane(Lane::normal), "leat:{sentiment}:ready:normal");
    EXPECT_EQ(keys.lane(Lane::low), "leat:{sentiment}:ready:low");
    EXPECT_EQ(keys.scheduled, "leat:{sentiment}:scheduled");
    EXPECT_EQ(keys.results, "leat:{sentiment}:results");
    EXPECT_EQ(keys.dead, "leat:{sentiment}:dead");
    EXPECT_EQ(keys.stats, "leat:{sentiment}:stats");
    EXPECT_EQ(keys.stats_minute(29'000'000), "leat:{sentiment}:stats:29000000");
    EXPECT_EQ(keys.control, "leat:{sentiment}:control");
    EXPECT_EQ(keys.auditor, "leat:{sentiment}:auditor");
    EXPECT_EQ(keys.log, "leat:{sentiment}:log");
    EXPECT_EQ(keys.control_channel, "leat:{sentiment}:control");
    EXPECT_EQ(keys.done_channel, "leat:{sentiment}:done");
    EXPECT_EQ(keys.task("order-17"), "leat:{sentiment}:task:order-17");
}

TEST(Keys, begin_with_the_prefix) {
    KeySpace const space("test");
    EXPECT_EQ(space.prefix(), "test");
    EXPECT_EQ(space.agent("a").scheduled, "test:{a}:scheduled");
    EXPECT_EQ(space.agents(), "test:agents");
    EXPECT_EQ(space.workers(), "test:workers");
    EXPECT_EQ(space.worker("host.1.x"), "test:worker:host.1.x");
    EXPECT_EQ(space.worker_channel("host.1.x"), "test:worker:host.1.x");
    EXPECT_EQ(space.epoch(), "test:epoch");
    EXPECT_EQ(space.front_dead(), "test:front:dead");
    EXPECT_EQ(space.front_stats(), "test:front:stats");
}

TEST(Keys, may_share_results_and_dead_letters) {
    auto const keys = KeySpace().agent("a", "results", "dead_letters");
    EXPECT_EQ(keys.results, "results");
    EXPECT_EQ(keys.dead, "dead_letters");
}

TEST(Keys, AnAgentKnowsWhetherItsDeadLettersAreItsOwn) {
    EXPECT_TRUE(KeySpace().agent("a").has_own_dead());
    EXPECT_TRUE(KeySpace("p").agent("a", "shared:results").has_own_dead());
    EXPECT_TRUE(KeySpace().agent("a", {}, "leat:{a}:dead").has_own_dead());
    EXPECT_FALSE(KeySpace().agent("a", {}, "shared:dead").has_own_dead());
    EXPECT_FALSE(KeySpace().agent("a", {}, "leat:{b}:dead").has_own_dead());
}

}  // namespace
}  // namespace leat::store
