#include "http/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace leat::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Target, IsSplitThenDecodedOnce) {
    auto const target = parse_target("/v1/agents/a%3Ab/dead?cursor=1-0&limit=5");
    ASSERT_TRUE(target);
    EXPECT_THAT(target->segments, ElementsAre("v1", "agents", "a:b", "dead"));
    EXPECT_THAT(target->query, ElementsAre(Pair("cursor", "1-0"), Pair("limit", "5")));
    EXPECT_EQ(target->parameter("limit"), "5");
    EXPECT_EQ(target->parameter("nope"), "");
    EXPECT_EQ(target->path(), "/v1/agents/a:b/dead");
    // A slash that was written as an escape stays inside its part; a second decoding does not happen.
    EXPECT_THAT(parse_target("/a%2Fb%2541")->segments, ElementsAre("a/b%41"));
}

TEST(Target, HasEmptyForms) {
    EXPECT_THAT(parse_target("/")->segments, IsEmpty());
    EXPECT_EQ(parse_target("/")->path(), "/");
    EXPECT_THAT(parse_target("/a/")->segments, ElementsAre("a"));
    EXPECT_THAT(parse_target("/?")->query, IsEmpty());
    EXPECT_THAT(parse_target("/?a&b=&&c=1+2")->query, ElementsAre(Pair("a", ""), Pair("b", ""), Pair("c", "1 2")));
    EXPECT_THAT(parse_target("/a+b")->segments, ElementsAre("a+b"));
}

TEST(Target, RefusesWhatIsMalformed) {
    for (std::string const text :
         {"", "v1", "http://x/v1", "*", "/%", "/%4", "/%zz", "/a%00b", "/a%0Ab", "/%ff", "/a//b", "/./a", "/a/../b",
          "/%2e%2e/a", "/a?x=%", "/a?x=%1f", "/a?x=1&x=2", "/a\x7f"}) {
        EXPECT_FALSE(parse_target(text)) << text;
    }
    std::string many = "/a?";
    for (int i = 0; i < 17; ++i)
        many += "p" + std::to_string(i) + "=1&";
    EXPECT_FALSE(parse_target(many));
}

}  // namespace
}  // namespace leat::http
