#include "core/json_depth.hpp"

#include <gtest/gtest.h>

#include <string>

namespace leat::core {
namespace {

TEST(JsonDepth, CountsWhatIsOpenAtOnce) {
    EXPECT_EQ(json_depth(""), 0);
    EXPECT_EQ(json_depth("17"), 0);
    EXPECT_EQ(json_depth("[]"), 1);
    EXPECT_EQ(json_depth("[{},{}]"), 2);
    EXPECT_EQ(json_depth(R"({"a":[1,{"b":[]}],"c":[]})"), 4);
    EXPECT_EQ(json_depth(std::string(100'000, '[') + std::string(100'000, ']')), 100'000);
}

TEST(JsonDepth, BracketsInStringsDoNotCount) {
    EXPECT_EQ(json_depth(R"("[[[")"), 0);
    EXPECT_EQ(json_depth(R"(["\"[[["])"), 1);
    EXPECT_EQ(json_depth(R"(["\\",[]])"), 2);
    EXPECT_EQ(json_depth("\"\\"), 0);  // ends within an escape
}

}  // namespace
}  // namespace leat::core
