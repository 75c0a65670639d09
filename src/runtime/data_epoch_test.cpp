#include "runtime/data_epoch.hpp"

#include <gtest/gtest.h>

namespace leat::runtime {
namespace {

TEST(DataEpoch, IsQuietWhileBeatsAreCounted) {
    DataEpoch epoch;
    EXPECT_FALSE(epoch.observe("a", 7));
    EXPECT_FALSE(epoch.observe("a", 8));
    EXPECT_FALSE(epoch.observe("a", 20)) << "other workers beat too";
}

TEST(DataEpoch, TellsOnceThatTheDataAreOthers) {
    DataEpoch epoch;
    EXPECT_FALSE(epoch.observe("a", 7));
    auto const told = epoch.observe("b", 1);
    ASSERT_TRUE(told);
    EXPECT_NE(told->find("deleted or replaced"), std::string_view::npos);
    EXPECT_FALSE(epoch.observe("b", 2));
}

TEST(DataEpoch, TellsThatTheDataAreOlder) {
    DataEpoch epoch;
    EXPECT_FALSE(epoch.observe("a", 7));
    auto const told = epoch.observe("a", 7);
    ASSERT_TRUE(told);
    EXPECT_NE(told->find("older"), std::string_view::npos);
    EXPECT_FALSE(epoch.observe("a", 8));
}

TEST(DataEpoch, TellsWhenTheDataBegan) {
    DataEpoch epoch;
    EXPECT_EQ(epoch.begun_ms(), 0);
    EXPECT_FALSE(epoch.observe("1700000000123-host-7-abc", 7));
    EXPECT_EQ(epoch.begun_ms(), 1'700'000'000'123);
    EXPECT_TRUE(epoch.observe("somebody's", 8));
    EXPECT_EQ(epoch.begun_ms(), 0);
}

}  // namespace
}  // namespace leat::runtime
