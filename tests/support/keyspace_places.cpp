// Where tasks are: records against lanes and the schedule.
#include <algorithm>
#include <charconv>
#include <set>

#include "support/keyspace_agent.hpp"
#include "support/sentence.hpp"

namespace leat::testing {
namespace {

constexpr std::string_view kGroup = "workers";

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// A record that waits or runs, and the entry it names.
void check_ready(AgentKeyspace const& agent, std::string const& id, TaskRecord const& record, Sentences& found) {
    auto const lane = agent.lanes.find(record.lane);
    auto const* const entry = lane == agent.lanes.end() ? nullptr : lane->second->entry(record.entry);
    if (entry == nullptr) {
        found.push_back(
            sentence("I1: task {} of {} is lost: its message {} does not exist", id, agent.name, record.at));
        return;
    }
    if (entry->field("task_id") != id)
        found.push_back(sentence("I1: the record of task {} of {} names {}, the message of task {}", id, agent.name,
                                 record.at, entry->field("task_id")));
    if (agent.scheduled != nullptr && agent.scheduled->pairs.contains(id))
        found.push_back(sentence("I1: task {} of {} is ready and scheduled at once", id, agent.name));
}

void check_scheduled(AgentKeyspace const& agent, std::string const& id, TaskRecord const& record, Sentences& found) {
    auto const due = agent.scheduled == nullptr ? std::map<std::string, std::string>::const_iterator()
                                                : agent.scheduled->pairs.find(id);
    if (agent.scheduled == nullptr || due == agent.scheduled->pairs.end()) {
        found.push_back(
            sentence("I1: task {} of {} is lost: parked, but nobody is told when it is due", id, agent.name));
    } else if (number(due->second) != number(record.due)) {
        found.push_back(sentence("task {} of {} is due at {} by its record, at {} by the schedule", id, agent.name,
                                 record.due, due->second));
    }
    auto const owner = record.message.find("task_id");
    if (owner == record.message.end() || owner->second != id)
        found.push_back(
            sentence("I1: the message parked in the record of task {} of {} is not its own", id, agent.name));
}

void check_records(AgentKeyspace const& agent, Sentences& found) {
    for (auto const& [id, record] : agent.records) {
        if (!record.problem.empty()) {
            found.push_back(sentence("the record of task {} of {} {}", id, agent.name, record.problem));
            continue;
        }
        if (record.live() && record.ttl_ms >= 0)
            found.push_back(
                sentence("I1: the record of task {} of {} expires while it is {}", id, agent.name, record.state));
        if (!record.live() && record.ttl_ms < 0)
            found.push_back(
                sentence("I6: the record of task {} of {}, which is {}, stays for ever", id, agent.name, record.state));
        if (record.state == "ready") check_ready(agent, id, record, found);
        if (record.state == "scheduled") check_scheduled(agent, id, record, found);
    }
}

// Each message belongs to a task whose record names this very entry. Foreign entries are no tasks yet.
void check_messages(AgentKeyspace const& agent, Sentences& found) {
    for (auto const& [lane, key] : agent.lanes) {
        for (auto const& entry : key->entries) {
            if (!entry.has("v")) continue;
            auto const at = lane + "/" + entry.id;
            std::string const id(entry.field("task_id"));
            auto const record = agent.records.find(id);
            if (record == agent.records.end()) {
                found.push_back(sentence("I1: message {} of {} has no record (task {})", at, agent.name, id));
            } else if (record->second.state != "ready" || record->second.lane != lane ||
                       record->second.entry != entry.id) {
                found.push_back(sentence("I1: task {} of {} is {} by its record, but message {} is there too", id,
                                         agent.name, record->second.state + " " + record->second.at, at));
            }
            if (number(entry.field("retry_count")) > number(entry.field("max_retries")))
                found.push_back(sentence("I4: task {} of {} has {} retries, {} are allowed", id, agent.name,
                                         entry.field("retry_count"), entry.field("max_retries")));
        }
    }
}

void check_schedule(AgentKeyspace const& agent, Sentences& found) {
    if (agent.scheduled == nullptr) return;
    for (auto const& [id, due] : agent.scheduled->pairs) {
        auto const record = agent.records.find(id);
        if (record == agent.records.end() || record->second.state != "scheduled")
            found.push_back(sentence("I1: {} of {} is in the schedule, but no task is parked there", id, agent.name));
    }
}

// Deliveries: their messages must exist. Those without a verdict are limited: those of earlier messages are in the
// message, those of this one in the group.
void check_deliveries(AgentKeyspace const& agent, std::int64_t max_crashes, Sentences& found) {
    for (auto const& [lane, key] : agent.lanes) {
        auto const* const group = key->group(kGroup);
        if (group == nullptr) continue;
        for (auto const& row : group->pending) {
            auto const* const entry = key->entry(row.entry);
            if (entry == nullptr) {
                found.push_back(sentence("I6: {}/{} of {} is pending with {}, but does not exist", lane, row.entry,
                                         agent.name, row.consumer));
                continue;
            }
            // The delivery that exceeds the limit is the one that ends as poison.
            auto const crashes = number(entry->field("crashes")) + row.count - 1;
            if (crashes > max_crashes + 1)
                found.push_back(sentence("I4: {} deliveries of {}/{} of {} ended without a verdict, the limit is {}",
                                         crashes, lane, row.entry, agent.name, max_crashes));
        }
    }
}

void check_sum(AgentKeyspace const& agent, Sentences& found) {
    auto const live = std::ranges::count_if(agent.records, [](auto const& pair) { return pair.second.live(); });
    std::int64_t messages = 0;
    for (auto const& [lane, key] : agent.lanes)
        messages += std::ranges::count_if(key->entries, [](auto const& entry) { return entry.has("v"); });
    auto const scheduled = agent.scheduled == nullptr ? 0 : static_cast<std::int64_t>(agent.scheduled->pairs.size());
    if (messages + scheduled != live)
        found.push_back(sentence("I7: {} messages and {} scheduled are not the {} live tasks of {}", messages,
                                 scheduled, live, agent.name));
}

}  // namespace

void check_reach(std::string const& stream, StoredKey const& key, std::string_view group_name, Sentences& found) {
    auto const* const group = key.group(group_name);
    if (group == nullptr) return;  // it will be created at the beginning
    std::set<std::string_view> pending;
    for (auto const& row : group->pending)
        pending.insert(row.entry);
    auto const last = entry_order(group->last_delivered);
    for (auto const& entry : key.entries) {
        if (entry_order(entry.id) > last) break;
        if (!pending.contains(entry.id))
            found.push_back(sentence("I1: {} in {} was handed out, is not pending and still there: nobody will get it",
                                     entry.id, stream));
    }
}

void check_places(AgentKeyspace const& agent, std::int64_t max_crashes, Sentences& found) {
    check_records(agent, found);
    check_messages(agent, found);
    check_schedule(agent, found);
    check_deliveries(agent, max_crashes, found);
    check_sum(agent, found);
    for (auto const& [lane, key] : agent.lanes)
        check_reach("lane " + lane + " of " + agent.name, *key, kGroup, found);
}

}  // namespace leat::testing
