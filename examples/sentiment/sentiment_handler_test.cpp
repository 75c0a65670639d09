#include "sentiment/sentiment_handler.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/silent_context.hpp"

namespace sentiment {
namespace {

leat::json score_payload(std::string payload) {
    examples::SilentContext context;
    leat::Task const task("m-1", "sentiment", std::move(payload));
    return score(task, context);
}

TEST(SentimentHandler, AnswersScoreLabelAndWords) {
    auto const result = score_payload(R"({"text":"What a wonderful day!"})");
    EXPECT_EQ(result["label"], "positive");
    EXPECT_EQ(result["words"], 4);
    EXPECT_GT(result["sentiment"].get<double>(), 0.5);
    EXPECT_EQ(result.size(), 3U);
    EXPECT_EQ(score_payload(R"({"text":"terrible"})")["label"], "negative");
    EXPECT_EQ(score_payload(R"({"text":"a table"})")["label"], "neutral");
}

TEST(SentimentHandler, AnswersWhatTheReadmeSays) {
    auto const result = score_payload(R"({"text":"The delivery was quick, but the box was BROKEN!!"})");
    EXPECT_EQ(result, leat::json::parse(R"({"sentiment": -0.7213, "label": "negative", "words": 9})"));
}

TEST(SentimentHandler, NoTextIsAnError) {
    for (char const* payload :
         {R"({"text":""})", R"({"text":" \n\t"})", R"({"text":null})", R"({"text":7})", "{}", "[]", "7", "null"}) {
        try {
            auto const result = score_payload(payload);
            FAIL() << payload << " gave " << result;
        } catch (std::invalid_argument const& error) {
            EXPECT_STREQ(error.what(), "empty text") << payload;
        }
    }
}

TEST(SentimentHandler, ThePayloadsOfForeignersAreSafe) {
    EXPECT_THROW(score_payload("no json"), leat::json::parse_error);
}

TEST(SentimentHandler, IsAHandler) {
    EXPECT_TRUE(std::holds_alternative<leat::BlockingHandler>(leat::make_handler(score)));
    EXPECT_TRUE(std::holds_alternative<leat::BlockingHandler>(leat::make_handler(MessageHandler(Lexicon::built_in()))));
}

}  // namespace
}  // namespace sentiment
