#pragma once
// A history told between two good tasks, and which checks it violates.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "chaos/tale.hpp"

namespace leat::cli::chaos::testing {

struct Case {
    char const* name;
    std::function<void(Tale&)> tell;
    char const* violated;  // "" where all checks hold
};

inline void expect(Case const& one) {
    Tale tale;
    tale.success("w1", "before");
    one.tell(tale);
    tale.success("w2", "after");
    auto const report = tale.judge();
    EXPECT_EQ(violated(report), one.violated);
    EXPECT_EQ(report.verdict, *one.violated == '\0' ? Verdict::valid : Verdict::invalid);
    for (auto const& violation : report.violations) {
        EXPECT_FALSE(violation.what.empty());
        EXPECT_FALSE(violation.excerpt.empty()) << violation.what;
        EXPECT_LE(violation.excerpt.size(), kExcerptMax);
    }
}

// A run whose worker is killed, and its repetition by another.
inline void crash_and_repeat(Tale& tale) {
    tale.created("t").begin("w1", "t", "w1/1").kill("w1").later(3'500);
    tale.event("w2", "t", "reclaimed").begin("w2", "t", "w2/1").finish("w2", "t", "w2/1");
    tale.event("w2", "t", "task_succeeded").outcome("w2", "t", "w2/1").record("t", "succeeded");
}

// Two runs side by side, the first one's verdict refused.
inline void overlap(Tale& tale) {
    tale.created("t").begin("w1", "t", "w1/1").later(4'000).begin("w2", "t", "w2/1").later(10);
    tale.finish("w1", "t", "w1/1").event("w1", "t", "task_stale");
    tale.finish("w2", "t", "w2/1").outcome("w2", "t", "w2/1").record("t", "succeeded");
}

}  // namespace leat::cli::chaos::testing
