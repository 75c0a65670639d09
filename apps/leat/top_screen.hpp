#pragma once
// A frame of `leat top`: model, view and size in, lines out. No I/O.
#include <chrono>
#include <cstddef>
#include <vector>

#include "top_model.hpp"
#include "top_text.hpp"
#include "top_view.hpp"

namespace leat::cli::top {

struct Size {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

// Exactly `size.rows` lines, none wider than `size.columns`. Keeps the selected row, and `view.scroll`, within what is
// there.
[[nodiscard]] std::vector<Line> frame(Model const& model, View& view, Size size, std::chrono::milliseconds interval);

// The overview alone, as long as it is: without keys and without a marked row.
[[nodiscard]] std::vector<Line> page(Model const& model, std::size_t columns);

// How many rows Page Down goes on in a screen of that size.
[[nodiscard]] std::size_t page_rows(Size size) noexcept;

}  // namespace leat::cli::top
