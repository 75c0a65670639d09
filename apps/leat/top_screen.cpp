#include "top_screen.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "text.hpp"
#include "top_pages.hpp"

namespace leat::cli::top {
namespace {

constexpr std::size_t kHeadRows = 2;
constexpr std::size_t kFootRows = 1;

Line title(Model const& model, View const& view, Size size, std::chrono::milliseconds interval) {
    Line line;
    line.add("leat top", Ink::strong);
    if (view.page == Page::agent) line.add(" › ", Ink::faint).add_untrusted(view.selected, Ink::strong);
    line.add("   ");
    add_server(line, model);
    Line right;
    if (model.failure.empty()) {
        right.add(clock_text(model.now), Ink::faint).add("  every " + short_duration(interval.count()), Ink::faint);
    } else {
        right.add("as of " + clock_text(model.now), Ink::warning);
    }
    auto const used = line.width() + right.width() + 1;
    if (used > size.columns) return line;
    line.add(std::string(size.columns - used + 1, ' '));
    std::ranges::move(right.pieces, std::back_inserter(line.pieces));
    return line;
}

Line keys_line(Model const& model, View const& view) {
    Line line;
    auto const key = [&](std::string_view keys, std::string_view what) {
        if (!line.pieces.empty()) line.add("   ");
        line.add(std::string(keys), Ink::accent).add(" " + std::string(what), Ink::faint);
    };
    auto const* const agent = model.agent(view.selected);
    auto const* const toggle = agent != nullptr && agent->info.control.paused ? "resume" : "pause";
    if (view.page == Page::overview) {
        key("Enter", "open");
        key("p", toggle);
        key("s", "sort: " + std::string(to_string(view.order)));
        key("?", "help");
        key("q", "quit");
        key("↑↓", "select");
    } else {
        key("Esc", "back");
        key("p", toggle);
        key("?", "help");
        key("↑↓", "scroll");
        key("Ctrl-C", "quit");
    }
    return line;
}

Line foot(Model const& model, View const& view) {
    Line line;
    if (view.help) return line.add("any key closes this", Ink::faint);
    if (view.question == Question::pause) {
        return line.add("Pause ", Ink::warning)
            .add_untrusted(view.selected, Ink::strong)
            .add("? ", Ink::warning)
            .add("y", Ink::accent)
            .add(" yes, any other key no. ")
            .add("Running tasks finish, waiting ones stay.", Ink::faint);
    }
    if (view.question == Question::resume) {
        return line.add("Resume ", Ink::warning)
            .add_untrusted(view.selected, Ink::strong)
            .add("? ", Ink::warning)
            .add("y", Ink::accent)
            .add(" yes, any other key no.");
    }
    if (!view.note.empty()) return line.add_untrusted(view.note, Ink::warning);
    if (!model.failure.empty())
        return line.add("Redis does not answer, trying again: ", Ink::bad).add_untrusted(model.failure, Ink::bad);
    return keys_line(model, view);
}

Lines help_lines() {
    Lines lines;
    auto const row = [&](std::string_view keys, std::string_view what) {
        auto const width = display_width(keys);
        lines.push_back({});
        lines.back()
            .add("  " + std::string(keys), Ink::accent)
            .add(std::string(width < 18 ? 18 - width : 1, ' ') + std::string(what));
    };
    auto const heading = [&](std::string_view text) {
        lines.push_back({});
        lines.push_back({});
        lines.back().add("  " + std::string(text), Ink::strong);
    };
    heading("Keys");
    row("↑ ↓  k j", "select an agent, or scroll its page");
    row("PgUp PgDn  g G", "go further, to the first, to the last");
    row("Enter", "open the agent: its hour, lanes, workers, dead letters");
    row("Esc  q", "back to the overview; there, q quits");
    row("p", "pause the agent, or let it go on; asks first");
    row("s", "sort by name, ready, rate, p99 or errors");
    row("r", "read now");
    row("Ctrl-L  Ctrl-Z", "draw everything again; suspend");
    row("Ctrl-C", "quit");
    heading("Figures");
    row("RUNNING", "tasks that run, of the slots of all live workers");
    row("OLDEST", "how long the first task has waited");
    row("LAST HOUR, RATE", "attempts that ended; now: in the last seconds");
    row("P50, P99", "handler times in the last minute in which something ended");
    row("ERRORS", "attempts of the hour that failed");
    return lines;
}

// The part of `lines` that is shown in `rows`, so that the marked line is seen.
Lines window(Lines lines, std::size_t& first, std::size_t rows) {
    auto const last_first = lines.size() > rows ? lines.size() - rows : 0;
    auto const marked = std::ranges::find_if(lines, &Line::marked);
    if (marked != lines.end()) {
        auto const at = static_cast<std::size_t>(marked - lines.begin());
        first = std::clamp(first, at + 1 > rows ? at + 1 - rows : 0, at);
    }
    first = std::min(first, last_first);
    auto const begin = lines.begin() + static_cast<std::ptrdiff_t>(first);
    auto const shown = std::min(rows, lines.size() - first);
    return {std::make_move_iterator(begin), std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(shown))};
}

// What stands above the list, as far as there is room for at least a few agents.
Lines overview_head(Model const& model, std::size_t columns, std::size_t rows) {
    constexpr std::size_t kListLeast = 4;
    Lines head{totals_line(model)};
    auto const room = rows > kListLeast + 3 ? rows - kListLeast - 3 : 0;
    auto troubles = trouble_lines(troubles_of(model), columns, std::min<std::size_t>(room, 5));
    if (!troubles.empty()) head.push_back({});
    append(head, std::move(troubles));
    head.push_back({});
    return head;
}

Lines overview(Model const& model, View& view, Size size, std::size_t rows) {
    auto lines = overview_head(model, size.columns, rows);
    auto list = agent_list(model, view.order, view.selected, size.columns);
    lines.push_back(std::move(list.front()));  // the heading stays
    list.erase(list.begin());
    auto const left = rows > lines.size() ? rows - lines.size() : 1;
    append(lines, window(std::move(list), view.scroll, left));
    return lines;
}

}  // namespace

