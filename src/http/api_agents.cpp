// Agents: lists, one agent, its history and results, pause and resume.
#include <utility>

#include "http/api.hpp"
#include "http/problem.hpp"
#include "http/stats.hpp"
#include "inspect/model_json.hpp"

namespace leat::http {

Api::Answer Api::agent_list(Request const& request) {
    auto const limit = read_limit(request.target);
    if (!limit) co_return problem(limit.error());
    auto const page = co_await inspector_.agents(std::string(request.target.parameter("cursor")), *limit);
    if (!page) co_return problem(page.error());
    co_return json_answer(inspect::json_of(*page));
}

Api::Answer Api::agent_show(Request const& request) {
    auto const agent = co_await inspector_.agent(request.values[0]);
    if (!agent) co_return problem(agent.error());
    if (agent->condition() == inspect::AgentCondition::unknown)
        co_return problem(404, "not_found", "nobody has dispatched to this agent or served it");
    co_return json_answer(inspect::json_of(*agent));
}

Api::Answer Api::agent_stats(Request const& request) {
    auto const query = read_stats_query(request.target);
    if (!query) co_return problem(query.error());
    auto const minutes = co_await inspector_.minutes(request.values[0], query->minutes);
    if (!minutes) co_return problem(minutes.error());
    StatsSum sum;
    sum.add(*minutes);
    co_return json_answer(sum.to_json(query->step));
}

boost::asio::awaitable<void> Api::add_minutes(std::string agent, std::int64_t count, StatsSum& sum,
                                              std::optional<Error>& error) const {
    auto const minutes = co_await inspector_.minutes(std::move(agent), count);
    if (minutes) {
        sum.add(*minutes);
    } else if (!error && minutes.error().code != ErrorCode::corrupt) {  // of one agent: the overview tells
        error = minutes.error();
    }
}

Api::Answer Api::agent_results(Request const& request) {
    auto const limit = read_limit(request.target);
    if (!limit) co_return problem(limit.error());
    auto const page =
        co_await inspector_.results(request.values[0], std::string(request.target.parameter("cursor")), *limit);
    if (!page) co_return problem(page.error());
    co_return json_answer(inspect::json_of(*page));
}

Api::Answer Api::agent_pause(Request const& request, bool paused) {
    auto const done = co_await inspector_.set_paused(request.values[0], paused);
    if (!done) co_return problem(done.error());
    co_return json_answer({{"agent", request.values[0]}, {"paused", paused}});
}

}  // namespace leat::http
