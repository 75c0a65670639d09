#pragma once
// The routes of the server: which verb and path mean what, who may, and what a request may carry.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "http/target.hpp"

namespace leat::http {

enum class Action : std::uint8_t {
    health,
    ready,
    metrics,
    openapi,
    session_show,
    session_open,
    session_close,
    overview,
    alerts,
    events,
    stats,
    redis_info,
    doctor,
    workers,
    pending,
    dispatch,
    dispatch_batch,
    task_list,
    task_show,
    task_events,
    task_log,
    task_cancel,
    task_retry,
    task_move,
    agent_list,
    agent_show,
    agent_stats,
    agent_results,
    agent_pause,
    agent_resume,
    dead_list,
    dead_groups,
    dead_show,
    dead_replay,
    dead_replay_many,
    dead_purge,
    replay_list,
    replay_show,
    replay_stop,
    asset,
};

enum class Body : std::uint8_t {
    none,
    json,   // small
    task,   // one payload
    tasks,  // many payloads
};

struct Route {
    Action action;
    std::string_view name;  // in the audit log and as operationId of the API's description
    Verb verb;
    std::string_view path;  // "/v1/agents/{agent}"
    Role role = Role::viewer;
    Body body = Body::none;
    std::string_view parameters{};  // the query's, separated by spaces
    bool stream = false;            // answers with an event stream

    // Anything but a read.
    [[nodiscard]] bool changes_state() const noexcept { return verb == Verb::post || verb == Verb::delete_; }
};

[[nodiscard]] std::span<Route const> routes() noexcept;

struct Match {
    Route const* route = nullptr;       // none: see `allow`
    std::vector<std::string> values{};  // of the path's {…}, in order
    std::string allow{};                // not empty: the path exists for these verbs only
};

// The route of a path; fixed words win over {…}. HEAD finds what GET finds. Paths outside /v1 that are no route of
// their own belong to the assets.
[[nodiscard]] Match find_route(Verb verb, Target const& target);

// The first parameter of the query that the route does not know; empty where all are known.
[[nodiscard]] std::string_view unknown_parameter(Route const& route, Target const& target) noexcept;

}  // namespace leat::http
