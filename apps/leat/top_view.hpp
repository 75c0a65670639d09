#pragma once
// Where the reader of `leat top` is, and what a key does there. No I/O.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "top_keys.hpp"
#include "top_model.hpp"

namespace leat::cli::top {

enum class Page : std::uint8_t { overview, agent };
enum class Order : std::uint8_t { name, ready, rate, p99, errors };
[[nodiscard]] std::string_view to_string(Order order) noexcept;

enum class Question : std::uint8_t { none, pause, resume };

struct View {
    Page page = Page::overview;
    std::string selected{};  // the agent that keys act on; on the agent's page: whose page it is
    Order order = Order::name;
    std::size_t scroll = 0;  // first line of the agent's page, or first agent of the list, that is shown
    bool help = false;
    Question question = Question::none;  // asked about `selected`, waits for y
    std::string note{};                  // one line about the last action
};

// What the program has to do about a key, beside drawing again.
enum class Act : std::uint8_t { nothing, read, pause, resume, redraw, suspend, quit };

// The agents as the view orders them.
[[nodiscard]] std::vector<Agent const*> ordered(Model const& model, Order order);

// Selects an agent that exists, if there is one. An agent that is gone leaves its page.
void settle(View& view, Model const& model);

// `page_rows`: how far Page Up and Page Down go.
[[nodiscard]] Act press(View& view, Model const& model, Key key, std::size_t page_rows);

}  // namespace leat::cli::top
