#pragma once
// Aligned columns for people. Cells are untrusted: they are escaped here.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace leat::cli {

enum class Align : unsigned char { left, right };

struct Column {
    std::string_view title;
    Align align = Align::left;
    std::size_t width_max = 48;  // longer cells are cut, marked with "…"; the last column is never padded
};

class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    // One row; missing cells are empty. An empty cell is shown as "-".
    void add(std::vector<std::string> const& cells);
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
    // Heading and rows, two spaces between columns. `bold`: the heading is highlighted for a terminal.
    [[nodiscard]] std::string text(bool bold) const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

// Characters of UTF-8 text; wide ones (CJK, emoji) count twice.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

}  // namespace leat::cli
