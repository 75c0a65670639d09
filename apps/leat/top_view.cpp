#include "top_view.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace leat::cli::top {
namespace {

constexpr std::array kOrders = {Order::name, Order::ready, Order::rate, Order::p99, Order::errors};

std::size_t index_of(std::vector<Agent const*> const& agents, std::string_view name) {
    auto const found = std::ranges::find_if(agents, [&](Agent const* agent) { return agent->info.agent == name; });
    return found == agents.end() ? 0 : static_cast<std::size_t>(found - agents.begin());
}

std::size_t moved(std::size_t from, Key key, std::size_t page_rows, std::size_t last) {
    auto const up = [&](std::size_t step) { return from > step ? from - step : 0; };
    switch (key.kind) {
        case KeyKind::up:
            return up(1);
        case KeyKind::down:
            return std::min(from + 1, last);
        case KeyKind::page_up:
            return up(page_rows);
        case KeyKind::page_down:
            return std::min(from + page_rows, last);
        case KeyKind::home:
            return 0;
        case KeyKind::end:
            return last;
        default:
            return from;
    }
}

// The letters that stand for other keys.
Key plain_key(Key key) {
    if (key.kind != KeyKind::character) return key;
    switch (key.character) {
        case 'j':
            return {KeyKind::down};
        case 'k':
            return {KeyKind::up};
        case 'g':
            return {KeyKind::home};
        case 'G':
            return {KeyKind::end};
        default:
            return key;
    }
}

void move(View& view, Model const& model, Key key, std::size_t page_rows) {
    if (view.page == Page::agent) {
        constexpr std::size_t kEnd = 10'000;  // the screen stops at its last line
        view.scroll = moved(view.scroll, key, page_rows, kEnd);
        return;
    }
    auto const agents = ordered(model, view.order);
    if (agents.empty()) return;
    view.selected = agents[moved(index_of(agents, view.selected), key, page_rows, agents.size() - 1)]->info.agent;
}

Act answer(View& view, Key key) {
    auto const question = std::exchange(view.question, Question::none);
    if (key != Key{KeyKind::character, 'y'}) {
        view.note = "Nothing is changed.";
        return Act::nothing;
    }
    return question == Question::pause ? Act::pause : Act::resume;
}

void ask(View& view, Model const& model) {
    auto const* const agent = model.agent(view.selected);
    if (agent == nullptr || !agent->info.problem.empty()) return;
    view.question = agent->info.control.paused ? Question::resume : Question::pause;
}

Act go_back(View& view) {
    if (view.page == Page::overview) return Act::nothing;
    view.page = Page::overview;
    view.scroll = 0;
    return Act::nothing;
}

Act press_letter(View& view, Model const& model, char letter) {
    switch (letter) {
        case 'q':
            if (view.page == Page::overview) return Act::quit;
            return go_back(view);
        case '?':
        case 'h':
            view.help = true;
            return Act::nothing;
        case 'p':
            ask(view, model);
            return Act::nothing;
        case 's':
            if (view.page == Page::overview) {
                auto const next = (static_cast<std::size_t>(view.order) + 1) % kOrders.size();
                view.order = kOrders[next];
            }
            return Act::nothing;
        case 'r':
            return Act::read;
        default:
            return Act::nothing;
    }
}

}  // namespace

std::string_view to_string(Order order) noexcept {
    switch (order) {
        case Order::name:
            return "name";
        case Order::ready:
            return "ready";
        case Order::rate:
            return "rate";
        case Order::p99:
            return "p99";
        case Order::errors:
            return "errors";
    }
    return "";
}

std::vector<Agent const*> ordered(Model const& model, Order order) {
    std::vector<Agent const*> agents;
    agents.reserve(model.agents.size());
    for (auto const& agent : model.agents)
        agents.push_back(&agent);
    auto const by = [&](auto const& value_of) {  // the largest first; equal ones stay by name
        std::ranges::stable_sort(agents, std::ranges::greater(), [&](Agent const* agent) { return value_of(*agent); });
    };
    switch (order) {
        case Order::name:
            break;
        case Order::ready:
            by([](Agent const& agent) { return agent.info.depth.ready(); });
            break;
        case Order::rate:
            by([](Agent const& agent) { return agent.figures.rate; });
            break;
        case Order::p99:
            by([](Agent const& agent) { return agent.figures.p99_ms.value_or(-1); });
            break;
        case Order::errors:
            by([](Agent const& agent) { return agent.figures.error_share.value_or(-1); });
            break;
    }
    return agents;
}

void settle(View& view, Model const& model) {
    if (model.agent(view.selected) != nullptr) return;
    if (view.page == Page::agent) {
        view.note = view.selected + " is gone.";
        (void)go_back(view);
    }
    view.question = Question::none;
    auto const agents = ordered(model, view.order);
    view.selected = agents.empty() ? std::string() : agents.front()->info.agent;
}

Act press(View& view, Model const& model, Key key, std::size_t page_rows) {
    view.note.clear();
    if (key.kind == KeyKind::interrupt) return Act::quit;
    if (key.kind == KeyKind::suspend) return Act::suspend;
    if (key.kind == KeyKind::redraw) return Act::redraw;
    if (view.question != Question::none) return answer(view, key);
    if (view.help) {
        view.help = false;
        return Act::nothing;
    }
    key = plain_key(key);
    switch (key.kind) {
        case KeyKind::enter:
            if (view.page == Page::agent || model.agent(view.selected) == nullptr) return Act::nothing;
            view.page = Page::agent;
            view.scroll = 0;
            return Act::read;
        case KeyKind::escape:
            return go_back(view);
        case KeyKind::character:
            return press_letter(view, model, key.character);
        default:
            move(view, model, key, page_rows);
            return Act::nothing;
    }
}

}  // namespace leat::cli::top
