#pragma once
// Three agents that hand messages on:
//
//   classify ──negative──> reply ──> archive
//       └──────all others──────────────^
//
// Each dispatches to the next with an id made from the message's: "m-1" leads to "m-1:reply" and "m-1:archive". An
// attempt that runs again (after a crash, a retry, a lost lease) dispatches the same ids and so creates nothing twice;
// no agent has to remember how far it was.
#include <functional>
#include <leat/leat.hpp>
#include <string>

#include "sentiment/sentiment_scorer.hpp"

namespace triage {

// leat::Client::dispatch, or what a test puts in its place.
using Dispatch = std::function<leat::Result<leat::Receipt>(std::string const& agent, leat::json const& payload,
                                                           leat::DispatchOptions options)>;

// The handlers. Any number of threads may call them.
class Agents {
  public:
    explicit Agents(Dispatch dispatch) : dispatch_(std::move(dispatch)), scorer_(sentiment::Lexicon::built_in()) {}

    // {"text": …} → {"label": …, "sentiment": …, "next": the agent, "next_id": …}
    leat::json classify(leat::Task const& task, leat::Context& context) const;
    // {"message_id": …, "text": …, "sentiment": …} → {"draft": …, "next_id": …}
    leat::json reply(leat::Task const& task, leat::Context& context) const;
    // {"message_id": …, "text": …, "draft": …?} → {"message_id": …, "answered": …}
    leat::json archive(leat::Task const& task, leat::Context& context) const;

  private:
    std::string hand_on(std::string const& agent, leat::json const& payload, leat::Context const& context) const;

    Dispatch dispatch_;
    sentiment::SentimentScorer scorer_;
};

}  // namespace triage
