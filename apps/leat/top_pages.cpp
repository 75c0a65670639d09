#include "top_pages.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <utility>

#include "core/clock.hpp"
#include "core/escape.hpp"
#include "text.hpp"

namespace leat::cli::top {
namespace {

using inspect::AgentCondition;

constexpr std::size_t kSparkCells = 20;
constexpr std::size_t kChartRows = 5;
constexpr double kErrorsWorth = 0.05;  // a share of errors that is worth a colour
constexpr std::string_view kNothing = "–";

std::string printed(char const* format, double value) {
    std::array<char, 64> text{};
    auto const length = std::snprintf(text.data(), text.size(), format, value);
    return {text.data(), static_cast<std::size_t>(std::clamp(length, 0, static_cast<int>(text.size()) - 1))};
}

std::string rate_text(double rate) {
    if (rate <= 0) return "0/s";
    if (rate < 0.095) return printed("%.1f/min", rate * 60);
    if (rate < 10) return printed("%.1f/s", rate);
    return grouped(static_cast<std::int64_t>(rate + 0.5)) + "/s";
}

std::string latency_text(std::optional<double> const& ms) {
    if (!ms) return std::string(kNothing);
    if (*ms < 10) return printed("%.1fms", *ms);
    return short_duration(static_cast<std::int64_t>(*ms + 0.5));
}

std::string age_text(std::optional<std::int64_t> const& ms) {
    return ms ? short_duration(*ms) : std::string(kNothing);
}

Piece count_piece(std::int64_t count, Ink ink = Ink::plain) {
    return {grouped(count), count == 0 ? Ink::faint : ink};
}

Piece errors_piece(std::optional<double> const& share) {
    if (!share) return {std::string(kNothing), Ink::faint};
    if (*share <= 0) return {"0%", Ink::faint};
    return {printed("%.1f%%", *share * 100), *share >= kErrorsWorth ? Ink::bad : Ink::plain};
}

Piece condition_piece(AgentCondition condition) {
    auto const ink = condition == AgentCondition::served   ? Ink::good
                     : condition == AgentCondition::paused ? Ink::warning
                                                           : Ink::bad;
    return {std::string(inspect::to_string(condition)), ink};
}

void add_figure(Line& line, std::string_view name, Piece value, std::string_view rest = {}) {
    if (!line.pieces.empty()) line.add("   ");
    line.add(std::string(name) + " ", Ink::faint).add(std::move(value.text), value.ink);
    if (!rest.empty()) line.add(std::string(rest), Ink::faint);
}

Line heading(std::string_view text, std::string_view rest = {}) {
    Line line;
    line.add(std::string(text), Ink::strong);
    if (!rest.empty()) line.add("  " + std::string(rest), Ink::faint);
    return line;
}

Piece text_piece(std::string_view text, Ink ink = Ink::plain) {
    return {core::printable(text), ink};
}

GridRow agent_row(Agent const& agent, bool marked) {
    auto const& [info, figures] = agent;
    auto const nothing = Piece{std::string(kNothing), Ink::faint};
    GridRow row{.cells = {text_piece(info.agent, Ink::strong), condition_piece(info.condition())}, .marked = marked};
    if (!info.problem.empty()) {
        row.cells.resize(12, nothing);
        return row;
    }
    auto const& depth = info.depth;
    bool const late = info.condition() != AgentCondition::served && depth.ready() > 0;
    row.cells.push_back(count_piece(depth.ready(), late ? Ink::warning : Ink::plain));
    row.cells.push_back({age_text(depth.oldest_ready_ms()), late ? Ink::warning : Ink::plain});
    row.cells.push_back(
        {grouped(depth.running()) + "/" + grouped(info.slots), info.slots == 0 ? Ink::faint : Ink::plain});
    row.cells.push_back(count_piece(depth.scheduled));
    row.cells.push_back({sparkline(figures.rates, kSparkCells), Ink::accent});
    row.cells.push_back({rate_text(figures.rate), figures.rate > 0 ? Ink::plain : Ink::faint});
    row.cells.push_back({latency_text(figures.p50_ms)});
    row.cells.push_back({latency_text(figures.p99_ms)});
    row.cells.push_back(errors_piece(figures.error_share));
    row.cells.push_back(count_piece(depth.dead, Ink::warning));
    return row;
}

// --- the page of one agent ------------------------------------------------------------------------------------------

Line agent_figures(Agent const& agent) {
    auto const& depth = agent.info.depth;
    Line line;
    auto const condition = condition_piece(agent.info.condition());
    line.add(condition.text, condition.ink);
    add_figure(line, "ready", count_piece(depth.ready()),
               depth.oldest_ready_ms() ? " oldest " + age_text(depth.oldest_ready_ms()) : std::string());
    add_figure(line, "running", {grouped(depth.running())}, "/" + grouped(agent.info.slots));
    add_figure(line, "scheduled", count_piece(depth.scheduled),
               depth.next_due_in_ms ? " next in " + short_duration(*depth.next_due_in_ms) : std::string());
    add_figure(line, "dead", count_piece(depth.dead, Ink::warning));
    add_figure(line, "rate", {rate_text(agent.figures.rate)});
    add_figure(line, "p50", {latency_text(agent.figures.p50_ms)});
    add_figure(line, "p99", {latency_text(agent.figures.p99_ms)});
    add_figure(line, "errors", errors_piece(agent.figures.error_share));
    return line;
}

Lines rate_chart(Figures const& figures, std::size_t columns) {
    auto const most = figures.rates.empty() ? 0.0 : *std::ranges::max_element(figures.rates);
    auto const cells = std::min(figures.rates.size(), columns > 2 ? columns - 2 : columns);
    Lines lines{heading("LAST HOUR", "attempts that ended, at most " + rate_text(most))};
    for (auto& row : chart(figures.rates, cells, most > 0 ? kChartRows : 1)) {
        lines.push_back({});
        lines.back().add("  ").add(std::move(row), Ink::accent);
    }
    constexpr std::string_view kFrom = "60 min ago";
    constexpr std::string_view kTo = "now";
    if (auto const ends = kFrom.size() + kTo.size(); cells > ends) {
        lines.push_back({});
        lines.back().add("  " + std::string(kFrom) + std::string(cells - ends, ' ') + std::string(kTo), Ink::faint);
    }
    return lines;
}

Lines lanes_grid(store::Depth const& depth, std::size_t columns) {
    std::vector<GridRow> rows;
    for (std::size_t i = 0; i < kLanes; ++i) {
        auto const& lane = depth.lanes[i];
        rows.push_back({.cells = {{std::string(leat::to_string(static_cast<Lane>(i)))},
                                  count_piece(lane.ready),
                                  {age_text(lane.oldest_ready_ms)},
                                  count_piece(lane.running),
                                  {age_text(lane.oldest_idle_ms)}}});
    }
    return grid({{"LANE"},
                 {"READY", Align::right},
                 {"OLDEST", Align::right},
                 {"RUNNING", Align::right, 1},
                 {"SILENCE", Align::right, 2}},
                rows, columns);
}

Lines workers_grid(Model const& model, std::string const& agent, std::size_t columns) {
    std::vector<GridRow> rows;
    for (auto const& worker : model.workers) {
        for (auto const& serving : worker.agents) {
            if (serving.agent != agent) continue;
            auto const silence = std::max<std::int64_t>(0, model.now - worker.beat_at);
            rows.push_back({.cells = {text_piece(worker.consumer),
                                      text_piece(worker.host),
                                      {std::to_string(worker.pid)},
                                      {grouped(serving.running) + "/" + grouped(serving.slots)},
                                      {short_bytes(worker.rss_bytes)},
                                      {short_duration(silence) + " ago"},
                                      {worker.draining ? "draining" : "", Ink::warning}}});
        }
    }
    if (rows.empty()) return {Line{}.add("  no live worker serves it", Ink::bad)};
    return grid({{"WORKER", Align::left, 0, 48},
                 {"HOST", Align::left, 3, 24},
                 {"PID", Align::right, 4},
                 {"RUNNING", Align::right},
                 {"MEMORY", Align::right, 2},
                 {"LAST BEAT", Align::right, 1},
                 {"", Align::left, 1}},
                rows, columns);
}

// Deliveries of workers that no longer tell anything.
Lines silent_grid(Model const& model, Detail const& detail, std::size_t columns) {
    std::vector<GridRow> rows;
    for (auto const& held : detail.pending) {
        bool const alive = std::ranges::any_of(
            model.workers, [&](store::WorkerBeat const& worker) { return worker.consumer == held.consumer; });
        if (alive) continue;
        rows.push_back({.cells = {text_piece(held.consumer),
                                  {grouped(held.count)},
                                  {short_duration(held.oldest_idle_ms), Ink::warning},
                                  {grouped(held.deliveries_max)}}});
    }
    if (rows.empty()) return {};
    Lines lines{Line{}, heading("HELD BY WORKERS THAT ARE GONE")};
    append(lines, grid({{"WORKER", Align::left, 0, 48},
                        {"TASKS", Align::right},
                        {"SILENCE", Align::right, 1},
                        {"DELIVERIES", Align::right, 2}},
                       rows, columns));
    return lines;
}

Lines letters_grid(std::int64_t now, Detail const& detail, std::size_t columns) {
    if (!detail.problem.empty()) return {Line{}.add("  ").add_untrusted(detail.problem, Ink::bad)};
    if (detail.letters.empty()) return {Line{}.add("  none", Ink::faint)};
    std::vector<GridRow> rows;
    for (auto const& letter : detail.letters) {
        auto const age = letter.failed_at > 0
                             ? short_duration(std::max<std::int64_t>(0, now - letter.failed_at)) + " ago"
                             : std::string(kNothing);
        rows.push_back({.cells = {text_piece(letter.task_id),
                                  {age, Ink::faint},
                                  {grouped(letter.attempts)},
                                  text_piece(store::to_string(letter.state)),
                                  text_piece(letter.error.empty() ? letter.reason : letter.error)}});
    }
    return grid({{"TASK", Align::left, 0, 36},
                 {"DIED", Align::right, 1},
                 {"ATTEMPTS", Align::right, 3},
                 {"STATE", Align::left, 2},
                 {"ERROR", Align::left, 0, 200}},
                rows, columns);
}

}  // namespace

std::string clock_text(std::int64_t epoch_ms) {
    constexpr std::size_t kTime = 11;  // of 2024-05-01T12:34:56.789Z
    constexpr std::size_t kTimeLength = 8;
    return core::format_iso8601(epoch_ms).substr(kTime, kTimeLength) + "Z";
}

void add_server(Line& line, Model const& model) {
    auto const& server = model.server;
    line.add_untrusted(server.kind + " " + server.version + " · " + short_bytes(server.used_memory_bytes), Ink::faint);
    if (server.maxmemory_bytes > 0) line.add(" of " + short_bytes(server.maxmemory_bytes), Ink::faint);
    auto const workers = std::ssize(model.workers);
    line.add(" · " + grouped(workers) + (workers == 1 ? " worker" : " workers"), workers == 0 ? Ink::bad : Ink::faint);
}

Line totals_line(Model const& model) {
    std::int64_t ready = 0;
    std::int64_t running = 0;
    std::int64_t slots = 0;
    std::int64_t scheduled = 0;
    std::int64_t dead = 0;
    double rate = 0;
    for (auto const& [info, figures] : model.agents) {
        ready += info.depth.ready();
        running += info.depth.running();
        slots += info.slots;
        scheduled += info.depth.scheduled;
        dead += info.depth.dead;
        rate += figures.rate;
    }
    Line line;
    auto const strong = [](std::int64_t count) { return count_piece(count, Ink::strong); };
    add_figure(line, "ready", strong(ready));
    add_figure(line, "running", strong(running), "/" + grouped(slots));
    add_figure(line, "scheduled", strong(scheduled));
    add_figure(line, "rate", {rate_text(rate), Ink::strong});
    add_figure(line, "dead", count_piece(dead, Ink::warning));
    return line;
}

std::vector<Line> trouble_lines(std::vector<Trouble> const& troubles, std::size_t columns, std::size_t rows) {
    Lines lines;
    auto const shown = troubles.size() <= rows ? troubles.size() : rows > 0 ? rows - 1 : 0;
    for (auto const& trouble : troubles) {
        if (lines.size() == shown) break;
        auto const ink = trouble.severe ? Ink::bad : Ink::warning;
        lines.push_back(fitted(Line{}.add("! ", ink).add_untrusted(trouble.text, ink), columns));
    }
    if (auto const more = troubles.size() - shown; more > 0 && rows > 0)
        lines.push_back(Line{}.add("! and " + grouped(static_cast<std::int64_t>(more)) + " more", Ink::bad));
    return lines;
}

std::vector<Line> agent_list(Model const& model, Order order, std::string_view selected, std::size_t columns) {
    if (model.agents.empty()) {
        return {heading("No agent yet"), Line{},
                Line{}.add("  An agent appears here with its first worker or its first task:"),
                Line{}.add("  leat worker --agent words --exec \"python3 examples/exec/agent.py\"", Ink::accent),
                Line{}.add("  leat dispatch words '{\"text\":\"to be or not to be\"}' --wait", Ink::accent)};
    }
    std::vector<GridRow> rows;
    for (auto const* const agent : ordered(model, order))
        rows.push_back(agent_row(*agent, agent->info.agent == selected));
    auto lines = grid({{"AGENT", Align::left, 0, 32},
                       {"STATE", Align::left, 0},
                       {"READY", Align::right, 0},
                       {"OLDEST", Align::right, 3},
                       {"RUNNING", Align::right, 1},
                       {"SCHEDULED", Align::right, 7},
                       {"LAST HOUR", Align::left, 6},
                       {"RATE", Align::right, 2},
                       {"P50", Align::right, 8},
                       {"P99", Align::right, 4},
                       {"ERRORS", Align::right, 5},
                       {"DEAD", Align::right, 5}},
                      rows, columns);
    if (!model.all_agents)
        lines.push_back(Line{}.add("  only the first " + std::to_string(model.agents.size()) + " agents", Ink::faint));
    return lines;
}

std::vector<Line> agent_page(Model const& model, Agent const& agent, std::size_t columns) {
    Lines lines{agent_figures(agent)};
    auto troubles = troubles_of(model);
    std::erase_if(troubles, [&](Trouble const& trouble) { return trouble.agent != agent.info.agent; });
    if (!troubles.empty()) lines.push_back({});
    append(lines, trouble_lines(troubles, columns, troubles.size()));
    if (!agent.info.problem.empty()) return lines;
    lines.push_back({});
    append(lines, rate_chart(agent.figures, columns));
    lines.push_back({});
    append(lines, lanes_grid(agent.info.depth, columns));
    lines.push_back({});
    append(lines, workers_grid(model, agent.info.agent, columns));
    bool const known = model.detail && model.detail->agent == agent.info.agent;
    if (known) append(lines, silent_grid(model, *model.detail, columns));
    lines.push_back({});
    lines.push_back(heading("DEAD LETTERS", "the newest; `leat dead list` shows all"));
    if (known) {
        append(lines, letters_grid(model.now, *model.detail, columns));
    } else {
        lines.push_back(Line{}.add("  reading …", Ink::faint));
    }
    return lines;
}

}  // namespace leat::cli::top
