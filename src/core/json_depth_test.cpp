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

TEST(JsonProblem, TellsWhyATextIsNoPayload) {
    using namespace std::string_view_literals;
    for (auto const text : {"1"sv, "null"sv, "{\"a\":[\"\\u0000\"]}"sv, " [] "sv})
        EXPECT_EQ(json_problem(text), "") << text;
    for (auto const text : {""sv, "x"sv, "{"sv, "1 2"sv, "\"\xff\""sv})
        EXPECT_EQ(json_problem(text), "is not valid JSON in UTF-8") << text;
    // Found by fuzzing: the parser takes a zero byte for the end.
    for (auto const text : {"1\0"sv, "{}\0}{"sv, "\0"sv, "[1,\0 2]"sv})
        EXPECT_EQ(json_problem(text), "is not valid JSON in UTF-8") << text;
    EXPECT_EQ(json_problem(std::string(64, '[') + std::string(64, ']')), "");
    EXPECT_EQ(json_problem(std::string(65, '[') + std::string(65, ']')), "is nested deeper than 64 levels");
}

}  // namespace
}  // namespace leat::core
