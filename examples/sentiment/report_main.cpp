// Compares the scorer with human ratings: prints Pearson's r for each file.
//   sentiment_report --lexicon FILE ratings.tsv…     (id<TAB>rating<TAB>text)
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "sentiment/lexicon.hpp"
#include "sentiment/ratings.hpp"
#include "sentiment/sentiment_scorer.hpp"

int main(int argc, char** argv) {
    std::vector<std::string> files(argv + 1, argv + argc);
    auto lexicon = leat::Result<sentiment::Lexicon>(sentiment::Lexicon::built_in());
    if (files.size() >= 2 && files[0] == "--lexicon") {
        lexicon = sentiment::Lexicon::read_file(files[1]);
        files.erase(files.begin(), files.begin() + 2);
    }
    if (!lexicon) {
        std::cerr << lexicon.error().message() << '\n';
        return EXIT_FAILURE;
    }
    if (files.empty()) {
        std::cerr << "usage: sentiment_report [--lexicon FILE] ratings.tsv…\n";
        return EXIT_FAILURE;
    }
    sentiment::SentimentScorer const scorer(std::move(*lexicon));
    for (auto const& file : files) {
        auto const ratings = sentiment::read_ratings(file);
        if (!ratings) {
            std::cerr << ratings.error().message() << '\n';
            return EXIT_FAILURE;
        }
        std::cout << file << ": " << ratings->size() << " messages, r = " << sentiment::correlation(scorer, *ratings)
                  << '\n';
    }
    return EXIT_SUCCESS;
}
