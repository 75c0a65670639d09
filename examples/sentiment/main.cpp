// An agent that scores customer messages. Serves until SIGTERM or SIGINT.
//   sentiment [--redis URL] [--lexicon FILE] [--concurrency N]
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <leat/leat.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "sentiment/sentiment_handler.hpp"

namespace {

struct Arguments {
    std::string redis = "redis://localhost:6379";
    std::string lexicon;  // empty: the built-in one
    int concurrency = 16;
};

std::optional<int> positive_number(std::string_view text) {
    int value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1) return std::nullopt;
    return value;
}

std::optional<Arguments> parse(int count, char** values) {
    Arguments arguments;
    if (auto const* const redis = std::getenv("LEAT_REDIS")) arguments.redis = redis;
    for (int i = 1; i < count; i += 2) {
        if (i + 1 == count) return std::nullopt;
        std::string_view const name = values[i];
        if (name == "--redis") {
            arguments.redis = values[i + 1];
        } else if (name == "--lexicon") {
            arguments.lexicon = values[i + 1];
        } else if (name == "--concurrency") {
            auto const number = positive_number(values[i + 1]);
            if (!number) return std::nullopt;
            arguments.concurrency = *number;
        } else {
            return std::nullopt;
        }
    }
    return arguments;
}

leat::Result<sentiment::Lexicon> lexicon_of(Arguments const& arguments) {
    if (arguments.lexicon.empty()) return sentiment::Lexicon::built_in();
    return sentiment::Lexicon::read_file(arguments.lexicon);
}

leat::Result<void> serve(Arguments const& arguments) {
    auto lexicon = lexicon_of(arguments);
    if (!lexicon) return std::unexpected(lexicon.error());
    leat::WorkerOptions options;
    options.redis = arguments.redis;
    leat::Worker worker(options);
    worker.handle("sentiment", sentiment::MessageHandler(std::move(*lexicon)), {.concurrency = arguments.concurrency});
    return worker.run();
}

}  // namespace

int main(int count, char** values) {
    auto const arguments = parse(count, values);
    if (!arguments) {
        std::cerr << "usage: sentiment [--redis URL] [--lexicon FILE] [--concurrency N]\n";
        return 2;
    }
    try {
        auto const ended = serve(*arguments);
        if (!ended) std::cerr << ended.error().message() << '\n';
        return ended ? 0 : 1;
    } catch (std::invalid_argument const& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
