// Puts the keys of a snapshot together by agent.
#include "support/keyspace_agent.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "support/sentence.hpp"

namespace leat::testing {
namespace {

using nlohmann::json;

std::string text_of(json const& object, char const* name) {
    auto const found = object.find(name);
    if (found == object.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    return found->is_number() ? found->dump() : std::string();
}

void read_message(json const& object, TaskRecord& record) {
    auto const message = object.find("message");
    if (message == object.end() || !message->is_object()) {
        record.problem = "has no parked message";
        return;
    }
    for (auto const& [name, value] : message->items())
        record.message.emplace(name, value.is_string() ? value.get<std::string>() : value.dump());
}

TaskRecord record_of(StoredKey const& key) {
    TaskRecord record;
    record.ttl_ms = key.ttl_ms;
    auto const object = json::parse(key.text, nullptr, false);
    if (key.type != "string" || !object.is_object()) {
        record.problem = "is no JSON object";
        return record;
    }
    record.state = text_of(object, "state");
    record.at = text_of(object, "at");
    record.result = text_of(object, "result");
    if (record.state == "ready") {
        auto const slash = record.at.find('/');
        auto const lane = record.at.substr(0, slash);
        for (auto const name : kLaneNames)
            if (lane == std::string_view(name).substr(0, 1)) record.lane = name;
        if (slash != std::string::npos) record.entry = record.at.substr(slash + 1);
        if (record.lane.empty() || !entry_order(record.entry))
            record.problem = "names no lane and entry, but \"" + record.at + "\"";
    } else if (record.state == "scheduled") {
        record.due = text_of(object, "due");
        read_message(object, record);
    } else if (record.state != "succeeded" && record.state != "dead" && record.state != "cancelled" &&
               record.state != "expired") {
        record.problem = "has the unknown state \"" + record.state + "\"";
    }
    return record;
}

// Takes `key` where it has the type that it must have.
StoredKey const* typed(std::string const& name, StoredKey const& key, std::string_view type, Sentences& problems) {
    if (key.type == type) return &key;
    problems.push_back(sentence("{} is a {}, not a {}", name, key.type, type));
    return nullptr;
}

// One key below "<prefix>:{<agent>}:"; false where it is none that an agent has.
bool take_key(AgentKeyspace& agent, std::string const& name, std::string_view rest, StoredKey const& key) {
    auto& problems = agent.problems;
    if (rest.starts_with("task:")) {
        agent.records.emplace(rest.substr(5), record_of(key));
    } else if (rest.starts_with("ready:")) {
        auto const lane = rest.substr(6);
        if (std::ranges::find(kLaneNames, lane) == kLaneNames.end()) return false;
        if (auto const* const stream = typed(name, key, "stream", problems)) agent.lanes.emplace(lane, stream);
    } else if (rest == "scheduled") {
        agent.scheduled = typed(name, key, "zset", problems);
    } else if (rest == "results" || rest == "dead") {
        (void)typed(name, key, "stream", problems);  // which stream it is, the control hash says
    } else if (rest == "stats") {
        agent.stats = typed(name, key, "hash", problems);
    } else if (rest.starts_with("stats:")) {
        if (auto const* const minute = typed(name, key, "hash", problems)) agent.minutes.emplace(name, minute);
    } else if (rest == "auditor") {
        agent.auditor = typed(name, key, "string", problems);
    } else if (rest == "log") {
        agent.log = typed(name, key, "stream", problems);
    } else if (rest == "control") {
        agent.control = typed(name, key, "hash", problems);
    } else {
        return false;
    }
    return true;
}

// Results and dead letters are where the control hash says, else below the agent's own names.
std::string stream_name(AgentKeyspace const& agent, std::string const& own, std::string const& field) {
    if (agent.control == nullptr) return own + field;
    auto const chosen = agent.control->pairs.find(field);
    return chosen == agent.control->pairs.end() || chosen->second.empty() ? own + field : chosen->second;
}

StoredKey const* find_stream(Snapshot const& snapshot, std::string const& name) {
    auto const found = snapshot.find(name);
    return found == snapshot.end() || found->second.type != "stream" ? nullptr : &found->second;
}

bool is_shared_key(std::string_view rest) {
    return rest == "agents" || rest == "workers" || rest == "epoch" || rest.starts_with("worker:") ||
           rest == "alerts" || rest.starts_with("alert:") || rest == "front:dead" || rest == "front:stats";
}

}  // namespace

PendingRow const* AgentKeyspace::holder(TaskRecord const& record) const {
    auto const lane = lanes.find(record.lane);
    if (record.state != "ready" || lane == lanes.end()) return nullptr;
    auto const* const group = lane->second->group("workers");
    if (group == nullptr) return nullptr;
    auto const row = std::ranges::find(group->pending, record.entry, &PendingRow::entry);
    return row == group->pending.end() ? nullptr : &*row;
}

AgentMap split_by_agent(Snapshot const& snapshot, KeyspaceOptions const& options, Sentences& strangers) {
    AgentMap agents;
    std::set<std::string> unknown;
    auto const below = options.prefix + ":";
    for (auto const& [name, key] : snapshot) {
        if (!name.starts_with(below)) continue;  // a front door, or results and letters under a name of their own
        auto const rest = std::string_view(name).substr(below.size());
        auto const end = rest.find("}:");
        if (rest.starts_with("{") && end != std::string_view::npos) {
            std::string const agent(rest.substr(1, end - 1));
            auto& taken = agents[agent];
            taken.name = agent;
            if (!take_key(taken, name, rest.substr(end + 2), key)) unknown.insert(name);
        } else if (!is_shared_key(rest)) {
            unknown.insert(name);
        }
    }
    for (auto& [name, agent] : agents) {
        auto const own = below + "{" + name + "}:";
        auto const results = stream_name(agent, own, "results");
        auto const dead = stream_name(agent, own, "dead");
        agent.results = find_stream(snapshot, results);
        agent.dead = find_stream(snapshot, dead);
        unknown.erase(results);
        unknown.erase(dead);
    }
    for (auto const& front : options.fronts)
        unknown.erase(front);
    for (auto const& name : unknown)
        strangers.push_back(sentence("{} ({}) belongs to nothing", name, snapshot.at(name).type));
    return agents;
}

}  // namespace leat::testing
