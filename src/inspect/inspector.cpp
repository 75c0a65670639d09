#include "inspect/inspector.hpp"

#include <algorithm>
#include <utility>

#include "async/at_once.hpp"

namespace leat::inspect {

using boost::asio::awaitable;

namespace {

constexpr std::int64_t kWorkersMax = 1'000;  // workers considered when agents are described
constexpr std::int64_t kMsPerMinute = 60'000;

// All values, or the first error.
template <class T>
Result<std::vector<T>> all_of(std::vector<Result<T>> found) {
    std::vector<T> values;
    values.reserve(found.size());
    for (auto& one : found) {
        if (!one) return std::unexpected(std::move(one.error()));
        values.push_back(std::move(*one));
    }
    return values;
}

// The names behind `cursor`, at most `limit`.
std::span<std::string const> page_of(std::vector<std::string> const& names, std::string const& cursor,
                                     std::int64_t limit) {
    auto const first = std::ranges::upper_bound(names, cursor) - names.begin();
    auto const count = std::min<std::ptrdiff_t>(limit, std::ssize(names) - first);
    return std::span(names).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

bool is_cut(std::vector<std::string> const& names, std::span<std::string const> part) {
    return !part.empty() && &part.back() != &names.back();
}

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

awaitable<void> Inspector::describe_into(std::string agent, std::vector<store::WorkerBeat> const& workers,
                                         bool with_totals, Result<AgentInfo>& info) const {
    auto const keys = space_.agent(agent);
    info = co_await describe(agent, workers);
    if (info && with_totals) {
        auto totals = co_await look_.stats(keys);
        if (totals) {
            info->totals = std::move(*totals);
        } else {
            info = std::unexpected(std::move(totals.error()));
        }
    }
    if (!info && info.error().code == ErrorCode::corrupt)
        info = AgentInfo{.agent = std::move(agent), .problem = info.error().message()};
}

awaitable<Result<std::vector<AgentInfo>>> Inspector::describe_all(std::span<std::string const> names,
                                                                  std::vector<store::WorkerBeat> const& workers,
                                                                  bool with_totals) const {
    std::vector<Result<AgentInfo>> found(names.size());
    auto const start = [&](std::size_t i) { return describe_into(names[i], workers, with_totals, found[i]); };
    co_await async::at_once(connection_->executor(), names.size(), kAtOnce, start);
    co_return all_of(std::move(found));
}

awaitable<Result<AgentPage>> Inspector::agents(std::string cursor, std::int64_t limit) const {
    limit = std::clamp<std::int64_t>(limit, 1, store::kPageMax);
    auto const names = co_await look_.agents(space_);
    if (!names) co_return std::unexpected(names.error());
    auto const workers = co_await store::list_workers(*connection_, space_, kWorkersMax);
    if (!workers) co_return std::unexpected(workers.error());
    auto const part = page_of(*names, cursor, limit);
    auto infos = co_await describe_all(part, *workers, false);
    if (!infos) co_return std::unexpected(infos.error());
    AgentPage page{.agents = std::move(*infos)};
    if (is_cut(*names, part)) page.cursor = part.back();
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
    overview.agents_left_out = std::max<std::int64_t>(0, std::ssize(*names) - limit);
    overview.all_agents = overview.agents_left_out == 0;
    if (!overview.all_agents) names->resize(static_cast<std::size_t>(limit));
    auto infos = co_await describe_all(*names, overview.workers, true);
    if (!infos) co_return std::unexpected(infos.error());
    overview.agents = std::move(*infos);
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

awaitable<void> Inspector::pending_into(std::string agent, bool told, Result<AgentPending>& pending) const {
    auto workers = co_await pending_of(agent);
    if (workers) {
        pending = AgentPending{.agent = std::move(agent), .workers = std::move(*workers)};
    } else if (told && workers.error().code == ErrorCode::corrupt) {
        pending = AgentPending{.agent = std::move(agent), .problem = workers.error().message()};
    } else {
        pending = std::unexpected(std::move(workers.error()));
    }
}

awaitable<Result<std::vector<AgentPending>>> Inspector::pending_all(std::span<std::string const> names,
                                                                    bool told) const {
    std::vector<Result<AgentPending>> found(names.size());
    auto const start = [&](std::size_t i) { return pending_into(names[i], told, found[i]); };
    co_await async::at_once(connection_->executor(), names.size(), kAtOnce, start);
    co_return all_of(std::move(found));
}

awaitable<Result<std::vector<AgentPending>>> Inspector::pending(std::string agent) const {
    std::vector<std::string> names{agent};
    if (agent.empty()) {
        auto registered = co_await look_.agents(space_);
        if (!registered) co_return std::unexpected(registered.error());
        names = std::move(*registered);
    }
    co_return co_await pending_all(names, agent.empty());
}

awaitable<Result<PendingPage>> Inspector::pending_page(std::string cursor, std::int64_t limit) const {
    auto const names = co_await look_.agents(space_);
    if (!names) co_return std::unexpected(names.error());
    auto const part = page_of(*names, cursor, std::clamp<std::int64_t>(limit, 1, store::kPageMax));
    auto agents = co_await pending_all(part, true);
    if (!agents) co_return std::unexpected(agents.error());
    PendingPage page{.agents = std::move(*agents)};
    if (is_cut(*names, part)) page.cursor = part.back();
    co_return page;
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

awaitable<Result<store::TaskPage>> Inspector::tasks(std::string agent, store::TaskSearch search) const {
    auto const named = co_await keys_of(agent);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await look_.tasks(*named, std::move(search));
}

awaitable<Result<store::AttemptHistory>> Inspector::attempts(TaskInfo const& task) const {
    auto const named = co_await keys_of(task.agent, task.id);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await look_.attempts(*named, task.id, task.created_at, task.attempts);
}

awaitable<Result<store::LogPage>> Inspector::task_log(std::string agent, std::string task_id, std::string cursor,
                                                      std::int64_t limit) const {
    auto const named = co_await keys_of(agent, task_id);
    if (!named) co_return std::unexpected(named.error());
    if (cursor.empty()) {
        auto const task = co_await store_.task(*named, task_id);
        if (!task) co_return std::unexpected(task.error());
        cursor = store::log_start(task->created_at);
    }
    co_return co_await store::read_log(*connection_, *named, std::move(task_id), std::move(cursor), limit);
}

awaitable<Result<std::optional<store::TasksAhead>>> Inspector::ahead(std::string agent, std::string task_id) const {
    auto const named = co_await keys_of(agent, task_id);
    if (!named) co_return std::unexpected(named.error());
    co_return co_await look_.ahead(*named, std::move(task_id));
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

awaitable<Result<std::int64_t>> Inspector::server_time() const {
    co_return co_await store_.server_time();
}

awaitable<Result<store::ServerFacts>> Inspector::server() const {
    co_return co_await store::server_facts(*connection_);
}

}  // namespace leat::inspect
