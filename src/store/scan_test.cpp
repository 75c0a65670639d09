#include "store/scan.hpp"

#include <gtest/gtest.h>

namespace leat::store {
namespace {

TEST(ScanTest, AsksForMoreWhileEntriesAreSmall) {
    Scan scan(10'000);
    auto const first = scan.ask(1'000);
    EXPECT_LT(first, 100) << "nothing is known of the entries yet";
    scan.saw(first, 100 * first);
    auto const second = scan.ask(1'000);
    EXPECT_GT(second, first);
    scan.saw(second, 100 * second);
    scan.saw(scan.ask(1'000), 1'000);
    EXPECT_LE(scan.ask(1'000), 250) << "a command stays short";
    EXPECT_EQ(scan.ask(3), 3);
}

TEST(ScanTest, AsksForFewLargeEntries) {
    Scan scan(1'000, 1U << 30);
    scan.saw(16, 16U << 20);
    EXPECT_EQ(scan.ask(1'000), 1);
    scan.saw(1, 100);
    EXPECT_EQ(scan.ask(1'000), 4) << "the next ones may be large again";
}

TEST(ScanTest, EndsWithItsEntriesOrItsBytes) {
    Scan entries(20);
    EXPECT_FALSE(entries.over());
    entries.saw(15, 10);
    EXPECT_EQ(entries.ask(100), 5);
    entries.saw(5, 10);
    EXPECT_TRUE(entries.over());
    EXPECT_EQ(entries.seen(), 20);
    EXPECT_EQ(entries.ask(100), 1) << "never zero: that would ask for all";

    Scan bytes(1'000, 100);
    bytes.saw(1, 99);
    EXPECT_FALSE(bytes.over());
    bytes.saw(1, 500);
    EXPECT_TRUE(bytes.over());
}

TEST(ScanTest, EmptyAnswersCountToo) {
    Scan scan(2);
    scan.saw(0, 10);
    scan.saw(0, 10);
    EXPECT_TRUE(scan.over()) << "or a stream that others fill would be read for ever";
    EXPECT_EQ(scan.seen(), 0);
}

TEST(TimeWindowTest, IncludesItsEnds) {
    TimeWindow const all;
    EXPECT_FALSE(all.bounded());
    EXPECT_TRUE(all.contains(0));
    TimeWindow const window{.from = 5, .to = 7};
    EXPECT_TRUE(window.bounded());
    EXPECT_FALSE(window.contains(4));
    EXPECT_TRUE(window.contains(5));
    EXPECT_TRUE(window.contains(7));
    EXPECT_FALSE(window.contains(8));
}

}  // namespace
}  // namespace leat::store
