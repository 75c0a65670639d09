// Tasks: dispatching, looking, waiting, cancelling, retrying.
#include <algorithm>
#include <utility>

#include "async/at_once.hpp"
#include "http/api.hpp"
#include "http/limits.hpp"
#include "http/problem.hpp"
#include "inspect/model_json.hpp"
#include "store/store_inspect.hpp"
#include "tasks/trace_context.hpp"

namespace leat::http {
namespace {

constexpr std::size_t kAgentsPerPage = 100;  // looked at for one page of a list of all agents' tasks
constexpr char kAgentMark = '~';             // between an agent's name, which has none, and its cursor

json receipt_json(std::string const& agent, Receipt const& receipt) {
    bool const is_stored = receipt.status != DispatchStatus::full;
    return {{"agent", agent},
            {"id", receipt.task_id},
            {"status", to_string(receipt.status)},
            {"state", is_stored ? json(to_string(receipt.state)) : json(nullptr)}};
}

// The same as text, for the hot path. Ids and names need no escape.
std::string receipt_text(std::string const& agent, Receipt const& receipt) {
    std::string text;
    text.reserve(128 + agent.size() + receipt.task_id.size());
    text.append(R"({"agent":")").append(agent).append(R"(","id":")").append(receipt.task_id);
    text.append(R"(","state":")").append(to_string(receipt.state));
    text.append(R"(","status":")").append(to_string(receipt.status)).append("\"}");
    return text;
}

store::TaskRow row_of(TaskInfo const& task) {
    store::TaskRow row;
    row.id = task.id;
    row.state = task.state;
    bool const in_lane = task.state == TaskState::ready || task.state == TaskState::running;
    if (in_lane) row.lane = task.lane;
    row.created_at = task.created_at;
    row.due_in_ms = task.due_in;
    row.consumer = task.consumer;
    row.idle_ms = task.idle;
    row.deliveries = task.state == TaskState::running ? task.crashes + 1 : 0;
    row.attempts = task.attempts;
    row.retry_count = task.retry_count;
    row.error = task.last_error;
    row.payload = task.payload_text.substr(0, store::kPreviewBytes);
    row.payload_bytes = task.payload_text.size();
    if (task.outcome) {
        row.created_at = task.outcome->created_at;
        row.started_at = task.outcome->started_at;
        row.finished_at = task.outcome->finished_at;
        row.consumer = task.outcome->processed_by;
        row.attempts = task.outcome->attempt;
        row.error = task.outcome->error;
    }
    return row;
}

store::TimeWindow window_of(TaskQuery const& query, std::int64_t now) {
    store::TimeWindow window;
    if (query.newer_than) window.from = std::max<std::int64_t>(0, now - query.newer_than->count());
    if (query.older_than) window.to = std::max<std::int64_t>(0, now - query.older_than->count());
    return window;
}

}  // namespace

bool Api::is_plain(std::string const& agent) const {
    if (options_.client.durability.level != Durability::Level::memory || options_.client.on_span) return false;
    auto const policy = options_.agents.find(agent);
    return policy == options_.agents.end() || !policy->second.max_waiting;
}

boost::asio::awaitable<std::vector<Result<Receipt>>> Api::store_tasks(std::string const& agent,
                                                                      std::vector<NewTask> tasks) {
    if (is_plain(agent) && !stopping_) co_return co_await dispatcher_.dispatch(agent, std::move(tasks));
    auto* const client = client_for(agent);
    if (client != nullptr) co_return co_await client->async_dispatch_many(agent, std::move(tasks));
    Error const stopping{ErrorCode::unavailable, "", "the server is about to stop"};
    co_return std::vector<Result<Receipt>>(tasks.size(), std::unexpected(stopping));
}

Client* Api::client_for(std::string const& agent) {
    if (stopping_) return nullptr;
    auto const policy = options_.agents.find(agent);
    if (policy == options_.agents.end() || !policy->second.max_waiting) return client_.get();
    auto& client = limited_clients_[agent];
    if (!client) {
        auto options = options_.client;
        options.max_waiting = policy->second.max_waiting;
        client = std::make_unique<Client>(std::move(options));
    }
    return client.get();
}

// The header may be the work of something on the way. So a malformed one, or a second one, costs no task: it is left
// out and counted, as its specification wants.
std::string_view Api::traceparent_of(Head const& head) {
    if (head.traceparent.empty()) return {};
    if (!head.traceparent_twice && tasks::parse_traceparent(head.traceparent)) return head.traceparent;
    ++traceparents_ignored_;
    return {};
}

void Api::prepare(DispatchInput& input, std::string_view traceparent) const {
    auto& options = input.task.options;
    if (options.traceparent.empty()) options.traceparent = traceparent;
    auto const policy = options_.agents.find(input.agent);
    if (policy != options_.agents.end() && !options.max_retries) options.max_retries = policy->second.max_retries;
}

Api::Answer Api::dispatch(Request const& request) {
    auto input = read_dispatch(request.body);
    if (!input) co_return problem(input.error());
    prepare(*input, traceparent_of(request.head));
    std::vector<NewTask> tasks;
    tasks.push_back(std::move(input->task));
    auto const receipts = co_await store_tasks(input->agent, std::move(tasks));
    auto const& receipt = receipts.front();
    if (!receipt) co_return problem(receipt.error());
    if (receipt->status == DispatchStatus::full) {
        auto full = problem(429, "full", "the agent holds as many waiting tasks as it may; nothing was stored");
        full.headers.emplace_back("Retry-After", "1");
        co_return full;
    }
    Response response;
    response.body = receipt_text(input->agent, *receipt);
    response.status = receipt->status == DispatchStatus::created ? 201 : 200;
    response.headers.emplace_back("Location", "/v1/tasks/" + input->agent + "/" + receipt->task_id);
    co_return response;
}

Api::Answer Api::dispatch_batch(Request const& request) {
    auto inputs = read_batch(request.body);
    if (!inputs) co_return problem(inputs.error());
    // One call per agent; `places` are the tasks' places in the answer.
    struct Group {
        std::vector<NewTask> tasks;
        std::vector<std::size_t> places;
    };
    std::map<std::string, Group> groups;
    auto const traceparent = traceparent_of(request.head);
    for (std::size_t i = 0; i < inputs->size(); ++i) {
        auto& input = (*inputs)[i];
        prepare(input, traceparent);
        auto& group = groups[input.agent];
        group.tasks.push_back(std::move(input.task));
        group.places.push_back(i);
    }
    std::vector<json> receipts(inputs->size());
    json counts = {{"created", 0}, {"duplicate", 0}, {"full", 0}, {"failed", 0}};
    for (auto& [agent, group] : groups) {
        auto const answers = co_await store_tasks(agent, std::move(group.tasks));
        for (std::size_t i = 0; i < answers.size(); ++i) {
            auto const& answer = answers[i];
            std::string const status(answer ? to_string(answer->status) : std::string_view("failed"));
            counts[status] = counts[status].get<int>() + 1;
            auto& receipt = receipts[group.places[i]];
            if (answer) {
                receipt = receipt_json(agent, *answer);
            } else {
                receipt = inspect::json_of(answer.error());
                receipt["agent"] = agent;
                receipt["status"] = status;
            }
        }
    }
    json object = {{"receipts", std::move(receipts)}, {"counts", std::move(counts)}};
    co_return json_answer(std::move(object));
}

boost::asio::awaitable<void> Api::find_into(std::string agent, std::string const& id, Result<TaskInfo>& task) const {
    task = co_await inspector_.task(std::move(agent), id);
}

boost::asio::awaitable<Result<std::vector<std::string>>> Api::agent_names() const {
    auto const look = store::StoreInspect(connection_);
    co_return co_await look.agents(store::KeySpace(options_.client.prefix));
}

Api::Answer Api::task_find(std::string agent, std::string id) {
    std::vector<std::string> agents{std::move(agent)};
    if (agents.front().empty()) {
        auto names = co_await agent_names();
        if (!names) co_return problem(names.error());
        agents = std::move(*names);
        if (std::cmp_greater(agents.size(), kOverviewAgentsMax)) agents.resize(kOverviewAgentsMax);
    }
    std::vector<Result<TaskInfo>> tasks(agents.size());
    auto const start = [&](std::size_t i) { return find_into(agents[i], id, tasks[i]); };
    co_await async::at_once(connection_.executor(), agents.size(), inspect::Inspector::kAtOnce, start);
    auto rows = json::array();
    for (std::size_t i = 0; i < agents.size(); ++i) {
        if (!tasks[i] && tasks[i].error().code == ErrorCode::not_found) continue;
        if (!tasks[i]) co_return problem(tasks[i].error());
        rows.push_back(inspect::json_of(row_of(*tasks[i])));
        rows.back()["agent"] = agents[i];
    }
    co_return json_answer({{"tasks", std::move(rows)}, {"cursor", nullptr}});
}

Api::Answer Api::task_list(Request const& request) {
    auto query = read_task_query(request.target);
    if (!query) co_return problem(query.error());
    if (!query->id.empty()) co_return co_await task_find(std::move(query->agent), std::move(query->id));
    std::int64_t now = 0;
    if (query->older_than || query->newer_than) {
        auto const told = co_await inspector_.server_time();
        if (!told) co_return problem(told.error());
        now = *told;
    }
    // With all agents the cursor is that of one agent behind its name.
    bool const all = query->agent.empty();
    std::vector<std::string> agents{query->agent};
    if (all) {
        auto names = co_await agent_names();
        if (!names) co_return problem(names.error());
        auto const mark = query->cursor.find(kAgentMark);
        auto const first = query->cursor.substr(0, mark);
        query->cursor.erase(0, mark == std::string::npos ? mark : mark + 1);
        names->erase(names->begin(), std::ranges::lower_bound(*names, first));
        agents = std::move(*names);
        if (!agents.empty() && agents.front() != first) query->cursor.clear();
    }
    auto rows = json::array();
    json cursor;
    std::int64_t scan_left = kListScanMax;
    for (std::size_t i = 0; i < agents.size(); ++i) {
        auto page = co_await task_page(agents[i], *query, now, scan_left);
        if (!page) co_return problem(page.error());
        for (auto const& row : page->rows) {
            rows.push_back(inspect::json_of(row));
            rows.back()["agent"] = agents[i];
        }
        scan_left -= page->scanned;
        query->cursor = std::move(page->cursor);
        bool const full =
            std::cmp_greater_equal(rows.size(), query->limit) || i + 1 == kAgentsPerPage || scan_left <= 0;
        if (!query->cursor.empty()) {
            cursor = all ? agents[i] + kAgentMark + query->cursor : query->cursor;
            break;
        }
        if (full && i + 1 < agents.size()) {
            cursor = agents[i + 1] + kAgentMark;
            break;
        }
    }
    co_return json_answer({{"tasks", std::move(rows)}, {"cursor", std::move(cursor)}});
}

boost::asio::awaitable<Result<store::TaskPage>> Api::task_page(std::string agent, TaskQuery const& query,
                                                               std::int64_t now, std::int64_t scan_max) const {
    store::TaskSearch search{.state = query.state, .cursor = query.cursor, .limit = query.limit};
    search.window = window_of(query, now);
    search.scan_max = std::max<std::int64_t>(scan_max, 1);
    co_return co_await inspector_.tasks(std::move(agent), std::move(search));
}

boost::asio::awaitable<Result<void>> Api::add_surroundings(TaskInfo const& task, json& object) const {
    auto const history = co_await inspector_.attempts(task);
    if (!history && history.error().code != ErrorCode::not_found) co_return std::unexpected(history.error());
    auto list = json::array();
    if (history) {
        for (auto const& entry : history->entries)
            list.push_back(inspect::json_of(entry));
    }
    object["history"] = std::move(list);
    object["history_complete"] = !history || history->complete;
    object["ahead"] = nullptr;
    object["ahead_more"] = false;
    if (task.state != TaskState::ready) co_return Result<void>{};
    auto const ahead = co_await inspector_.ahead(task.agent, task.id);
    if (!ahead && ahead.error().code != ErrorCode::not_found) co_return std::unexpected(ahead.error());
    if (!ahead || !*ahead) co_return Result<void>{};  // it has gone on since
    object["ahead"] = (*ahead)->count;
    object["ahead_more"] = (*ahead)->more;
    co_return Result<void>{};
}

boost::asio::awaitable<void> Api::wait_for_outcome(std::string agent, std::string id, std::chrono::milliseconds most) {
    auto* const client = client_for(agent);
    if (client == nullptr) co_return;
    auto const outcome = co_await client->async_wait(std::move(agent), std::move(id), most);
    if (outcome || outcome.error().code == ErrorCode::timeout || stopping_) co_return;
    // Redis is away: whoever asks again does so no faster than this.
    co_await stop_.wait_for(std::min<std::chrono::milliseconds>(most, std::chrono::seconds(1)));
}

Api::Answer Api::task_show(Request const& request) {
    bool reveal = false;
    if (auto refusal = check_reveal(request, reveal)) co_return std::move(*refusal);
    auto const wait = read_duration(request.target, "wait", std::chrono::milliseconds(0), kWaitMax);
    if (!wait) co_return problem(wait.error());
    auto const& agent = request.values[0];
    auto const& id = request.values[1];
    auto task = co_await inspector_.task(agent, id);
    if (task && !is_terminal(task->state) && wait->count() > 0) {
        co_await wait_for_outcome(agent, id, *wait);
        task = co_await inspector_.task(agent, id);
    }
    if (!task) co_return problem(task.error());
    auto const now = co_await inspector_.server_time();
    if (!now) co_return problem(now.error());
    auto object = inspect::json_of(*task);
    auto const added = co_await add_surroundings(*task, object);
    if (!added) co_return problem(added.error());
    object["now"] = *now;
    co_return json_answer(std::move(object), reveal);
}

Api::Answer Api::task_cancel(Request const& request) {
    auto const status = co_await inspector_.cancel(request.values[0], request.values[1]);
    if (!status) co_return problem(status.error());
    co_return json_answer({{"agent", request.values[0]}, {"id", request.values[1]}, {"status", to_string(*status)}});
}

Api::Answer Api::task_retry(Request const& request) {
    auto const reply = co_await inspector_.retry(request.values[0], request.values[1]);
    if (!reply) co_return problem(reply.error());
    if (reply->status == inspect::RetryStatus::not_dead) {
        co_return problem(409, "not_dead",
                          "only dead tasks can be brought back; this one is " + std::string(to_string(reply->state)));
    }
    co_return json_answer({{"agent", request.values[0]},
                           {"id", request.values[1]},
                           {"status", "replayed"},
                           {"state", to_string(reply->state)}});
}

Api::Answer Api::task_move(Request const& request) {
    auto const priority = read_priority(request.body);
    if (!priority) co_return problem(priority.error());
    auto const status = co_await inspector_.move(request.values[0], request.values[1], *priority);
    if (!status) co_return problem(status.error());
    bool const refused =
        *status == store::ReprioritiseStatus::running || *status == store::ReprioritiseStatus::terminal;
    if (refused) co_return problem(409, "not_waiting", "only waiting tasks can be moved to another lane");
    bool const moved = *status == store::ReprioritiseStatus::moved;
    co_return json_answer({{"agent", request.values[0]},
                           {"id", request.values[1]},
                           {"status", moved ? "moved" : "unchanged"},
                           {"lane", to_string(lane_of_priority(*priority))}});
}

}  // namespace leat::http
