#include "support/keyspace.hpp"

#include <algorithm>

#include "support/keyspace_agent.hpp"
#include "support/sentence.hpp"

namespace leat::testing {
namespace {

// Sentences of one kind that are told one by one; of the rest only the number.
constexpr std::size_t kToldPerKind = 20;

StoredKey const* find(Snapshot const& snapshot, std::string const& name) {
    auto const found = snapshot.find(name);
    return found == snapshot.end() ? nullptr : &found->second;
}

void check_owners(Snapshot const& snapshot, std::string const& prefix, AgentMap const& agents, Sentences& found) {
    auto const* const registry = find(snapshot, prefix + ":agents");
    for (auto const& [name, agent] : agents) {
        if (registry == nullptr || !registry->pairs.contains(name))
            found.push_back(sentence("agent {} has keys, but is not in the registry: nobody sees it", name));
        if (agent.auditor != nullptr && agent.auditor->ttl_ms < 0)
            found.push_back(sentence("the auditor of {} has no time to live", name));
        if (agent.log != nullptr && agent.log->ttl_ms < 0)
            found.push_back(sentence("the log of {} has no time to live", name));
        for (auto const& [minute, key] : agent.minutes) {
            if (key->ttl_ms < 0) found.push_back(sentence("{} has no time to live", minute));
        }
    }
    auto const worker = prefix + ":worker:";
    for (auto const& [name, key] : snapshot) {
        if (name.starts_with(worker) && key.ttl_ms < 0) found.push_back(sentence("{} has no time to live", name));
    }
}

void tell_rest(std::size_t hidden, Sentences& found) {
    if (hidden > 0) found.push_back(sentence("… and {} more of this kind", hidden));
}

}  // namespace

Keyspace::Keyspace(Snapshot snapshot, KeyspaceOptions options)
    : snapshot_(std::move(snapshot)), options_(std::move(options)) {}

Keyspace Keyspace::read(Ask const& ask, KeyspaceOptions options) {
    auto snapshot = read_snapshot(ask, options.prefix, options.fronts);
    return Keyspace(std::move(snapshot), std::move(options));
}

std::vector<std::string> Keyspace::violations() const {
    Sentences found;
    auto const agents = split_by_agent(snapshot_, options_, found);
    for (auto const& [name, agent] : agents) {
        found.insert(found.end(), agent.problems.begin(), agent.problems.end());
        check_places(agent, options_.max_crashes, found);
        check_history(agent, found);
    }
    check_owners(snapshot_, options_.prefix, agents, found);
    for (auto const& front : options_.fronts) {
        if (auto const* const key = find(snapshot_, front)) check_reach(front, *key, "leat", found);
    }
    return found;
}

std::vector<std::string> Keyspace::unrest() const {
    Sentences found;
    Sentences strangers;
    for (auto const& [name, agent] : split_by_agent(snapshot_, options_, strangers)) {
        std::size_t live = 0;
        for (auto const& [id, record] : agent.records) {
            if (!record.live()) continue;
            if (++live > kToldPerKind) continue;
            auto const* const holder = agent.holder(record);
            found.push_back(sentence("task {} of agent {} is {}{}", id, name, record.state,
                                     holder == nullptr ? "" : ", held by " + holder->consumer));
        }
        tell_rest(live > kToldPerKind ? live - kToldPerKind : 0, found);
        for (auto const& [lane, key] : agent.lanes) {
            auto const* const group = key->group("workers");
            if (!key->entries.empty())
                found.push_back(sentence("lane {} of agent {} has {} entries", lane, name, key->entries.size()));
            if (group != nullptr && !group->pending.empty())
                found.push_back(sentence("lane {} of agent {}: {} are pending", lane, name, group->pending.size()));
        }
        if (agent.scheduled != nullptr && !agent.scheduled->pairs.empty())
            found.push_back(sentence("agent {} has {} scheduled ids", name, agent.scheduled->pairs.size()));
    }
    for (auto const& front : options_.fronts) {
        auto const* const key = find(snapshot_, front);
        if (key == nullptr) continue;
        if (!key->entries.empty())
            found.push_back(sentence("front door {} has {} entries", front, key->entries.size()));
        auto const* const group = key->group("leat");
        if (group != nullptr && !group->pending.empty())
            found.push_back(sentence("front door {}: {} are pending", front, group->pending.size()));
    }
    return found;
}

std::map<std::string, std::string> Keyspace::tasks(std::string const& agent) const {
    Sentences strangers;
    auto const agents = split_by_agent(snapshot_, options_, strangers);
    std::map<std::string, std::string> states;
    auto const found = agents.find(agent);
    if (found == agents.end()) return states;
    for (auto const& [id, record] : found->second.records) {
        auto const* const holder = found->second.holder(record);
        bool const running = holder != nullptr && holder->consumer != kReleasedConsumer;
        states.emplace(id, running ? "running" : record.state);
    }
    return states;
}

TaskCounts Keyspace::counts(std::string const& agent) const {
    TaskCounts counts;
    std::map<std::string_view, std::int64_t*> const targets{
        {"ready", &counts.ready},         {"running", &counts.running}, {"scheduled", &counts.scheduled},
        {"succeeded", &counts.succeeded}, {"dead", &counts.dead},       {"cancelled", &counts.cancelled},
        {"expired", &counts.expired}};
    for (auto const& [id, state] : tasks(agent)) {
        if (auto const target = targets.find(state); target != targets.end()) ++*target->second;
    }
    Sentences strangers;
    auto const agents = split_by_agent(snapshot_, options_, strangers);
    auto const found = agents.find(agent);
    if (found == agents.end()) return counts;
    for (auto const& [lane, key] : found->second.lanes)
        counts.foreign += std::ranges::count_if(key->entries, [](auto const& entry) { return !entry.has("v"); });
    return counts;
}

std::set<std::string> Keyspace::agents() const {
    Sentences strangers;
    std::set<std::string> names;
    for (auto const& [name, agent] : split_by_agent(snapshot_, options_, strangers))
        names.insert(name);
    return names;
}

std::string joined(std::vector<std::string> const& sentences) {
    std::string text;
    for (auto const& sentence : sentences)
        text += sentence + "\n";
    return text;
}

}  // namespace leat::testing
