#include "summary.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "input.hpp"

namespace demo {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

Outcome scored(double score, std::optional<double> rating = {}) {
    Outcome outcome;
    outcome.text = "text";
    outcome.score = score;
    outcome.rating = rating;
    outcome.attempts = 1;
    outcome.ended = 100ms;
    return outcome;
}

TEST(DemoInput, ReadsTextsIdsAndRatings) {
    std::istringstream file(
        "# a comment\nonly text\n7\ttext with id\n\n8\t-1.5\trated\r\n9\tno number\tpart of the text\n10\t\n");
    auto const messages = read_messages(file);
    ASSERT_EQ(messages.size(), 5U);
    EXPECT_EQ(messages[0].text, "only text");
    EXPECT_EQ(messages[1].text, "text with id");
    EXPECT_EQ(messages[2].text, "rated");
    EXPECT_EQ(messages[2].rating, -1.5);
    EXPECT_EQ(messages[3].text, "no number\tpart of the text");
    EXPECT_EQ(messages[3].rating, std::nullopt);
    EXPECT_EQ(messages[4].text, "");
}

TEST(DemoSummary, CountsAndMeans) {
    Outcome dead;
    dead.error = "no text";
    dead.attempts = 4;
    dead.ended = 5s;
    auto const summary = summarise({scored(0.5), scored(-0.25), dead});
    EXPECT_EQ(summary.tasks, 3U);
    EXPECT_EQ(summary.succeeded, 2U);
    EXPECT_EQ(summary.retries, 3);
    EXPECT_EQ(summary.failures.at("no text"), 1U);
    EXPECT_DOUBLE_EQ(*summary.mean_score, 0.125);
    EXPECT_DOUBLE_EQ(summary.tasks_per_s, 20.0);  // 2 in 0.1 s; the retried one is left out
    EXPECT_EQ(summary.ended, 5s);
    EXPECT_FALSE(summary.correlation);
}

TEST(DemoSummary, PercentilesAreRanks) {
    std::vector<Outcome> outcomes;
    for (int i = 100; i >= 1; --i) {
        outcomes.push_back(scored(0));
        outcomes.back().took = std::chrono::milliseconds(i);
    }
    auto const summary = summarise(std::move(outcomes));
    EXPECT_EQ(summary.p50, 50ms);
    EXPECT_EQ(summary.p95, 95ms);
    EXPECT_EQ(summary.p99, 99ms);
    EXPECT_EQ(summary.samples.size(), 5U);
}

TEST(DemoSummary, CorrelatesScoresWithRatings) {
    EXPECT_NEAR(*summarise({scored(0.1, 1), scored(0.2, 2), scored(0.3, 3)}).correlation, 1.0, 1e-9);
    EXPECT_NEAR(*summarise({scored(0.1, 3), scored(0.2, 2), scored(0.3, 1)}).correlation, -1.0, 1e-9);
    EXPECT_NEAR(*summarise({scored(1, 1), scored(2, 3), scored(3, 2), scored(9, {})}).correlation, 0.5, 1e-9);
    EXPECT_FALSE(summarise({scored(0.1, 1), scored(0.1, 2)}).correlation);
}

TEST(DemoSummary, NothingAtAllIsNoCrash) {
    EXPECT_THAT(to_text(summarise({})), HasSubstr("0 tasks"));
}

TEST(DemoSummary, TextsArePrintedSafely) {
    auto outcome = scored(0.5);
    outcome.text = "\x1b[31mred\x07";
    auto const text = to_text(summarise({outcome}));
    EXPECT_THAT(text, HasSubstr("?[31mred?"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace demo
