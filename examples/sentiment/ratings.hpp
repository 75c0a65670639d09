#pragma once
// Messages that people have rated, to measure the scorer against.
#include <string>
#include <vector>

#include "leat/error.hpp"
#include "sentiment/sentiment_scorer.hpp"

namespace sentiment {

struct RatedMessage {
    std::string id;
    double rating = 0;  // −4 to +4
    std::string text;   // may be empty
};

// Reads lines of `id<TAB>rating<TAB>text`. Errors: not_found, invalid_input with the line's number.
[[nodiscard]] leat::Result<std::vector<RatedMessage>> read_ratings(std::string const& path);

// Pearson's correlation between compound and rating over the messages with text; 0 where it is not defined.
[[nodiscard]] double correlation(SentimentScorer const& scorer, std::vector<RatedMessage> const& messages);

}  // namespace sentiment
