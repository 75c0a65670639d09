#include "core/histogram.hpp"

#include <gtest/gtest.h>

#include <set>

namespace leat::core {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(Histogram, PutsValuesIntoTheBucketThatCoversThem) {
    EXPECT_EQ(Histogram::bucket_of(microseconds(-5)), 0U);
    EXPECT_EQ(Histogram::bucket_of(microseconds(0)), 0U);
    EXPECT_EQ(Histogram::bucket_of(microseconds(100)), 0U);
    EXPECT_EQ(Histogram::bucket_of(microseconds(101)), 1U);
    EXPECT_EQ(Histogram::field("run", Histogram::bucket_of(milliseconds(250))), "run:le_250");
    EXPECT_EQ(Histogram::field("run", Histogram::bucket_of(milliseconds(251))), "run:le_500");
    EXPECT_EQ(Histogram::bucket_of(microseconds::max()), Histogram::kBuckets - 1);
}

// The names are stored in Redis: this list may grow a new family, never change.
TEST(Histogram, FieldNamesAreStable) {
    EXPECT_EQ(Histogram::field("run", 0), "run:le_0.1");
    EXPECT_EQ(Histogram::field("run", 4), "run:le_2.5");
    EXPECT_EQ(Histogram::field("wait", 24), "wait:le_10000000");
    EXPECT_EQ(Histogram::field("wait", 25), "wait:le_inf");
    std::set<std::string> fields;
    for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
        auto const field = Histogram::field("run", i);
        fields.insert(field);
        EXPECT_EQ(Histogram::bucket_of_field("run", field), i);
        if (i + 1 < Histogram::kBuckets) {
            EXPECT_EQ(Histogram::bucket_of(Histogram::upper_bound(i)), i);
        }
    }
    EXPECT_EQ(fields.size(), Histogram::kBuckets);
    EXPECT_EQ(Histogram::upper_bound(Histogram::kBuckets - 1), microseconds::max());
}

TEST(Histogram, ForeignFieldsAreNoBuckets) {
    for (std::string_view const field : {"", "run", "run:le_", "run:le_3", "wait:le_1", "run:count", "running:le_1"}) {
        EXPECT_EQ(Histogram::bucket_of_field("run", field), std::nullopt) << field;
    }
}

TEST(Histogram, EmptyHasNoPercentile) {
    EXPECT_EQ(Histogram{}.percentile_ms(0.5), 0);
}

TEST(Histogram, PercentilesAreInterpolatedInTheirBucket) {
    Histogram histogram;
    histogram.record(milliseconds(20), 100);  // bucket 10 to 25 ms
    EXPECT_DOUBLE_EQ(histogram.percentile_ms(0.0), 10);
    EXPECT_DOUBLE_EQ(histogram.percentile_ms(0.5), 17.5);
    EXPECT_DOUBLE_EQ(histogram.percentile_ms(1.0), 25);
    histogram.record(milliseconds(400), 100);  // bucket 250 to 500 ms
    EXPECT_DOUBLE_EQ(histogram.percentile_ms(0.5), 25);
    EXPECT_DOUBLE_EQ(histogram.percentile_ms(0.75), 375);
    EXPECT_DOUBLE_EQ(histogram.percentile_ms(7), 500);  // clamped to 1
}

TEST(Histogram, TheFirstBucketBeginsAtZeroAndTheLastHasNoEnd) {
    Histogram histogram;
    histogram.record(microseconds(50));
    EXPECT_DOUBLE_EQ(histogram.percentile_ms(0.5), 0.05);
    Histogram beyond;
    beyond.record(microseconds::max());
    EXPECT_DOUBLE_EQ(beyond.percentile_ms(0.5), 10'000'000);
}

TEST(Histogram, MergeAddsUp) {
    Histogram first, second, both;
    first.record(milliseconds(3), 2);
    second.record(milliseconds(300));
    second.add(99, 5);  // beyond the scale: the last bucket
    both.record(milliseconds(3), 2);
    both.record(milliseconds(300));
    both.record(microseconds::max(), 5);
    first.merge(second);
    EXPECT_EQ(first, both);
    EXPECT_EQ(first.count(), 8U);
    EXPECT_EQ(first.count(Histogram::kBuckets - 1), 5U);
}

}  // namespace
}  // namespace leat::core
