#include "table.hpp"

#include <algorithm>

#include "core/escape.hpp"
#include "cut.hpp"

namespace leat::cli {
namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

// Length of the character that starts with `lead`, in valid UTF-8.
std::size_t bytes_of(char lead) noexcept {
    auto const byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// CJK, Hangul, full-width forms and emoji, roughly: lead bytes E1 84, E2 BA–ED 9E, EF BC, F0 9F, F0 A0 and above.
std::size_t width_of(std::string_view character) noexcept {
    if (character.size() < 3) return 1;
    auto const first = static_cast<unsigned char>(character[0]);
    auto const second = static_cast<unsigned char>(character[1]);
    if (character.size() == 4) return second >= 0x9F ? 2 : 1;
    if (first == 0xE1) return second == 0x84 ? 2 : 1;
    if (first == 0xE2) return second >= 0xBA ? 2 : 1;
    if (first == 0xEF) return second == 0xBC || second == 0xBD ? 2 : 1;
    return first >= 0xE3 && first <= 0xED ? 2 : 1;
}

}  // namespace

std::size_t display_width(std::string_view text) noexcept {
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size();) {
        auto const size = std::min(bytes_of(text[at]), text.size() - at);
        width += width_of(text.substr(at, size));
        at += size;
    }
    return width;
}

std::string cut_to_width(std::string text, std::size_t width_max) {
    if (display_width(text) <= width_max) return text;
    std::size_t width = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        auto const size = std::min(bytes_of(text[at]), text.size() - at);
        auto const next = width + width_of(std::string_view(text).substr(at, size));
        if (next + 1 > width_max) break;
        width = next;
        at += size;
    }
    text.resize(at);
    return text.append(kEllipsis);
}

void Table::add(std::vector<std::string> const& cells) {
    std::vector<std::string> row;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto const cell = i < cells.size() ? core::printable(cells[i]) : std::string();
        row.push_back(cell.empty() ? "-" : cut_to_width(cell, columns_[i].width_max));
    }
    rows_.push_back(std::move(row));
}

std::string Table::text(bool bold) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto width = display_width(columns_[i].title);
        for (auto const& row : rows_)
            width = std::max(width, display_width(row[i]));
        widths.push_back(width);
    }
    auto const line = [&](auto const& cell_of) {
        std::string joined;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            std::string_view const cell = cell_of(i);
            std::string const padding(widths[i] - display_width(cell), ' ');
            if (columns_[i].align == Align::right) joined += padding;
            joined += cell;
            if (i + 1 == columns_.size()) break;
            if (columns_[i].align == Align::left) joined += padding;
            joined += "  ";
        }
        return joined;
    };
    auto out = line([&](std::size_t i) { return columns_[i].title; });
    if (bold) out = std::string(kBold) + out + std::string(kPlain);
    out += '\n';
    for (auto const& row : rows_)
        out += line([&](std::size_t i) -> std::string_view { return row[i]; }) + "\n";
    return out;
}

}  // namespace leat::cli
