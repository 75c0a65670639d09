#include "sentiment/lexicon.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace sentiment {
namespace {

leat::Result<Lexicon> read(std::string const& text) {
    std::istringstream input(text);
    return Lexicon::read(input, "words.tsv");
}

std::string error_of(std::string const& text) {
    auto const lexicon = read(text);
    EXPECT_FALSE(lexicon);
    if (lexicon) return "";
    EXPECT_EQ(lexicon.error().code, leat::ErrorCode::invalid_input);
    return lexicon.error().detail;
}

TEST(LexiconTest, ReadsTokensAndIgnoresFurtherColumns) {
    auto const lexicon = read("# comment\ngood\t1.9\t0.9\t[2, 1, 2]\r\n\nbad\t-2.5\n:)\t2.0\nfed up\t-1.8\n");
    ASSERT_TRUE(lexicon) << lexicon.error().message();
    EXPECT_EQ(lexicon->size(), 4U);
    EXPECT_EQ(lexicon->find("good"), 1.9);
    EXPECT_EQ(lexicon->find("bad"), -2.5);
    EXPECT_EQ(lexicon->find(":)"), 2.0);
    EXPECT_EQ(lexicon->find("fed up"), -1.8);
    EXPECT_EQ(lexicon->find("Good"), std::nullopt);
    EXPECT_EQ(lexicon->find(""), std::nullopt);
}

TEST(LexiconTest, ABadLineIsNamed) {
    EXPECT_EQ(error_of("good\t1.9\nbad -2.5\n"), "words.tsv:2: no tab between token and valence");
    EXPECT_EQ(error_of("\t1.9\n"), "words.tsv:1: the token is empty");
    EXPECT_EQ(error_of("good\t1.9\n\nbad\tx\n"), "words.tsv:3: the valence is no number from -4 to 4");
    EXPECT_EQ(error_of("good\t\n"), "words.tsv:1: the valence is no number from -4 to 4");
    EXPECT_EQ(error_of("good\t4.1\n"), "words.tsv:1: the valence is no number from -4 to 4");
    EXPECT_EQ(error_of("good\tnan\n"), "words.tsv:1: the valence is no number from -4 to 4");
    EXPECT_EQ(error_of("good\t1.9x\n"), "words.tsv:1: the valence is no number from -4 to 4");
    EXPECT_EQ(error_of("# nothing\n"), "words.tsv: no token in it");
}

TEST(LexiconTest, AMissingFileIsNamed) {
    auto const lexicon = Lexicon::read_file("/no/such/file.tsv");
    ASSERT_FALSE(lexicon);
    EXPECT_EQ(lexicon.error().code, leat::ErrorCode::not_found);
    EXPECT_EQ(lexicon.error().detail, "/no/such/file.tsv: cannot be opened");
}

TEST(LexiconTest, TheBuiltInOneIsTheFile) {
    auto const file = Lexicon::read_file(LEAT_SENTIMENT_FOLDER "/lexicon.tsv");
    ASSERT_TRUE(file) << file.error().message();
    auto const built_in = Lexicon::built_in();
    EXPECT_EQ(built_in.size(), file->size());
    EXPECT_GE(built_in.size(), 500U);
    EXPECT_GT(built_in.find("excellent"), 2.0);
    EXPECT_LT(built_in.find("awful"), -2.0);
    EXPECT_GT(built_in.find(":)"), 0.0);
}

}  // namespace
}  // namespace sentiment
