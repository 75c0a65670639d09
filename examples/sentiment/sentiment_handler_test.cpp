#include "sentiment/sentiment_handler.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sentiment {
namespace {

class SilentContext final : public leat::Context {
  public:
    [[nodiscard]] std::int64_t attempt() const noexcept override { return 1; }
    [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept override {
        return std::chrono::steady_clock::time_point::max();
    }
    [[nodiscard]] leat::CancelToken const& cancel_token() const noexcept override { return token_; }
    [[nodiscard]] std::string const& idempotency_key() const noexcept override { return name_; }
    [[nodiscard]] std::string const& worker() const noexcept override { return name_; }
    void progress(double, std::string_view) override {}
    void log(std::string_view) override {}

  private:
    leat::CancelToken token_;
    std::string name_ = "test";
};

leat::json score_payload(std::string payload) {
    SilentContext context;
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
