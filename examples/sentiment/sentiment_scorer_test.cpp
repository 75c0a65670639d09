#include "sentiment/sentiment_scorer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <sstream>

#include "sentiment/words.hpp"

namespace sentiment {
namespace {

SentimentScorer const& scorer() {
    static SentimentScorer const instance = [] {
        std::istringstream words(
            "good\t2\ngreat\t3\nbad\t-2\nhorrible\t-2.5\npretty\t2\nkind\t2\nno\t-1\n:(\t-2\n:D\t2.5\nfed up\t-2\n");
        return SentimentScorer(Lexicon::read(words, "test").value());
    }();
    return instance;
}

double score(std::string_view message) {
    return scorer().score(message).compound;
}

// What the sum of valences must have been for this compound.
double expected(double sum) {
    return std::round(sum / std::sqrt(sum * sum + 15) * 10'000) / 10'000;
}

TEST(SentimentScorer, AddsValencesAndNormalises) {
    EXPECT_EQ(score("the food is good"), expected(2));
    EXPECT_EQ(score("good food, bad service"), 0);
    EXPECT_EQ(score("great, great, great"), expected(9));
    EXPECT_EQ(score("a table by the window"), 0);
    EXPECT_EQ(score(""), 0);
}

TEST(SentimentScorer, ManyWordsStayBelowOne) {
    std::string message;
    for (int i = 0; i < 10'000; ++i)
        message += "great ";
    auto const result = scorer().score(message);
    EXPECT_EQ(result.words, 10'000U);
    EXPECT_LE(result.compound, 1.0);
    EXPECT_GT(result.compound, 0.99);
}

TEST(SentimentScorer, DegreeAdverbsStrengthenAndFadeWithDistance) {
    EXPECT_EQ(score("very good"), expected(2 + 0.293));
    EXPECT_EQ(score("very bad"), expected(-2 - 0.293));
    EXPECT_EQ(score("very x good"), expected(2 + 0.293 * 0.95));
    EXPECT_EQ(score("very x y good"), expected(2 + 0.293 * 0.9));
    EXPECT_EQ(score("very x y z good"), expected(2));
    EXPECT_EQ(score("really very good"), expected(2 + 0.293 + 0.293 * 0.95));
}

TEST(SentimentScorer, DampenersWeaken) {
    EXPECT_EQ(score("slightly bad"), expected(-2 + 0.293));
    EXPECT_EQ(score("kind of good"), expected(2 - 0.293));
    EXPECT_EQ(score("sort of bad"), expected(-2 + 0.293));
}

TEST(SentimentScorer, ADegreeAdverbWithAMeaningOfItsOwn) {
    EXPECT_EQ(score("pretty good"), expected(2 + 0.293));
    EXPECT_EQ(score("the dress is pretty"), expected(2));
    EXPECT_EQ(score("a kind man"), expected(2));
}

TEST(SentimentScorer, NegationTurnsAndWeakens) {
    EXPECT_EQ(score("not good"), expected(2 * -0.74));
    EXPECT_EQ(score("not a good"), expected(2 * -0.74));
    EXPECT_EQ(score("isn't that very good"), expected((2 + 0.293) * -0.74));
    EXPECT_EQ(score("not x y z good"), expected(2));
    EXPECT_EQ(score("wasnt bad"), expected(-2 * -0.74));
    EXPECT_EQ(score("isn’t good"), expected(2 * -0.74));
    EXPECT_EQ(score("no good"), expected(2 * -0.74));
    EXPECT_EQ(score("no"), expected(-1));
    EXPECT_EQ(score("least good"), expected(2 * -0.74));
    EXPECT_EQ(score("at least good"), expected(2));
}

TEST(SentimentScorer, NegationsThatAreNone) {
    EXPECT_EQ(score("never so good"), expected(2 + 0.293));
    EXPECT_EQ(score("without doubt good"), expected(2));
    EXPECT_EQ(score("not only good"), expected(2));
    EXPECT_EQ(score("not here :("), expected(-2));  // emoticons are not negated
}

TEST(SentimentScorer, CapitalsStandOutAmongOthers) {
    EXPECT_EQ(score("the food is GREAT"), expected(3 + 0.733));
    EXPECT_EQ(score("the food is BAD"), expected(-2 - 0.733));
    EXPECT_EQ(score("THE FOOD IS GREAT"), expected(3));
    EXPECT_EQ(score("VERY good"), expected(2 + 0.293 + 0.733));
}

TEST(SentimentScorer, ExclamationAndQuestionMarksEmphasise) {
    EXPECT_EQ(score("good!"), expected(2 + 0.292));
    EXPECT_EQ(score("bad!!"), expected(-2 - 2 * 0.292));
    EXPECT_EQ(score("good!!!!!!!!"), expected(2 + 4 * 0.292));
    EXPECT_EQ(score("good?"), expected(2));
    EXPECT_EQ(score("bad??"), expected(-2 - 2 * 0.18));
    EXPECT_EQ(score("bad???"), expected(-2 - 3 * 0.18));
    EXPECT_EQ(score("bad?????"), expected(-2 - 0.96));
    EXPECT_EQ(score("table!!!!"), 0);
}

TEST(SentimentScorer, ButShiftsTheWeight) {
    EXPECT_EQ(score("good but bad"), expected(2 * 0.5 - 2 * 1.5));
    EXPECT_EQ(score("bad, but good"), expected(-2 * 0.5 + 2 * 1.5));
    EXPECT_EQ(score("but good"), expected(2 * 1.5));
}

TEST(SentimentScorer, PhrasesMeanSomethingElseThanTheirWords) {
    EXPECT_EQ(score("I am fed up"), expected(-2));
    EXPECT_EQ(score("I am really fed up"), expected(-2 - 0.293));
    EXPECT_GT(score("works like a charm"), 0.3);
    EXPECT_GT(score("I can't wait"), 0.3);
    EXPECT_LT(score("yeah right"), -0.3);
}

TEST(SentimentScorer, EmoticonsAndPunctuation) {
    EXPECT_EQ(score("there :("), expected(-2));
    EXPECT_EQ(score("there :D"), expected(2.5));
    EXPECT_EQ(score("“good”, (bad)… good."), expected(2));
    EXPECT_EQ(score("GOOD"), expected(2));
}

TEST(SentimentScorer, CountsWords) {
    EXPECT_EQ(scorer().score("  good - food :D \n").words, 3U);
    EXPECT_EQ(scorer().score("?! ...").words, 0U);
}

TEST(SentimentScorer, Labels) {
    EXPECT_EQ(label(0.05), "positive");
    EXPECT_EQ(label(0.0499), "neutral");
    EXPECT_EQ(label(-0.0499), "neutral");
    EXPECT_EQ(label(-0.05), "negative");
}

TEST(SentimentScorer, AnyBytesAreSafe) {
    std::mt19937 random(1);
    std::uniform_int_distribution<int> byte(0, 255);
    std::uniform_int_distribution<std::size_t> length(0, 200);
    for (int round = 0; round < 2'000; ++round) {
        std::string message(length(random), ' ');
        for (auto& c : message)
            c = static_cast<char>(byte(random));
        auto const compound = score(message + " good");
        EXPECT_TRUE(compound >= -1 && compound <= 1) << compound;
    }
}

TEST(Words, StripPunctuationKeepsTheWord) {
    EXPECT_EQ(strip_punctuation("\"don't!\""), "don't");
    EXPECT_EQ(strip_punctuation("…"), "");
    EXPECT_EQ(strip_punctuation(""), "");
    EXPECT_EQ(strip_punctuation("«très»"), "très");
    EXPECT_EQ(make_word("Don’t").lower, "don't");
    EXPECT_TRUE(make_word("WHY").shouted);
    EXPECT_FALSE(make_word("I").shouted);
    EXPECT_FALSE(make_word("WHy").shouted);
}

}  // namespace
}  // namespace sentiment
