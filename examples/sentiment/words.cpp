#include "sentiment/words.hpp"

#include <algorithm>
#include <array>

namespace sentiment {
namespace {

constexpr bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
// Bytes above ASCII belong to letters of other alphabets and to emoji, so they count as part of a word.
constexpr bool is_word_byte(char c) {
    return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// Typographic punctuation in UTF-8: quotes, dashes, the ellipsis, inverted marks.
constexpr std::array<std::string_view, 11> kWideMarks = {"“", "”", "„", "‘", "’", "«", "»", "…", "–", "—", "¡"};

bool strip_mark_at_front(std::string_view& piece) {
    for (auto const mark : kWideMarks) {
        if (!piece.starts_with(mark)) continue;
        piece.remove_prefix(mark.size());
        return true;
    }
    if (is_word_byte(piece.front())) return false;
    piece.remove_prefix(1);
    return true;
}

bool strip_mark_at_back(std::string_view& piece) {
    for (auto const mark : kWideMarks) {
        if (!piece.ends_with(mark)) continue;
        piece.remove_suffix(mark.size());
        return true;
    }
    if (is_word_byte(piece.back())) return false;
    piece.remove_suffix(1);
    return true;
}

}  // namespace

std::string_view strip_punctuation(std::string_view piece) {
    while (!piece.empty() && strip_mark_at_front(piece)) {
    }
    while (!piece.empty() && strip_mark_at_back(piece)) {
    }
    return piece;
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

Word make_word(std::string_view text) {
    constexpr std::string_view kApostrophe = "’";
    Word word;
    word.text = text;
    for (auto at = word.text.find(kApostrophe); at != std::string::npos; at = word.text.find(kApostrophe, at))
        word.text.replace(at, kApostrophe.size(), "'");
    word.lower = to_lower(word.text);
    word.shouted = std::ranges::count_if(word.text, is_upper) >= 2 && std::ranges::none_of(word.text, is_lower);
    word.emoticon = strip_punctuation(text) != text;
    return word;
}

}  // namespace sentiment
