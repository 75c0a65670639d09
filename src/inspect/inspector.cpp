#include "inspect/inspector.hpp"

#include <algorithm>
#include <utility>

namespace leat::inspect {

using boost::asio::awaitable;

namespace {

constexpr std::int64_t kWorkersMax = 1'000;  // workers considered when agents are described
constexpr std::int64_t kMsPerMinute = 60'000;

}  // namespace

Inspector::Inspector(redis::Connection& connection, std::string prefix)
    : connection_(&connection), space_(std::move(prefix)), store_(connection), look_(connection) {}

awaitable<Result<store::AgentKeys>> Inspector::keys_of(std::string const& agent) const {
    if (auto checked = check_name("agent name", agent); !checked) co_return std::unexpected(std::move(checked).error());
    auto const plain = space_.agent(agent);
    auto const control = co_await store_.control(plain);
    if (!control) co_return std::unexpected(control.error());
    co_return space_.agent(agent, control->results_stream, control->dead_stream);
}

awaitable<Result<store::AgentKeys>> Inspector::keys_of(std::string const& agent, std::string const& task_id) const {
    if (auto checked = check_name("task id", task_id); !checked) co_return std::unexpected(std::move(checked).error());
    co_return co_await keys_of(agent);
}

awaitable<Result<AgentInfo>> Inspector::describe(std::string agent,
                                                 std::vector<store::WorkerBeat> const& workers) const {
    auto const plain = space_.agent(agent);
    auto const control = co_await store_.control(plain);
    if (!control) co_return std::unexpected(control.error());
    AgentInfo info;
    info.agent = std::move(agent);
    info.control = *control;
    info.registered = info.control.format > 0;
    auto const keys = space_.agent(info.agent, control->results_stream, control->dead_stream);
    auto const depth = co_await look_.depth(keys);
    if (!depth) co_return std::unexpected(depth.error());
    info.depth = *depth;
    for (auto const& worker : workers) {
        for (auto const& serving : worker.agents) {
            if (serving.agent != info.agent) continue;
            ++info.workers;
            info.slots += serving.slots;
            if (serving.oldest_started_at > 0) {
                auto const age = std::max<std::int64_t>(0, info.depth.now - serving.oldest_started_at);
                info.oldest_running_ms = std::max(info.oldest_running_ms.value_or(0), age);
            }
            break;
        }
    }
    co_return info;
}

awaitable<Result<AgentPage>> Inspector::agents(std::string cursor, std::int64_t limit) const {
    limit = std::clamp<std::int64_t>(limit, 1, store::kPageMax);
    auto const names = co_await look_.agents(space_);
    if (!names) co_return std::unexpected(names.error());
    auto const workers = co_await store::list_workers(*connection_, space_, kWorkersMax);
    if (!workers) co_return std::unexpected(workers.error());
    AgentPage page;
    for (auto name = std::ranges::upper_bound(*names, cursor); name != names->end(); ++name) {
        if (std::ssize(page.agents) == limit) {
            page.cursor = page.agents.back().agent;
            break;
        }
        auto info = co_await describe(*name, *workers);
        if (info) {
            page.agents.push_back(std::move(*info));
        } else if (info.error().code == ErrorCode::corrupt) {
            page.agents.push_back({.agent = *name, .problem = info.error().message()});
        } else {
            co_return std::unexpected(info.error());
        }
    }
    co_return page;
}

awaitable<Result<AgentInfo>> Inspector::agent(std::string name) const {
    auto const named = co_await keys_of(name);
    if (!named) co_return std::unexpected(named.error());
    auto const workers = co_await store::list_workers(*connection_, space_, kWorkersMax);
    if (!workers) co_return std::unexpected(workers.error());
    auto info = co_await describe(std::move(name), *workers);
    if (!info) co_return std::unexpected(info.error());
    auto totals = co_await look_.stats(*named);
    if (!totals) co_return std::unexpected(totals.error());
    info->totals = std::move(*totals);
    co_return std::move(*info);
}

awaitable<Result<Overview>> Inspector::overview(std::int64_t limit) const {
    Overview overview;
    auto const now = co_await store_.server_time();
    if (!now) co_return std::unexpected(now.error());
    overview.now = *now;
    auto server = co_await store::server_facts(*connection_);
    if (!server) co_return std::unexpected(server.error());
    overview.server = std::move(*server);
    auto workers = co_await store::list_workers(*connection_, space_, kWorkersMax);
    if (!workers) co_return std::unexpected(workers.error());
    overview.workers = std::move(*workers);
    auto names = co_await look_.agents(space_);
    if (!names) co_return std::unexpected(names.error());
    overview.all_agents = std::ssize(*names) <= limit;
    if (!overview.all_agents) names->resize(static_cast<std::size_t>(limit));
    for (auto const& name : *names) {
        auto info = co_await describe(name, overview.workers);
        auto const keys = space_.agent(name);
        auto totals = co_await look_.stats(keys);
        auto const* const error = !info ? &info.error() : !totals ? &totals.error() : nullptr;
        if (error == nullptr) {
            info->totals = std::move(*totals);
            overview.agents.push_back(std::move(*info));
        } else if (error->code == ErrorCode::corrupt) {
            overview.agents.push_back({.agent = name, .problem = error->message()});
        } else {
            co_return std::unexpected(*error);
        }
    }
    co_return overview;
}

awaitable<Result<void>> Inspector::set_paused(std::string agent, bool paused) const {
    auto const named = co_await keys_of(agent);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await store_.set_paused(*named, paused);
}

awaitable<Result<std::vector<store::MinuteCounters>>> Inspector::minutes(std::string agent, std::int64_t count) const {
    auto const named = co_await keys_of(agent);
    if (!named) co_return std::unexpected(named.error());
    auto const now = co_await store_.server_time();
    if (!now) co_return std::unexpected(now.error());
    co_return co_await look_.stats_minutes(*named, *now / kMsPerMinute, count);
}

awaitable<Result<WorkerPage>> Inspector::workers(std::int64_t limit) const {
    WorkerPage page;
    auto const now = co_await store_.server_time();
    if (!now) co_return std::unexpected(now.error());
    page.now = *now;
    auto workers =
        co_await store::list_workers(*connection_, space_, std::clamp<std::int64_t>(limit, 1, store::kPageMax));
    if (!workers) co_return std::unexpected(workers.error());
    page.workers = std::move(*workers);
    co_return page;
}

awaitable<Result<std::vector<AgentPending>>> Inspector::pending(std::string agent) const {
    std::vector<std::string> names{agent};
    if (agent.empty()) {
        auto registered = co_await look_.agents(space_);
        if (!registered) co_return std::unexpected(registered.error());
        names = std::move(*registered);
    }
    std::vector<AgentPending> all;
    for (auto& name : names) {
        auto workers = co_await pending_of(name);
        if (workers) {
            all.push_back({.agent = std::move(name), .workers = std::move(*workers)});
        } else if (agent.empty() && workers.error().code == ErrorCode::corrupt) {
            all.push_back({.agent = std::move(name), .problem = workers.error().message()});
        } else {
            co_return std::unexpected(workers.error());
        }
    }
    co_return all;
}

awaitable<Result<std::vector<store::PendingByWorker>>> Inspector::pending_of(std::string const& agent) const {
    auto const named = co_await keys_of(agent);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await look_.pending(*named);
}

awaitable<Result<TaskInfo>> Inspector::task(std::string agent, std::string task_id) const {
    auto const named = co_await keys_of(agent, task_id);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await store_.task(*named, task_id);
}

awaitable<Result<store::TaskPage>> Inspector::tasks(std::string agent, TaskState state, std::string cursor,
                                                    std::int64_t limit) const {
    auto const named = co_await keys_of(agent);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await look_.tasks(*named, state, std::move(cursor), limit);
}

awaitable<Result<CancelStatus>> Inspector::cancel(std::string agent, std::string task_id) const {
    auto const named = co_await keys_of(agent, task_id);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await store_.cancel(*named, task_id);
}

awaitable<Result<RetryReply>> Inspector::retry(std::string agent, std::string task_id) const {
    auto const named = co_await keys_of(agent, task_id);
    if (!named) co_return std::unexpected(named.error());
    auto const place = co_await look_.record(*named, task_id);
    if (!place) co_return std::unexpected(place.error());
    RetryReply reply{.status = RetryStatus::not_dead, .state = place->state};
    if (place->state != TaskState::dead) co_return reply;
    auto const status = co_await replay(agent, place->at);
    if (!status) co_return std::unexpected(status.error());
    if (*status == store::ReplayStatus::replayed) reply = {.status = RetryStatus::replayed, .state = TaskState::ready};
    co_return reply;
}

awaitable<Result<store::ReprioritiseStatus>> Inspector::move(std::string agent, std::string task_id,
                                                             std::int64_t priority) const {
    auto const named = co_await keys_of(agent, task_id);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await store_.reprioritise(*named, task_id, priority);
}

awaitable<Result<store::ResultPage>> Inspector::results(std::string agent, std::string cursor,
                                                        std::int64_t limit) const {
    auto const named = co_await keys_of(agent);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await look_.results(*named, std::move(cursor), limit);
}

awaitable<Result<store::ResultPage>> Inspector::results_after(std::string agent, std::string entry, std::int64_t limit,
                                                              std::chrono::milliseconds block) const {
    auto const named = co_await keys_of(agent);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await look_.results_after(*named, std::move(entry), limit, block);
}

awaitable<Result<store::ServerFacts>> Inspector::server() const {
    co_return co_await store::server_facts(*connection_);
}

}  // namespace leat::inspect
