#pragma once
// How positive or negative a short message is, by the rules that C.J. Hutto and Eric Gilbert describe in "VADER: A
// Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text" (ICWSM 2014): the valences of the words in
// a lexicon, changed by negation, degree adverbs, capitals, exclamation and question marks and the word "but".
#include <cstddef>
#include <string_view>

#include "sentiment/lexicon.hpp"

namespace sentiment {

struct Sentiment {
    double compound = 0;    // −1 (most negative) to +1, rounded to four digits
    std::size_t words = 0;  // words and emoticons in the message
};

// "positive" from +0.05, "negative" from −0.05, else "neutral".
[[nodiscard]] std::string_view label(double compound) noexcept;

// Immutable: any number of threads may share one.
class SentimentScorer {
  public:
    explicit SentimentScorer(Lexicon lexicon) : lexicon_(std::move(lexicon)) {}

    // Any bytes are safe. Cost O(length).
    [[nodiscard]] Sentiment score(std::string_view message) const;

  private:
    Lexicon lexicon_;
};

}  // namespace sentiment
