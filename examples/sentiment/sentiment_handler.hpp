#pragma once
// The scorer as an agent: {"text": …} in, {"sentiment": compound, "label": …, "words": n} out.
#include <leat/handler.hpp>
#include <leat/json.hpp>
#include <memory>

#include "sentiment/sentiment_scorer.hpp"

namespace sentiment {

// A handler for leat::Worker::handle(). Copies share one scorer.
class MessageHandler {
  public:
    explicit MessageHandler(Lexicon lexicon)
        : scorer_(std::make_shared<SentimentScorer const>(SentimentScorer(std::move(lexicon)))) {}

    // Throws std::invalid_argument("empty text") where there is no text: retried, then a dead letter.
    leat::json operator()(leat::Task const& task, leat::Context& context) const;

  private:
    std::shared_ptr<SentimentScorer const> scorer_;
};

// The same handler as a function, with the lexicon that comes with this example.
leat::json score(leat::Task const& task, leat::Context& context);

}  // namespace sentiment
