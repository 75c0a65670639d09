#include "config/split_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

Words words(std::string_view line) {
    auto const result = split_command(line);
    return result ? *result : Words{"problem: " + result.error()};
}
std::string problem(std::string_view line) {
    auto const result = split_command(line);
    return result ? "none" : result.error();
}

TEST(SplitCommand, SplitsAtBlanks) {
    EXPECT_THAT(words("python3 agent.py"), ElementsAre("python3", "agent.py"));
    EXPECT_THAT(words("  a \t b\n c  "), ElementsAre("a", "b", "c"));
    EXPECT_THAT(words("x"), ElementsAre("x"));
}

TEST(SplitCommand, KeepsQuotedTextTogether) {
    EXPECT_THAT(words("a 'b c' d"), ElementsAre("a", "b c", "d"));
    EXPECT_THAT(words("a \"b c\" d"), ElementsAre("a", "b c", "d"));
    EXPECT_THAT(words("a b'c d'\"e f\"g"), ElementsAre("a", "bc de fg"));
    EXPECT_THAT(words("a '' \"\""), ElementsAre("a", "", ""));
    EXPECT_THAT(words(R"(a '\n "$HOME"')"), ElementsAre("a", R"(\n "$HOME")"));
    EXPECT_THAT(words("a \"it's | ok; (really)\""), ElementsAre("a", "it's | ok; (really)"));
}

TEST(SplitCommand, BackslashesKeepTheNextCharacter) {
    EXPECT_THAT(words(R"(a\ b \"c \| \\)"), ElementsAre("a b", "\"c", "|", "\\"));
    EXPECT_THAT(words(R"(a "\"\\\$\`" "\n")"), ElementsAre("a", "\"\\$`", "\\n"));
}

TEST(SplitCommand, NamesQuotesThatAreNotClosed) {
    EXPECT_THAT(problem("a 'b"), HasSubstr("single quote"));
    EXPECT_THAT(problem("a \"b"), HasSubstr("double quote"));
    EXPECT_THAT(problem("a \"b\\"), HasSubstr("double quote"));
    EXPECT_THAT(problem("a b\\"), HasSubstr("backslash"));
}

TEST(SplitCommand, RefusesEmptyCommands) {
    EXPECT_THAT(problem(""), HasSubstr("empty"));
    EXPECT_THAT(problem(" \t"), HasSubstr("empty"));
}

TEST(SplitCommand, RefusesWhatOnlyAShellCanDo) {
    for (std::string_view const line :
         {"a | b", "a && b", "a; b", "a > f", "a < f", "(a)", "a `b`", "a $HOME", "a \"$HOME\"", "a \"`b`\""}) {
        EXPECT_THAT(problem(line), HasSubstr("no shell")) << line;
    }
}

}  // namespace
}  // namespace leat::config
