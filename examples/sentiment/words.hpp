#pragma once
// A message as words.
#include <string>
#include <string_view>
#include <vector>

namespace sentiment {

struct Word {
    std::string text;       // as written, without punctuation around it
    std::string lower;      // in lower case, typographic apostrophes made plain
    bool shouted = false;   // all capitals, at least two of them
    bool emoticon = false;  // begins or ends with something that belongs to no word
};

// Splits at white space. Punctuation around a word is taken off, except where `is_token(piece)` says that the piece as
// it stands (an emoticon) means something. Pieces of nothing but punctuation are dropped. Cost O(length).
template <class IsToken>
std::vector<Word> split_words(std::string_view message, IsToken is_token);

// ASCII letters in lower case; other bytes stay.
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] Word make_word(std::string_view text);
[[nodiscard]] std::string_view strip_punctuation(std::string_view piece);

template <class IsToken>
std::vector<Word> split_words(std::string_view message, IsToken is_token) {
    constexpr std::string_view kBlanks = " \t\r\n\f\v";
    std::vector<Word> words;
    for (auto begin = message.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
        auto const end = std::min(message.find_first_of(kBlanks, begin), message.size());
        auto const piece = message.substr(begin, end - begin);
        auto const text = is_token(piece) ? piece : strip_punctuation(piece);
        if (!text.empty()) words.push_back(make_word(text));
        begin = message.find_first_not_of(kBlanks, end);
    }
    return words;
}

}  // namespace sentiment
