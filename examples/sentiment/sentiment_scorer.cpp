#include "sentiment/sentiment_scorer.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "sentiment/rules.hpp"
#include "sentiment/words.hpp"

namespace sentiment {
namespace {

constexpr double kLabelThreshold = 0.05;
constexpr double kRounding = 10'000;

// One meaning in the message: a word of the lexicon, or a phrase. Words without a valence are not in the list.
struct Hit {
    std::size_t first = 0, last = 0;  // words
    double valence = 0;
};

// The rules, applied to one message.
class Reading {
  public:
    Reading(Lexicon const& lexicon, std::string_view message) : lexicon_(lexicon), words_(split(message)) {
        auto const shouted = std::ranges::count_if(words_, &Word::shouted);
        mixed_case_ = shouted > 0 && static_cast<std::size_t>(shouted) < words_.size();
    }

    [[nodiscard]] std::size_t words() const { return words_.size(); }

    // The sum of all valences after the rules for words.
    [[nodiscard]] double sum() const {
        auto hits = find_hits();
        for (auto& hit : hits)
            hit.valence = in_context(hit);
        weigh_around_but(hits);
        double total = 0;
        for (auto const& hit : hits)
            total += hit.valence;
        return total;
    }

  private:
    [[nodiscard]] std::vector<Word> split(std::string_view message) const {
        return split_words(message, [this](std::string_view piece) {
            return lexicon_.find(piece).has_value() || lexicon_.find(to_lower(piece)).has_value();
        });
    }

    [[nodiscard]] std::vector<Hit> find_hits() const {
        std::vector<Hit> hits;
        for (std::size_t i = 0; i < words_.size();) {
            auto hit = phrase_at(i);
            if (!hit) hit = word_at(i);
            if (hit) hits.push_back(*hit);
            i = hit ? hit->last + 1 : i + 1;
        }
        return hits;
    }

    // The longest phrase of the lexicon or among the idioms that begins here.
    [[nodiscard]] std::optional<Hit> phrase_at(std::size_t i) const {
        std::optional<Hit> longest;
        auto phrase = words_[i].lower;
        auto const end = std::min(i + kPhraseWordsMax, words_.size());
        for (std::size_t last = i + 1; last < end; ++last) {
            phrase += ' ' + words_[last].lower;
            auto valence = lexicon_.find(phrase);
            if (!valence) valence = idiom_valence(phrase);
            if (valence) longest = Hit{i, last, *valence};
        }
        return longest;
    }

    [[nodiscard]] std::optional<double> valence_of(std::size_t i) const {
        auto const valence = lexicon_.find(words_[i].text);
        return valence ? valence : lexicon_.find(words_[i].lower);
    }

    [[nodiscard]] std::optional<Hit> word_at(std::size_t i) const {
        auto const valence = valence_of(i);
        if (!valence || only_modifies(i)) return std::nullopt;
        return Hit{i, i, *valence};
    }

    // Words of the lexicon that only change another one here: "kind" in "kind of"; "no" and degree adverbs before a
    // rated word.
    [[nodiscard]] bool only_modifies(std::size_t i) const {
        if (i + 1 == words_.size()) return false;
        auto const& word = words_[i].lower;
        if (word == "kind") return words_[i + 1].lower == "of";
        return (word == "no" || degree_of(word)) && valence_of(i + 1);
    }

    [[nodiscard]] double in_context(Hit const& hit) const {
        double valence = hit.valence;
        if (mixed_case_ && words_[hit.first].shouted) valence += std::copysign(kCapitals, valence);
        valence += degree_before(hit);
        if (!words_[hit.first].emoticon && negated(hit)) valence *= kNegation;
        return valence;
    }

    [[nodiscard]] double degree_before(Hit const& hit) const {
        double change = 0;
        for (std::size_t distance = 1; distance <= std::min(kReach, hit.first); ++distance) {
            auto const degree = degree_at(hit.first - distance);
            if (!degree) continue;
            double strength = *degree;
            if (mixed_case_ && words_[hit.first - distance].shouted) strength += std::copysign(kCapitals, strength);
            change += strength * kDegreeAtDistance[distance - 1];
        }
        return std::copysign(1.0, hit.valence) * change;
    }

    [[nodiscard]] std::optional<double> degree_at(std::size_t i) const {
        auto const& word = words_[i].lower;
        if (word == "of" && i > 0 && (words_[i - 1].lower == "kind" || words_[i - 1].lower == "sort")) return -kDegree;
        return degree_of(word);
    }

    [[nodiscard]] bool negated(Hit const& hit) const {
        for (std::size_t distance = 1; distance <= std::min(kReach, hit.first); ++distance) {
            if (negates(hit.first - distance)) return true;
        }
        return false;
    }

    [[nodiscard]] bool negates(std::size_t i) const {
        auto const& word = words_[i].lower;
        auto const next = i + 1 < words_.size() ? std::string_view(words_[i + 1].lower) : std::string_view();
        if (word == "least") return i == 0 || (words_[i - 1].lower != "at" && words_[i - 1].lower != "very");
        if (word == "never") return next != "so" && next != "this";  // "never so good" is praise
        if (word == "without" || word == "no") return next != "doubt";
        if (word == "not") return next != "only" && next != "just";
        return is_negation(word);
    }

    // What follows "but" is what the writer means.
    void weigh_around_but(std::vector<Hit>& hits) const {
        auto const but = std::ranges::find(words_, "but", &Word::lower);
        if (but == words_.end()) return;
        auto const at = static_cast<std::size_t>(but - words_.begin());
        for (auto& hit : hits)
            hit.valence *= hit.first < at ? kBeforeBut : kAfterBut;
    }

    Lexicon const& lexicon_;
    std::vector<Word> words_;
    bool mixed_case_ = false;
};

double punctuation_emphasis(std::string_view message) {
    auto const exclamations = std::min<std::ptrdiff_t>(std::ranges::count(message, '!'), kExclamationsMax);
    auto const questions = std::ranges::count(message, '?');
    double emphasis = static_cast<double>(exclamations) * kExclamation;
    if (questions > 3) {
        emphasis += kManyQuestions;
    } else if (questions > 1) {
        emphasis += static_cast<double>(questions) * kQuestion;
    }
    return emphasis;
}

double normalised(double sum) {
    return sum / std::sqrt(sum * sum + kNormalAlpha);
}

}  // namespace

std::string_view label(double compound) noexcept {
    if (compound >= kLabelThreshold) return "positive";
    if (compound <= -kLabelThreshold) return "negative";
    return "neutral";
}

Sentiment SentimentScorer::score(std::string_view message) const {
    Reading const reading(lexicon_, message);
    auto sum = reading.sum();
    if (sum != 0) sum += std::copysign(punctuation_emphasis(message), sum);
    return {std::round(normalised(sum) * kRounding) / kRounding, reading.words()};
}

}  // namespace sentiment
