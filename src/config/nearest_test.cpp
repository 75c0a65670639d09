#include "config/nearest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace leat::config {
namespace {

constexpr std::array<std::string_view, 4> kNames{"concurrency", "lease", "timeout", "env"};

TEST(Nearest, FindsTypingMistakes) {
    EXPECT_EQ(nearest("lease", kNames), "lease");
    EXPECT_EQ(nearest("leas", kNames), "lease");
    EXPECT_EQ(nearest("leases", kNames), "lease");
    EXPECT_EQ(nearest("laese", kNames), "lease");
    EXPECT_EQ(nearest("time_out", kNames), "timeout");
    EXPECT_EQ(nearest("concurency", kNames), "concurrency");
    EXPECT_EQ(nearest("evn", kNames), "env");
}

TEST(Nearest, FindsNothingForOtherWords) {
    EXPECT_EQ(nearest("", kNames), "");
    EXPECT_EQ(nearest("retries", kNames), "");
    EXPECT_EQ(nearest("xyz", kNames), "");
    EXPECT_EQ(nearest(std::string(100'000, 'x'), kNames), "");
    EXPECT_EQ(nearest("lease", {}), "");
}

}  // namespace
}  // namespace leat::config