std::size_t page_rows(Size size) noexcept {
    constexpr std::size_t kAround = 8;
    return size.rows > kAround + 1 ? size.rows - kAround : 1;
}

std::vector<Line> frame(Model const& model, View& view, Size size, std::chrono::milliseconds interval) {
    size = {std::max<std::size_t>(size.columns, 1), std::max<std::size_t>(size.rows, 1)};
    Lines lines{title(model, view, size, interval), {}};
    auto const rows = size.rows > kHeadRows + kFootRows ? size.rows - kHeadRows - kFootRows : 0;
    if (view.help) {
        append(lines, help_lines());
    } else if (view.page == Page::overview) {
        append(lines, overview(model, view, size, rows));
    } else if (auto const* const agent = model.agent(view.selected)) {
        append(lines, window(agent_page(model, *agent, size.columns), view.scroll, rows));
    }
    lines.resize(size.rows - std::min(size.rows, kFootRows));
    lines.push_back(foot(model, view));
    for (auto& line : lines) {
        line = fitted(std::move(line), size.columns);
        if (line.marked && line.width() < size.columns) line.add(std::string(size.columns - line.width(), ' '));
    }
    return lines;
}

std::vector<Line> page(Model const& model, std::size_t columns) {
    Lines lines{Line{}};
    add_server(lines.front(), model);
    lines.front().add("   " + clock_text(model.now), Ink::faint);
    append(lines, overview_head(model, columns, 1'000));
    append(lines, agent_list(model, Order::name, {}, columns));
    for (auto& line : lines)
        line = fitted(std::move(line), columns);
    return lines;
}

}  // namespace leat::cli::top
