#include "top_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "core/escape.hpp"
#include "cut.hpp"

namespace leat::cli::top {
namespace {

constexpr std::array<std::string_view, 9> kBlocks = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr int kSteps = 8;  // of one cell's height
constexpr std::size_t kGap = 2;
constexpr std::size_t kFirstColumnLeast = 6;
constexpr std::string_view kMark = "› ";
constexpr std::string_view kNoMark = "  ";

std::string_view sgr_of(Ink ink) noexcept {
    switch (ink) {
        case Ink::plain:
            return "";
        case Ink::strong:
            return "\x1b[1m";
        case Ink::faint:
            return "\x1b[2m";
        case Ink::good:
            return "\x1b[32m";
        case Ink::warning:
            return "\x1b[33m";
        case Ink::bad:
            return "\x1b[31m";
        case Ink::accent:
            return "\x1b[36m";
    }
    return "";
}

// The mean of each cell's share of the values.
std::vector<double> shares(std::span<double const> values, std::size_t cells) {
    std::vector<double> means;
    cells = std::min(cells, values.size());
    for (std::size_t cell = 0; cell < cells; ++cell) {
        auto const from = cell * values.size() / cells;
        auto const to = (cell + 1) * values.size() / cells;
        double sum = 0;
        for (auto i = from; i < to; ++i)
            sum += values[i];
        means.push_back(sum / static_cast<double>(to - from));
    }
    return means;
}

// Heights in eighths of a cell, of `rows` cells; whatever is more than nothing is seen.
std::vector<int> heights(std::span<double const> values, std::size_t cells, std::size_t rows) {
    auto const means = shares(values, cells);
    auto const most = means.empty() ? 0.0 : *std::ranges::max_element(means);
    std::vector<int> result;
    for (auto const mean : means) {
        auto const scaled = most > 0 ? mean / most * static_cast<double>(kSteps * static_cast<int>(rows)) : 0.0;
        result.push_back(mean > 0 ? std::max(1, static_cast<int>(std::lround(scaled))) : 0);
    }
    return result;
}

std::size_t width_of(std::vector<std::size_t> const& widths, std::vector<std::size_t> const& shown) {
    std::size_t sum = kNoMark.size();
    for (auto const column : shown)
        sum += widths[column] + kGap;
    return shown.empty() ? sum : sum - kGap;
}

// Leaves columns out, and narrows the first one, until they fit.
std::vector<std::size_t> choose(std::vector<GridColumn> const& columns, std::vector<std::size_t>& widths,
                                std::size_t width) {
    std::vector<std::size_t> shown;
    for (std::size_t i = 0; i < columns.size(); ++i)
        shown.push_back(i);
    while (width_of(widths, shown) > width) {
        auto const last = std::ranges::max_element(shown, {}, [&](std::size_t i) { return columns[i].rank; });
        if (columns[*last].rank == 0) break;
        shown.erase(last);
    }
    if (auto const needed = width_of(widths, shown); needed > width && !shown.empty()) {
        auto& first = widths[shown.front()];
        auto const over = needed - width;
        first = std::max(kFirstColumnLeast, first > over ? first - over : 0);
    }
    return shown;
}

void add_cell(Line& line, Piece cell, GridColumn const& column, std::size_t width, bool last) {
    cell.text = cut_to_width(std::move(cell.text), width);
    std::string padding(width - display_width(cell.text), ' ');
    if (column.align == Align::right) line.add(std::exchange(padding, {}));
    line.add(std::move(cell.text), cell.ink);
    if (last) return;
    padding.append(kGap, ' ');
    line.add(std::move(padding));
}

}  // namespace

Line& Line::add(std::string text, Ink ink) {
    if (!text.empty()) pieces.push_back({std::move(text), ink});
    return *this;
}

Line& Line::add_untrusted(std::string_view text, Ink ink) {
    return add(core::printable(text), ink);
}

std::size_t Line::width() const noexcept {
    std::size_t sum = 0;
    for (auto const& piece : pieces)
        sum += display_width(piece.text);
    return sum;
}

std::string Line::text() const {
    std::string joined;
    for (auto const& piece : pieces)
        joined += piece.text;
    while (joined.ends_with(' '))
        joined.pop_back();
    return joined;
}

void append(Lines& lines, Lines more) {
    std::ranges::move(more, std::back_inserter(lines));
}

Line fitted(Line line, std::size_t width) {
    if (line.width() <= width) return line;
    Line cut{.marked = line.marked};
    auto left = width;
    for (auto& piece : line.pieces) {
        auto const needed = display_width(piece.text);
        if (needed < left) {
            left -= needed;
            cut.pieces.push_back(std::move(piece));
            continue;
        }
        // One more than there is room for: so that the cut is seen, also where a piece ends just here.
        if (left > 0) cut.add(cut_to_width(piece.text + (needed == left ? "  " : ""), left), piece.ink);
        break;
    }
    return cut;
}

std::string painted(Line const& line, bool colour) {
    if (!colour) return line.text();
    std::string out = line.marked ? "\x1b[7m" : "";
    for (auto const& piece : line.pieces) {
        auto const sgr = line.marked ? std::string_view() : sgr_of(piece.ink);
        out.append(sgr).append(piece.text);
        if (!sgr.empty()) out += "\x1b[0m";
    }
    if (line.marked) out += "\x1b[0m";
    return out;
}

std::string sparkline(std::span<double const> values, std::size_t cells) {
    auto const rows = chart(values, cells, 1);
    return rows.front();
}

std::vector<std::string> chart(std::span<double const> values, std::size_t cells, std::size_t rows) {
    auto const columns = heights(values, cells, rows);
    std::vector<std::string> lines(std::max<std::size_t>(1, rows));
    for (std::size_t row = 0; row < lines.size(); ++row) {
        auto const below = static_cast<int>(lines.size() - 1 - row) * kSteps;
        for (auto const height : columns)
            lines[row] += kBlocks[static_cast<std::size_t>(std::clamp(height - below, 0, kSteps))];
    }
    return lines;
}

std::vector<Line> grid(std::vector<GridColumn> const& columns, std::vector<GridRow> const& rows, std::size_t width) {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        auto most = display_width(columns[i].title);
        for (auto const& row : rows)
            most = std::max(most, std::min(display_width(row.cells[i].text), columns[i].width_max));
        widths.push_back(most);
    }
    auto const shown = choose(columns, widths, width);
    auto const line_of = [&](std::string_view mark, bool marked, auto const& cell_of) {
        Line line{.marked = marked};
        line.add(std::string(mark));
        for (auto const i : shown)
            add_cell(line, cell_of(i), columns[i], widths[i], i == shown.back());
        return fitted(std::move(line), width);
    };
    std::vector<Line> lines;
    lines.push_back(line_of(kNoMark, false, [&](std::size_t i) {
        return Piece{std::string(columns[i].title), Ink::faint};
    }));
    for (auto const& row : rows) {
        lines.push_back(line_of(row.marked ? kMark : kNoMark, row.marked, [&](std::size_t i) { return row.cells[i]; }));
    }
    return lines;
}

}  // namespace leat::cli::top
