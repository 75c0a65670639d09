#include "core/escape.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace leat::core {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 1;  // consumed; for an invalid sequence the part that cannot begin a character
    bool valid = false;
};

// What may follow a lead byte: how many bytes, and the range of the first of them (this rules out overlong forms,
// surrogates and values above U+10FFFF).
struct Lead {
    std::size_t following;
    unsigned char low, high;
};

constexpr Lead lead_of(unsigned char byte) noexcept {
    if (byte >= 0xC2 && byte <= 0xDF) return {1, 0x80, 0xBF};
    if (byte == 0xE0) return {2, 0xA0, 0xBF};
    if (byte == 0xED) return {2, 0x80, 0x9F};
    if (byte >= 0xE1 && byte <= 0xEF) return {2, 0x80, 0xBF};
    if (byte == 0xF0) return {3, 0x90, 0xBF};
    if (byte >= 0xF1 && byte <= 0xF3) return {3, 0x80, 0xBF};
    if (byte == 0xF4) return {3, 0x80, 0x8F};
    return {0, 0, 0};
}

// Reads the character at the start of `text`, which is not empty.
CodePoint decode(std::string_view text) noexcept {
    auto const first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return {first, 1, true};
    auto const lead = lead_of(first);
    if (lead.following == 0) return {};
    auto value = static_cast<char32_t>(first & (0x3FU >> lead.following));
    for (std::size_t i = 1; i <= lead.following; ++i) {
        if (i >= text.size()) return {0, i, false};
        auto const byte = static_cast<unsigned char>(text[i]);
        auto const low = i == 1 ? lead.low : 0x80;
        auto const high = i == 1 ? lead.high : 0xBF;
        if (byte < low || byte > high) return {0, i, false};
        value = (value << 6U) | (byte & 0x3FU);
    }
    return {value, lead.following + 1, true};
}

bool needs_escape(char32_t value) noexcept {
    if (value < 0x20 || (value >= 0x7F && value <= 0x9F)) return true;
    if (value == 0x061C || value == 0x200E || value == 0x200F || value == 0xFEFF) return true;
    return (value >= 0x2028 && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069);
}

std::string escaped(char32_t value) {
    switch (value) {
        case U'\n':
            return "\\n";
        case U'\r':
            return "\\r";
        case U'\t':
            return "\\t";
        default:
            break;
    }
    std::array<char, 8> digits{};
    auto const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::uint32_t>(value), 16).ptr;
    return "\\u{" + std::string(digits.data(), end) + "}";
}

// Collects pieces that must not be split and knows where to cut once the text turns out to be too long.
class Writer {
  public:
    explicit Writer(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    // False when the text is cut; nothing more may be added then.
    bool add(std::string_view piece) {
        if (out_.size() + piece.size() > max_bytes_) {
            out_.resize(cut_at_);
            if (max_bytes_ >= kEllipsis.size()) out_ += kEllipsis;
            return false;
        }
        out_ += piece;
        if (max_bytes_ >= kEllipsis.size() && out_.size() <= max_bytes_ - kEllipsis.size()) cut_at_ = out_.size();
        return true;
    }
    std::string take() { return std::move(out_); }

  private:
    std::size_t max_bytes_;
    std::size_t cut_at_ = 0;
    std::string out_;
};

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
    Writer writer(max_bytes);
    while (!text.empty()) {
        auto const character = decode(text);
        bool fits = false;
        if (!character.valid) {
            fits = writer.add(kReplacement);
        } else if (needs_escape(character.value)) {
            fits = writer.add(escaped(character.value));
        } else {
            fits = writer.add(text.substr(0, character.bytes));
        }
        if (!fits) break;
        text.remove_prefix(character.bytes);
    }
    return writer.take();
}

std::string sanitize_utf8(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes && is_utf8(text)) return std::string(text);
    Writer writer(max_bytes);
    while (!text.empty()) {
        auto const character = decode(text);
        if (!writer.add(character.valid ? text.substr(0, character.bytes) : kReplacement)) break;
        text.remove_prefix(character.bytes);
    }
    return writer.take();
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        auto const character = decode(text);
        if (!character.valid) return false;
        text.remove_prefix(character.bytes);
    }
    return true;
}

}  // namespace leat::core
