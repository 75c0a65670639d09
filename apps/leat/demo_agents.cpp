#include "demo_agents.hpp"

#include <utility>

#include "sentiment/sentiment_handler.hpp"

namespace leat::cli {

Result<BuiltInAgents> demo_agents(std::string const& lexicon_file) {
    auto lexicon = lexicon_file.empty() ? Result<sentiment::Lexicon>(sentiment::Lexicon::built_in())
                                        : sentiment::Lexicon::read_file(lexicon_file);
    if (!lexicon) return std::unexpected(std::move(lexicon.error()));
    BuiltInAgents agents;
    agents.emplace("sentiment", make_handler(sentiment::MessageHandler(std::move(*lexicon))));
    return agents;
}

}  // namespace leat::cli
