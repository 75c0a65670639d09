#include "http/routes.hpp"

#include <algorithm>
#include <array>

namespace leat::http {
namespace {

constexpr auto kRoutes = std::to_array<Route>({
    {Action::health, "getHealth", Verb::get, "/healthz", Role::nobody},
    {Action::ready, "getReadiness", Verb::get, "/readyz", Role::nobody},
    {Action::metrics, "getMetrics", Verb::get, "/metrics"},
    {Action::openapi, "getOpenApi", Verb::get, "/v1/openapi.json", Role::nobody},
    {Action::session_show, "getSession", Verb::get, "/v1/session", Role::nobody},
    {Action::session_open, "openSession", Verb::post, "/v1/session", Role::nobody, Body::json},
    {Action::session_close, "closeSession", Verb::delete_, "/v1/session", Role::nobody},
    {Action::overview, "getOverview", Verb::get, "/v1/overview"},
    {Action::alerts, "getAlerts", Verb::get, "/v1/alerts"},
    {Action::events, "followOverview", Verb::get, "/v1/events", Role::viewer, Body::none, "", true},
    {Action::stats, "getStats", Verb::get, "/v1/stats", Role::viewer, Body::none, "minutes step"},
    {Action::redis_info, "getRedis", Verb::get, "/v1/redis"},
    {Action::doctor, "getDoctor", Verb::get, "/v1/doctor"},
    {Action::workers, "listWorkers", Verb::get, "/v1/workers", Role::viewer, Body::none, "cursor limit"},
    {Action::pending, "listPending", Verb::get, "/v1/pending", Role::viewer, Body::none, "agent cursor limit"},
    {Action::dispatch, "dispatchTask", Verb::post, "/v1/tasks", Role::operator_, Body::task},
    {Action::dispatch_batch, "dispatchTasks", Verb::post, "/v1/tasks/batch", Role::operator_, Body::tasks},
    {Action::task_list, "listTasks", Verb::get, "/v1/tasks", Role::viewer, Body::none,
     "agent state id older_than newer_than cursor limit"},
    {Action::task_show, "getTask", Verb::get, "/v1/tasks/{agent}/{id}", Role::viewer, Body::none, "wait reveal"},
    {Action::task_events, "followTask", Verb::get, "/v1/tasks/{agent}/{id}/events", Role::viewer, Body::none, "", true},
    {Action::task_log, "getTaskLog", Verb::get, "/v1/tasks/{agent}/{id}/log", Role::viewer, Body::none,
     "cursor limit reveal"},
    {Action::task_cancel, "cancelTask", Verb::post, "/v1/tasks/{agent}/{id}/cancel", Role::operator_},
    {Action::task_retry, "retryTask", Verb::post, "/v1/tasks/{agent}/{id}/retry", Role::operator_},
    {Action::task_move, "moveTask", Verb::post, "/v1/tasks/{agent}/{id}/move", Role::operator_, Body::json},
    {Action::agent_list, "listAgents", Verb::get, "/v1/agents", Role::viewer, Body::none, "cursor limit"},
    {Action::agent_show, "getAgent", Verb::get, "/v1/agents/{agent}"},
    {Action::agent_stats, "getAgentStats", Verb::get, "/v1/agents/{agent}/stats", Role::viewer, Body::none,
     "minutes step"},
    {Action::agent_results, "listResults", Verb::get, "/v1/agents/{agent}/results", Role::viewer, Body::none,
     "cursor limit"},
    {Action::agent_pause, "pauseAgent", Verb::post, "/v1/agents/{agent}/pause", Role::operator_},
    {Action::agent_resume, "resumeAgent", Verb::post, "/v1/agents/{agent}/resume", Role::operator_},
    {Action::dead_list, "listDead", Verb::get, "/v1/agents/{agent}/dead", Role::viewer, Body::none, "cursor limit"},
    {Action::dead_groups, "groupDead", Verb::get, "/v1/agents/{agent}/dead/groups"},
    {Action::dead_show, "getDead", Verb::get, "/v1/agents/{agent}/dead/{letter}", Role::viewer, Body::none, "reveal"},
    {Action::dead_replay, "replayDead", Verb::post, "/v1/agents/{agent}/dead/{letter}/replay", Role::operator_,
     Body::task},
    {Action::dead_replay_many, "replayManyDead", Verb::post, "/v1/agents/{agent}/dead/replay", Role::operator_,
     Body::json},
    {Action::dead_purge, "purgeDead", Verb::post, "/v1/agents/{agent}/dead/purge", Role::operator_, Body::json},
    {Action::replay_list, "listReplays", Verb::get, "/v1/replays"},
    {Action::replay_show, "getReplay", Verb::get, "/v1/replays/{id}"},
    {Action::replay_stop, "stopReplay", Verb::post, "/v1/replays/{id}/stop", Role::operator_},
});
constexpr Route kAssetRoute{Action::asset, "getAsset", Verb::get, "/", Role::nobody};

std::string_view next_segment(std::string_view& pattern) {
    pattern.remove_prefix(1);  // the slash
    auto const segment = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(segment.size());
    return segment;
}

// How many {…} the path needs to fit the pattern; -1 where it does not fit.
int wildcards(std::string_view pattern, std::vector<std::string> const& segments) {
    int count = 0;
    for (auto const& segment : segments) {
        if (pattern.empty()) return -1;
        auto const wanted = next_segment(pattern);
        if (wanted.starts_with('{')) {
            ++count;
        } else if (wanted != segment) {
            return -1;
        }
    }
    return pattern.empty() ? count : -1;
}

std::vector<std::string> values_of(std::string_view pattern, std::vector<std::string> const& segments) {
    std::vector<std::string> values;
    for (auto const& segment : segments)
        if (next_segment(pattern).starts_with('{')) values.push_back(segment);
    return values;
}

bool is_word_of(std::string_view list, std::string_view word) noexcept {
    while (!list.empty()) {
        auto const end = std::min(list.find(' '), list.size());
        if (list.substr(0, end) == word) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

}  // namespace

std::span<Route const> routes() noexcept {
    return kRoutes;
}

Match find_route(Verb verb, Target const& target) {
    auto const wanted = verb == Verb::head ? Verb::get : verb;
    Match match;
    int fewest = 0;
    bool path_known = false;
    for (auto const& route : kRoutes) {
        int const count = wildcards(route.path, target.segments);
        if (count < 0) continue;
        path_known = true;
        if (route.verb != wanted) {
            auto const name = to_string(route.verb);
            if (match.allow.find(name) == std::string::npos)
                match.allow.append(match.allow.empty() ? "" : ", ").append(name);
        } else if (match.route == nullptr || count < fewest) {
            match.route = &route;
            fewest = count;
        }
    }
    if (match.route != nullptr) {
        match.values = values_of(match.route->path, target.segments);
        match.allow.clear();
    } else if (!path_known && (target.segments.empty() || target.segments.front() != "v1")) {
        if (wanted == Verb::get) {
            match.route = &kAssetRoute;
        } else {
            match.allow = "GET";
        }
    }
    return match;
}

std::string_view unknown_parameter(Route const& route, Target const& target) noexcept {
    for (auto const& [name, value] : target.query)
        if (!is_word_of(route.parameters, name)) return name;
    return {};
}

}  // namespace leat::http
