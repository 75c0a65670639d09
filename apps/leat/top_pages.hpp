#pragma once
// The parts of a frame of `leat top`. No I/O.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "top_model.hpp"
#include "top_text.hpp"
#include "top_view.hpp"

namespace leat::cli::top {

// "12:34:56Z".
[[nodiscard]] std::string clock_text(std::int64_t epoch_ms);
// Adds what serves: "redis 7.0.15 · 1.2 MiB · 3 workers".
void add_server(Line& line, Model const& model);
// Everything summed up in a line.
[[nodiscard]] Line totals_line(Model const& model);
// A line each, the last one tells how many more there are.
[[nodiscard]] std::vector<Line> trouble_lines(std::vector<Trouble> const& troubles, std::size_t columns,
                                              std::size_t rows);
// Heading and a row for each agent; without agents, what to do.
[[nodiscard]] std::vector<Line> agent_list(Model const& model, Order order, std::string_view selected,
                                           std::size_t columns);
// Everything of one agent.
[[nodiscard]] std::vector<Line> agent_page(Model const& model, Agent const& agent, std::size_t columns);

}  // namespace leat::cli::top
