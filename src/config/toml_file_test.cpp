#include "config/toml_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseToml, FlattensTablesWithTheirLines) {
    auto const file = parse_toml("prefix = 'x'\n\n[agent.a]\nexec = ['b', 'c']\nenv = { K = 'v' }\n");
    EXPECT_TRUE(file.problems.empty());
    std::vector<std::string> seen;
    for (auto const& entry : file.entries) {
        std::string line = std::to_string(entry.line);
        for (auto const& part : entry.path)
            line += "/" + part;
        seen.push_back(line + (entry.is_table ? " table" : ""));
    }
    EXPECT_THAT(seen, ElementsAre("1/prefix", "3/agent table", "3/agent/a table", "4/agent/a/exec",
                                  "5/agent/a/env table", "5/agent/a/env/K"));
    EXPECT_THAT(std::get<std::vector<std::string>>(file.entries[3].value), ElementsAre("b", "c"));
}

TEST(ParseToml, KeepsTypes) {
    auto const file = parse_toml("a=1\nb=1.5\nc=true\nd='t'\ne=[1,2]\nf=2024-05-01\ng=[1,'x']\nh=[]\ni=[{x=1}]\n");
    ASSERT_EQ(file.entries.size(), 9U);
    EXPECT_EQ(std::get<std::int64_t>(file.entries[0].value), 1);
    EXPECT_EQ(std::get<double>(file.entries[1].value), 1.5);
    EXPECT_EQ(std::get<bool>(file.entries[2].value), true);
    EXPECT_EQ(std::get<std::string>(file.entries[3].value), "t");
    EXPECT_THAT(std::get<std::vector<std::int64_t>>(file.entries[4].value), ElementsAre(1, 2));
    EXPECT_EQ(std::get<Unusable>(file.entries[5].value).type, "a date or time");
    EXPECT_EQ(std::get<Unusable>(file.entries[6].value).type, "an array of different types");
    EXPECT_TRUE(std::get<std::vector<std::string>>(file.entries[7].value).empty());
    EXPECT_EQ(std::get<Unusable>(file.entries[8].value).type, "an array of different types");
}

TEST(ParseToml, NamesTheLineOfASyntaxError) {
    auto const file = parse_toml("a = 1\nb = = 2\n");
    ASSERT_EQ(file.problems.size(), 1U);
    EXPECT_EQ(file.problems[0].line, 2);
    EXPECT_THAT(file.problems[0].what, HasSubstr("no TOML"));
    EXPECT_TRUE(file.entries.empty());
}

TEST(ParseToml, RefusesHugeTexts) {
    EXPECT_EQ(parse_toml(std::string(kConfigBytesMax + 1, '\n')).problems.size(), 1U);
    EXPECT_TRUE(parse_toml(std::string(kConfigBytesMax, '\n')).problems.empty());
}

// Found by fuzzing: unquoted characters beyond ASCII.
TEST(TomlFile, UnquotedLettersAreNoToml) {
    for (auto const* const text : {"\xC3\xA9 = 1", "a = \xC3\xA9", "\xEF\xB2\xBF", "a\xE2\xB1\x9E = 1"}) {
        auto const file = parse_toml(text);
        ASSERT_EQ(file.problems.size(), 1U) << text;
        EXPECT_NE(file.problems[0].what.find("no TOML"), std::string::npos) << text;
    }
    EXPECT_TRUE(parse_toml("\"\xC3\xA9\" = '\xC3\xA9'  # \xC3\xA9").problems.empty());
}

// Found by fuzzing: the parser assumes that it does not begin a value at its end.
TEST(TomlFile, AValueThatEndsWhereItBeginsIsNoToml) {
    for (auto const* const text : {"a = [}[1, {b 7 [2]}], \"x", "a = [}", "a = {b = }", "a = ]", "a = ,"}) {
        auto const file = parse_toml(text);
        ASSERT_EQ(file.problems.size(), 1U) << text;
        EXPECT_NE(file.problems[0].what.find("no TOML"), std::string::npos) << text;
    }
}

TEST(ParseToml, SurvivesDeepNesting) {
    auto const arrays = parse_toml("a = " + std::string(100'000, '['));
    EXPECT_FALSE(arrays.problems.empty());
    std::string keys = "a";
    for (int i = 0; i < 200; ++i)
        keys += ".a";
    auto const tables = parse_toml(keys + " = 1");
    EXPECT_LE(tables.entries.size(), 8U);
}

TEST(ReadToml, TellsAMissingFileFromAnUnreadableOne) {
    EXPECT_TRUE(read_toml("/nonexistent/leat.toml").missing);
    auto const folder = read_toml("/");
    EXPECT_FALSE(folder.missing);
    ASSERT_EQ(folder.problems.size(), 1U);
    EXPECT_EQ(folder.problems[0].line, 0);
}

}  // namespace
}  // namespace leat::config
