#include "sentiment/sentiment_handler.hpp"

#include <stdexcept>
#include <string>

namespace sentiment {
namespace {

std::string text_of(leat::json const& payload) {
    auto const text = payload.is_object() ? payload.value("text", leat::json()) : leat::json();
    return text.is_string() ? text.get<std::string>() : std::string();
}

}  // namespace

leat::json MessageHandler::operator()(leat::Task const& task, leat::Context&) const {
    auto const text = text_of(task.payload());
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) throw std::invalid_argument("empty text");
    auto const result = scorer_->score(text);
    return {{"sentiment", result.compound}, {"label", label(result.compound)}, {"words", result.words}};
}

leat::json score(leat::Task const& task, leat::Context& context) {
    static MessageHandler const handler(Lexicon::built_in());
    return handler(task, context);
}

}  // namespace sentiment
