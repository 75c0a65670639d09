#include "top_feed.hpp"

#include <algorithm>
#include <utility>

namespace leat::cli::top {
namespace {

using boost::asio::awaitable;

constexpr std::int64_t kLettersShown = 50;

}  // namespace

awaitable<Result<Model>> Feed::read(std::string detail_of) {
    auto overview = co_await inspector_.overview(kAgentsMax);
    if (!overview) co_return std::unexpected(std::move(overview).error());
    Model model;
    model.now = overview->now;
    model.all_agents = overview->all_agents;
    model.workers = std::move(overview->workers);
    model.server = std::move(overview->server);
    for (auto& info : overview->agents) {
        Agent agent{.info = std::move(info)};
        if (agent.info.problem.empty()) {
            auto known = co_await figures(agent.info, model.now);
            if (known) {
                agent.figures = std::move(*known);
            } else if (known.error().code == ErrorCode::corrupt) {
                agent.info.problem = known.error().message();
            } else {
                co_return std::unexpected(std::move(known).error());
            }
        }
        model.agents.push_back(std::move(agent));
    }
    std::erase_if(histories_, [&](auto const& item) { return model.agent(item.first) == nullptr; });
    if (!detail_of.empty() && model.agent(detail_of) != nullptr)
        model.detail.emplace(co_await detail(std::move(detail_of)));
    co_return model;
}

awaitable<Result<Figures>> Feed::figures(inspect::AgentInfo const& agent, std::int64_t now) {
    auto& history = histories_[agent.agent];
    auto const last = now / kMsPerMinute;
    // The newest one that is known may have grown since, and the one before it too, by a worker's clock.
    auto const from = history.minutes.empty() ? last - kHistoryMinutes + 1 : history.minutes.rbegin()->first - 1;
    auto const read =
        co_await inspector_.minutes(agent.agent, std::clamp<std::int64_t>(last - from + 1, 2, kHistoryMinutes));
    if (!read) co_return std::unexpected(read.error());
    for (auto const& [minute, counters] : *read)
        history.minutes.insert_or_assign(minute, counters);
    auto const newest = history.minutes.rbegin()->first;
    std::erase_if(history.minutes, [&](auto const& item) { return item.first <= newest - kHistoryMinutes; });
    std::vector<store::MinuteCounters> row;
    for (auto minute = newest - kHistoryMinutes + 1; minute <= newest; ++minute) {
        auto const found = history.minutes.find(minute);
        row.push_back({minute, found == history.minutes.end() ? store::Counters() : found->second});
    }
    auto figures = figures_of(row, now);
    if (auto const rate = history.meter.add(now, ended_of(agent.totals))) figures.rate = *rate;
    co_return figures;
}

awaitable<Detail> Feed::detail(std::string agent) const {
    Detail detail{.agent = std::move(agent)};
    auto pending = co_await inspector_.pending(detail.agent);
    if (pending && !pending->empty()) {
        detail.pending = std::move(pending->front().workers);
    } else if (!pending) {
        detail.problem = pending.error().message();
    }
    auto letters = co_await inspector_.dead(detail.agent, "", kLettersShown);
    if (letters) {
        detail.letters = std::move(letters->letters);
    } else {
        detail.problem = letters.error().message();
    }
    co_return detail;
}

}  // namespace leat::cli::top
