#pragma once
// Lines of a screen: text in pieces, each with its ink. No I/O.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "table.hpp"

namespace leat::cli::top {

enum class Ink : std::uint8_t { plain, strong, faint, good, warning, bad, accent };

struct Piece {
    std::string text;  // safe to print
    Ink ink = Ink::plain;
};

struct Line {
    std::vector<Piece> pieces{};
    bool marked = false;  // the row that keys act on

    // Our own words.
    Line& add(std::string text, Ink ink = Ink::plain);
    // Untrusted text: escaped here.
    Line& add_untrusted(std::string_view text, Ink ink = Ink::plain);
    [[nodiscard]] std::size_t width() const noexcept;
    [[nodiscard]] std::string text() const;
};

using Lines = std::vector<Line>;
// Moves `more` to the end of `lines`.
void append(Lines& lines, Lines more);

// The line within `width`; what is cut ends with "…".
[[nodiscard]] Line fitted(Line line, std::size_t width);
// With escape sequences for a terminal; without `colour` none at all.
[[nodiscard]] std::string painted(Line const& line, bool colour);

// A row of blocks, each the mean of its share of `values`, by the largest of them.
[[nodiscard]] std::string sparkline(std::span<double const> values, std::size_t cells);
// The same in several rows, the upper one first.
[[nodiscard]] std::vector<std::string> chart(std::span<double const> values, std::size_t cells, std::size_t rows);

struct GridColumn {
    std::string_view title;
    Align align = Align::left;
    int rank = 0;  // where there is too little room, columns of the highest rank go first; those of rank 0 stay
    std::size_t width_max = 64;
};

struct GridRow {
    std::vector<Piece> cells;  // as many as columns
    bool marked = false;
};

// Heading and rows, aligned, within `width`. The first column is narrowed where leaving columns out is not enough.
[[nodiscard]] std::vector<Line> grid(std::vector<GridColumn> const& columns, std::vector<GridRow> const& rows,
                                     std::size_t width);

}  // namespace leat::cli::top
