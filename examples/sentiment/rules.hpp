#pragma once
// The words that change the words around them, and the paper's empirical constants.
#include <optional>
#include <string_view>

namespace sentiment {

inline constexpr double kDegree = 0.293;       // a degree adverb next to a word
inline constexpr double kCapitals = 0.733;     // a word in capitals among others that are not
inline constexpr double kNegation = -0.74;     // factor of a negated word
inline constexpr double kExclamation = 0.292;  // each "!", at most four
inline constexpr int kExclamationsMax = 4;
inline constexpr double kQuestion = 0.18;       // each "?" of two or three
inline constexpr double kManyQuestions = 0.96;  // four "?" and more
inline constexpr double kBeforeBut = 0.5;       // factors around "but"
inline constexpr double kAfterBut = 1.5;
inline constexpr double kNormalAlpha = 15.0;  // about the largest sum to expect
inline constexpr std::size_t kReach = 3;      // words before a word that can change it
inline constexpr std::size_t kPhraseWordsMax = 4;

// How much of a degree adverb is left at a distance of 1, 2 and 3 words.
inline constexpr double kDegreeAtDistance[kReach] = {1.0, 0.95, 0.9};

// +kDegree for "very", −kDegree for "slightly"; none for anything else. Lower case.
[[nodiscard]] std::optional<double> degree_of(std::string_view word);
// "not", "never", "isn't", "dont", …
[[nodiscard]] bool is_negation(std::string_view word);
// Phrases that mean something else than their words: the valence of the whole. Lower case, one blank between words.
[[nodiscard]] std::optional<double> idiom_valence(std::string_view phrase);

}  // namespace sentiment
