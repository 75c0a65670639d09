#include "inspect/model_json.hpp"

#include <algorithm>

#include "core/json_depth.hpp"

namespace leat::inspect {
namespace {

json text_or_null(std::string const& text) {
    return text.empty() ? json(nullptr) : json(text);
}

template <class T>
json value_or_null(std::optional<T> const& value) {
    return value ? json(*value) : json(nullptr);
}

// Sets `name` and `name`_text, exactly one of them not null unless there is no text (or it is `null`).
void set_json_text(json& object, std::string const& name, std::string const& text, bool whole) {
    object[name] = nullptr;
    object[name + "_text"] = nullptr;
    if (text.empty()) return;
    auto value = whole ? bounded_json(text) : json(json::value_t::discarded);
    if (value.is_discarded()) {
        object[name + "_text"] = text;
    } else {
        object[name] = std::move(value);
    }
}

template <class Row>
json list_of(std::vector<Row> const& rows) {
    auto list = json::array();
    for (auto const& row : rows)
        list.push_back(json_of(row));
    return list;
}

json json_of(store::Depth const& depth) {
    auto lanes = json::object();
    for (std::size_t i = 0; i < kLanes; ++i) {
        auto const& lane = depth.lanes[i];
        lanes[std::string(to_string(static_cast<Lane>(i)))] = {{"ready", lane.ready},
                                                               {"running", lane.running},
                                                               {"oldest_ready_ms", value_or_null(lane.oldest_ready_ms)},
                                                               {"oldest_idle_ms", value_or_null(lane.oldest_idle_ms)}};
    }
    return {{"ready", depth.ready()},
            {"running", depth.running()},
            {"scheduled", depth.scheduled},
            {"dead_letters", depth.dead},
            {"results", depth.results},
            {"oldest_ready_ms", value_or_null(depth.oldest_ready_ms())},
            {"oldest_idle_ms", value_or_null(depth.oldest_idle_ms())},
            {"next_due_in_ms", value_or_null(depth.next_due_in_ms)},
            {"lanes", std::move(lanes)}};
}

json json_of(store::PendingByWorker const& worker) {
    return {{"worker", worker.consumer},
            {"count", worker.count},
            {"oldest_idle_ms", worker.oldest_idle_ms},
            {"oldest_running_ms", worker.oldest_running_ms},
            {"deliveries_max", worker.deliveries_max}};
}

// Without the fields of histograms ("run:le_250").
json plain_counters(store::Counters const& counters) {
    auto object = json::object();
    for (auto const& [name, value] : counters)
        if (name.find(':') == std::string::npos) object[name] = value;
    return object;
}

json json_of(store::Counters const& counters) {
    auto object = json::object();
    for (auto const& [name, value] : counters)
        object[name] = value;
    return object;
}

}  // namespace

json time_or_null(std::int64_t ms) {
    return ms > 0 ? json(ms) : json(nullptr);
}

json bounded_json(std::string_view text) {
    if (core::json_depth(text) > core::kJsonDepthMax) return json(json::value_t::discarded);
    return json::parse(text, nullptr, false);
}

json json_of(store::WorkerBeat const& worker, std::int64_t now) {
    auto agents = json::array();
    for (auto const& serving : worker.agents)
        agents.push_back({{"agent", serving.agent}, {"slots", serving.slots}, {"running", serving.running}});
    return {{"worker", worker.consumer},
            {"name", worker.name},
            {"host", worker.host},
            {"pid", worker.pid},
            {"version", worker.version},
            {"started_at", time_or_null(worker.started_at)},
            {"beat_at", time_or_null(worker.beat_at)},
            {"silent_ms", std::max<std::int64_t>(0, now - worker.beat_at)},
            {"rss_bytes", worker.rss_bytes},
            {"draining", worker.draining},
            {"agents", std::move(agents)}};
}

json json_of(AgentInfo const& agent) {
    auto object = json_of(agent.depth);
    object["agent"] = agent.agent;
    object["condition"] = to_string(agent.condition());
    object["registered"] = agent.registered;
    object["paused"] = agent.control.paused;
    object["lease_ms"] = value_or_null(agent.control.lease_ms);
    object["max_waiting"] = value_or_null(agent.control.max_waiting);
    object["workers"] = agent.workers;
    object["slots"] = agent.slots;
    object["oldest_running_ms"] = value_or_null(agent.oldest_running_ms);
    object["totals"] = plain_counters(agent.totals);
    object["problem"] = text_or_null(agent.problem);
    return object;
}

json json_of(AgentPage const& page) {
    return {{"agents", list_of(page.agents)}, {"cursor", text_or_null(page.cursor)}};
}

json json_of(AgentPending const& pending) {
    auto workers = json::array();
    for (auto const& worker : pending.workers)
        workers.push_back(json_of(worker));
    return {{"agent", pending.agent},
            {"count", pending.count()},
            {"oldest_idle_ms", pending.oldest_idle_ms()},
            {"oldest_running_ms", pending.oldest_running_ms()},
            {"workers", std::move(workers)},
            {"problem", text_or_null(pending.problem)}};
}

json json_of(std::vector<AgentPending> const& pending) {
    return {{"agents", list_of(pending)}};
}

json json_of(WorkerPage const& page) {
    auto workers = json::array();
    for (auto const& worker : page.workers)
        workers.push_back(json_of(worker, page.now));
    return {{"now", page.now}, {"workers", std::move(workers)}};
}

json json_of(TaskInfo const& task) {
    json object = {{"id", task.id},
                   {"agent", task.agent},
                   {"state", to_string(task.state)},
                   {"lane", to_string(task.lane)},
                   {"attempts", task.attempts},
                   {"retry_count", task.retry_count},
                   {"max_retries", task.max_retries},
                   {"crashes", task.crashes},
                   {"created_at", time_or_null(task.created_at)},
                   {"due_in_ms", task.state == TaskState::scheduled ? json(task.due_in) : json(nullptr)},
                   {"worker", text_or_null(task.consumer)},
                   {"idle_ms", task.state == TaskState::running ? json(task.idle) : json(nullptr)},
                   {"cancel_requested", task.cancel_requested},
                   {"last_error", text_or_null(task.last_error)},
                   {"outcome", task.outcome ? json_of(*task.outcome) : json(nullptr)}};
    set_json_text(object, "payload", task.payload_text, true);
    return object;
}

json json_of(TaskResult const& result) {
    json object = {{"id", result.task_id},
                   {"state", to_string(result.state)},
                   {"error", text_or_null(result.error)},
                   {"worker", text_or_null(result.processed_by)},
                   {"attempt", result.attempt},
                   {"created_at", time_or_null(result.created_at)},
                   {"started_at", time_or_null(result.started_at)},
                   {"finished_at", time_or_null(result.finished_at)},
                   {"archived", result.archived}};
    set_json_text(object, "result", result.result_text, true);
    return object;
}

json json_of(store::TaskRow const& row) {
    json object = {{"id", text_or_null(row.id)},
                   {"state", to_string(row.state)},
                   {"lane", row.lane ? json(to_string(*row.lane)) : json(nullptr)},
                   {"created_at", time_or_null(row.created_at)},
                   {"started_at", time_or_null(row.started_at)},
                   {"finished_at", time_or_null(row.finished_at)},
                   {"due_in_ms", row.state == TaskState::scheduled ? json(row.due_in_ms) : json(nullptr)},
                   {"worker", text_or_null(row.consumer)},
                   {"idle_ms", row.state == TaskState::running ? json(row.idle_ms) : json(nullptr)},
                   {"deliveries", row.deliveries},
                   {"attempts", row.attempts},
                   {"retry_count", row.retry_count},
                   {"error", text_or_null(row.error)},
                   {"payload_bytes", row.payload_bytes}};
    set_json_text(object, "payload", row.payload, row.payload.size() == row.payload_bytes);
    return object;
}

json json_of(store::TaskPage const& page) {
    return {{"tasks", list_of(page.rows)}, {"cursor", text_or_null(page.cursor)}};
}

json json_of(store::ResultEntry const& entry) {
    json object = {{"entry", entry.entry},
                   {"id", entry.task_id},
                   {"status", entry.status},
                   {"error", text_or_null(entry.error)},
                   {"worker", text_or_null(entry.processed_by)},
                   {"attempt", entry.attempt},
                   {"created_at", time_or_null(entry.created_at)},
                   {"started_at", time_or_null(entry.started_at)},
                   {"finished_at", time_or_null(entry.finished_at)}};
    object["result_bytes"] = entry.result_bytes;
    set_json_text(object, "result", entry.result_text, entry.result_text.size() == entry.result_bytes);
    set_json_text(object, "payload", entry.payload, true);
    return object;
}

json json_of(store::ResultPage const& page) {
    return {{"results", list_of(page.entries)}, {"cursor", text_or_null(page.cursor)}};
}

json json_of(store::DeadLetter const& letter) {
    json object = {{"letter", letter.entry},
                   {"id", letter.task_id},
                   {"state", store::to_string(letter.state)},
                   {"reason", text_or_null(letter.reason)},
                   {"error", text_or_null(letter.error)},
                   {"attempts", letter.attempts},
                   {"failed_at", time_or_null(letter.failed_at)},
                   {"payload_bytes", letter.payload_bytes}};
    set_json_text(object, "payload", letter.payload, letter.payload.size() == letter.payload_bytes);
    return object;
}

json json_of(store::DeadPage const& page) {
    return {{"letters", list_of(page.letters)}, {"cursor", text_or_null(page.cursor)}};
}

json json_of(store::LogEntry const& entry) {
    auto const& line = entry.line;
    return {{"entry", entry.entry},
            {"at", time_or_null(entry.at)},
            {"attempt", line.attempt},
            {"percent", value_or_null(line.percent)},
            {"text", line.text}};
}

json json_of(store::LogPage const& page) {
    return {{"lines", list_of(page.entries)},
            {"cursor", page.more ? json(page.cursor) : json(nullptr)},
            {"after", page.cursor}};
}

json json_of(ReplayReport const& report) {
    return {{"looked_at", report.looked_at},
            {"matched", report.matched},
            {"replayed", report.replayed},
            {"skipped", report.skipped}};
}

json json_of(std::vector<store::MinuteCounters> const& minutes) {
    auto list = json::array();
    for (auto const& minute : minutes)
        list.push_back({{"minute", minute.minute}, {"counters", json_of(minute.counters)}});
    return {{"minutes", std::move(list)}};
}

json json_of(Error const& error) {
    return {{"error", {{"code", to_string(error.code)}, {"operation", error.operation}, {"detail", error.detail}}}};
}

std::string dump(json const& value, int indent) {
    return value.dump(indent, ' ', true, json::error_handler_t::replace);
}

}  // namespace leat::inspect
