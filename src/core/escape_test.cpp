#include "core/escape.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace leat::core {
namespace {

constexpr std::string_view kFffd = "\xEF\xBF\xBD";

TEST(Printable, KeepsOrdinaryText) {
    EXPECT_EQ(printable(""), "");
    EXPECT_EQ(printable("plain text, \"quoted\" \\ too"), "plain text, \"quoted\" \\ too");
    EXPECT_EQ(printable("Grüße, 世界 🙂"), "Grüße, 世界 🙂");
}

TEST(Printable, EscapesWhatControlsATerminal) {
    EXPECT_EQ(printable("a\nb\rc\td"), "a\\nb\\rc\\td");
    EXPECT_EQ(printable(std::string_view("\0", 1)), "\\u{0}");
    EXPECT_EQ(printable("\x1B[31mred"), "\\u{1b}[31mred");
    EXPECT_EQ(printable("\x7F"), "\\u{7f}");
    EXPECT_EQ(printable("\xC2\x9B"), "\\u{9b}");  // C1: control sequence introducer
    EXPECT_EQ(printable("\xC2\xA0"), "\xC2\xA0");
}

TEST(Printable, EscapesInvisibleDirectionAndLineMarks) {
    EXPECT_EQ(printable("\u202E"), "\\u{202e}");
    EXPECT_EQ(printable("\u061C\u200E\u200F"), "\\u{61c}\\u{200e}\\u{200f}");
    EXPECT_EQ(printable("\u2028\u2029\u202A\u2066\u2069\uFEFF"),
              "\\u{2028}\\u{2029}\\u{202a}\\u{2066}\\u{2069}\\u{feff}");
    EXPECT_EQ(printable("\u2027\u202F\u2065\u206A"), "\u2027\u202F\u2065\u206A");  // neighbours
}

TEST(Printable, ReplacesInvalidUtf8) {
    EXPECT_EQ(printable("a\xFFz"), "a" + std::string(kFffd) + "z");
}

TEST(Printable, CutsBetweenCharactersWithinTheLimit) {
    EXPECT_EQ(printable("abcdef", 6), "abcdef");
    EXPECT_EQ(printable("abcdefg", 6), "abc…");
    EXPECT_EQ(printable("ab\u00E4cdefg", 6), "ab…");  // ä would end at byte 4, past 6 − 3
    EXPECT_EQ(printable("a\nbcdefg", 7), "a\\nb…");   // an escape is not split
    EXPECT_EQ(printable("a\x1B[31mred", 7), "a…");
    EXPECT_EQ(printable("abc", 2), "");  // no room for the mark
    EXPECT_EQ(printable("abcd", 3), "…");
    EXPECT_EQ(printable("abc", 0), "");
}

TEST(SanitizeUtf8, KeepsValidText) {
    EXPECT_EQ(sanitize_utf8("a\nb\u202E"), "a\nb\u202E");
    EXPECT_EQ(sanitize_utf8("abcdefg", 6), "abc…");
}

struct Invalid {
    std::string_view bytes;
    std::size_t replacements;
};

TEST(SanitizeUtf8, ReplacesEachInvalidSequenceOnce) {
    for (auto const& [bytes, replacements] : {
             Invalid{"\x80", 1},                                  // continuation without a lead
             Invalid{"\xC0\xAF", 2},                              // overlong
             Invalid{"\xE0\x80\x80", 3},                          // overlong
             Invalid{"\xED\xA0\x80", 3},                          // surrogate
             Invalid{"\xF4\x90\x80\x80", 4},                      // above U+10FFFF
             Invalid{"\xF5\x80\x80\x80", 4}, Invalid{"\xC3", 1},  // cut off
             Invalid{"\xE2\x82", 1},                              // cut off
             Invalid{"\xF0\x9F\x99", 1},                          // cut off
         }) {
        std::string expected = "<";
        for (std::size_t i = 0; i < replacements; ++i)
            expected += kFffd;
        EXPECT_EQ(sanitize_utf8("<" + std::string(bytes) + ">"), expected + ">");
        EXPECT_FALSE(is_utf8(bytes));
    }
}

TEST(IsUtf8, AcceptsTheEndsOfEveryRange) {
    for (std::string_view const text : {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        EXPECT_TRUE(is_utf8(text));
    }
}

// Any bytes: the result is valid, within its limit, and stays as it is when treated again.
TEST(Escape, HoldsForRandomBytes) {
    Random random(3);
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes(random.below(24), '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random.below(3) == 0 ? random.below(256) : 0x20 + random.below(96));
        auto const limit = random.below(40);
        auto const clean = sanitize_utf8(bytes, limit);
        auto const shown = printable(bytes, limit);
        ASSERT_TRUE(is_utf8(clean));
        ASSERT_TRUE(is_utf8(shown));
        ASSERT_LE(clean.size(), limit);
        ASSERT_LE(shown.size(), limit);
        ASSERT_EQ(printable(shown), shown);
        ASSERT_EQ(sanitize_utf8(clean), clean);
    }
}

}  // namespace
}  // namespace leat::core
