// How well the scores agree with people. The paper's own implementation reaches r = 0.881 on tweets and 0.565 on Amazon
// snippets; the files of that data set are not part of this project, so those tests are skipped without them.
#include "sentiment/ratings.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

namespace sentiment {
namespace {

std::string const kData = LEAT_SENTIMENT_DATA;
std::string const kMessages = LEAT_SENTIMENT_FOLDER "/messages.tsv";

double correlation_with(Lexicon lexicon, std::string const& file) {
    auto const messages = read_ratings(file);
    if (!messages) {
        ADD_FAILURE() << messages.error().message();
        return 0;
    }
    auto const r = correlation(SentimentScorer(std::move(lexicon)), *messages);
    std::cout << std::filesystem::path(file).filename().string() << ": " << messages->size() << " messages, r = " << r
              << '\n';
    return r;
}

class PublishedRatings : public testing::Test {
  protected:
    void SetUp() override {
        for (char const* name : {"sentiment_lexicon.tsv", "tweets.tsv", "amazonReviewSnippets.tsv"}) {
            auto const path = kData + "/" + name;
            if (!std::filesystem::exists(path)) {
                GTEST_SKIP() << "no file " << path << "; set LEAT_SENTIMENT_DATA to the folder of the data set";
            }
        }
    }
    static Lexicon lexicon() { return Lexicon::read_file(kData + "/sentiment_lexicon.tsv").value(); }
};

TEST_F(PublishedRatings, Tweets) {
    EXPECT_GE(correlation_with(lexicon(), kData + "/tweets.tsv"), 0.85);
}

TEST_F(PublishedRatings, AmazonSnippets) {
    EXPECT_GE(correlation_with(lexicon(), kData + "/amazonReviewSnippets.tsv"), 0.53);
}

TEST(OwnRatings, TheSampleAgreesWithItsRatings) {
    EXPECT_GE(correlation_with(Lexicon::built_in(), kMessages), 0.7);
}

TEST(OwnRatings, TheSampleIsWhatItIsMeantToBe) {
    auto const messages = read_ratings(kMessages);
    ASSERT_TRUE(messages) << messages.error().message();
    EXPECT_GE(messages->size(), 220U);
    std::set<std::string> ids;
    for (auto const& message : *messages)
        EXPECT_TRUE(ids.insert(message.id).second) << message.id << " stands twice";
    auto const empty = std::ranges::count(*messages, "", &RatedMessage::text);
    EXPECT_GE(empty, 2);
    EXPECT_LE(empty, 6);
}

class Ratings : public testing::Test {
  protected:
    Ratings()  // the tests of this fixture run side by side: each has a file of its own
        : path_(testing::TempDir() + "leat-ratings-" + std::to_string(::getpid()) + ".tsv") {}
    ~Ratings() override { std::filesystem::remove(path_); }
    leat::Result<std::vector<RatedMessage>> read(std::string const& text) {
        std::ofstream(path_) << text;
        return read_ratings(path_);
    }
    std::string path_;
};

TEST_F(Ratings, AreRead) {
    auto const messages = read("a\t-1.5\tnot\tgood\n\nb\t4\t\n");
    ASSERT_TRUE(messages) << messages.error().message();
    ASSERT_EQ(messages->size(), 2U);
    EXPECT_EQ((*messages)[0].rating, -1.5);
    EXPECT_EQ((*messages)[0].text, "not\tgood");
    EXPECT_EQ((*messages)[1].text, "");
}

TEST_F(Ratings, BadLinesAreNamed) {
    EXPECT_EQ(read("a\t1\tx\nb\t2\n").error().detail, path_ + ":2: needs id, rating and text, with tabs between");
    EXPECT_EQ(read("a\tx\ty\n").error().detail, path_ + ":1: the rating is no number from -4 to 4");
    EXPECT_EQ(read("a\t5\ty\n").error().detail, path_ + ":1: the rating is no number from -4 to 4");
    EXPECT_EQ(read_ratings("/no/such/file").error().code, leat::ErrorCode::not_found);
}

TEST(Correlation, IsPearsons) {
    SentimentScorer const scorer(Lexicon::built_in());
    EXPECT_EQ(correlation(scorer, {}), 0);
    EXPECT_EQ(correlation(scorer, {{"a", 1, "good"}}), 0);
    EXPECT_NEAR(correlation(scorer, {{"a", 3, "good"}, {"b", -3, "bad"}, {"c", 0, ""}}), 1, 1e-9);
    EXPECT_NEAR(correlation(scorer, {{"a", -3, "good"}, {"b", 3, "bad"}}), -1, 1e-9);
}

}  // namespace
}  // namespace sentiment
