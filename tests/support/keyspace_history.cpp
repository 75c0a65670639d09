// What happened to tasks: records against the archive, the dead letters and the counters.
#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "support/keyspace_agent.hpp"
#include "support/sentence.hpp"

namespace leat::testing {
namespace {

// All results of one task between a dispatch and its retention; replays belong to it.
struct Life {
    std::vector<StreamEntry const*> ends{};
    std::int64_t letters = 0;
};
using Lives = std::map<std::pair<std::string, std::string>, Life>;  // by task id and created_at

std::optional<std::int64_t> integer(std::string_view text) {
    std::int64_t value = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

// Words of the field `run`: "<attempt> <created_at> <started_at>[ <delivery>]".
enum RunWord { kAttempt, kCreatedAt, kStartedAt, kDelivery };

std::string_view run_word(StreamEntry const& end, RunWord number) {
    std::string_view text = end.field("run");
    for (int passed = 0; passed < number; ++passed)
        text.remove_prefix(std::min(text.find(' '), text.size() - 1) + 1);
    return text.substr(0, text.find(' '));
}

// Whether everything that was ever added to the stream is still there. Where there is no stream, nothing was.
bool is_whole(StoredKey const* stream) {
    return stream == nullptr || stream->entries_added == static_cast<std::int64_t>(stream->entries.size());
}

// The entry that a record names, which must exist unless it was trimmed.
StreamEntry const* named_entry(StoredKey const* stream, std::string const& id, std::string_view what,
                               std::string const& task, Sentences& found) {
    auto const* const entry = stream == nullptr ? nullptr : stream->entry(id);
    if (entry != nullptr) return entry;
    auto const order = entry_order(id);
    bool const trimmed = order && stream != nullptr && !is_whole(stream) &&
                         (stream->entries.empty() || order < entry_order(stream->entries.front().id));
    if (!trimmed) found.push_back(sentence("I3: the record of {} names {} {}, which does not exist", task, what, id));
    return nullptr;
}

void check_finished(AgentKeyspace const& agent, Sentences& found) {
    static std::map<std::string, std::string> const kStatus{
        {"succeeded", "success"}, {"dead", "dead"}, {"cancelled", "cancelled"}, {"expired", "expired"}};
    for (auto const& [id, record] : agent.records) {
        auto const status = kStatus.find(record.state);
        if (status == kStatus.end()) continue;
        auto const task = sentence("task {} of {}, which is {},", id, agent.name, record.state);
        bool const dead = record.state == "dead";
        auto const* const result =
            named_entry(agent.results, dead ? record.result : record.at, "the result", task, found);
        if (result != nullptr && (result->field("task_id") != id || result->field("status") != status->second))
            found.push_back(sentence("I3: the record of {} names the result of task {} with status {}", task,
                                     result->field("task_id"), result->field("status")));
        if (!dead) continue;
        auto const* const letter = named_entry(agent.dead, record.at, "the dead letter", task, found);
        if (letter != nullptr && letter->field("task_id") != id)
            found.push_back(
                sentence("I3: the record of {} names the dead letter of task {}", task, letter->field("task_id")));
    }
}

Lives lives_of(AgentKeyspace const& agent) {
    Lives lives;
    if (agent.results != nullptr) {
        for (auto const& entry : agent.results->entries) {
            if (entry.field("agent_type") != agent.name) continue;  // agents may share the stream
            lives[{std::string(entry.field("task_id")), std::string(run_word(entry, kCreatedAt))}].ends.push_back(
                &entry);
        }
    }
    if (agent.dead != nullptr) {
        for (auto const& entry : agent.dead->entries) {
            // What was no message has a letter, but was no task that ran.
            if (entry.field("agent_type") != agent.name || !entry.has("attempts")) continue;
            ++lives[{std::string(entry.field("task_id")), std::string(entry.field("created_at"))}].letters;
        }
    }
    return lives;
}

// At most one end per message, no end after an outcome that no replay can undo, attempts in a row.
void check_ends(std::string const& task, Life const& life, bool whole, Sentences& found) {
    std::set<std::string> messages;
    StreamEntry const* outcome = nullptr;
    std::optional<std::int64_t> last_attempt;
    if (whole) last_attempt = 0;
    std::int64_t deaths = 0;
    for (auto const* const end : life.ends) {
        auto const status = end->field("status");
        auto const delivery = run_word(*end, kDelivery);
        if (outcome != nullptr)
            found.push_back(sentence("I2: task {} went on after its outcome {} ({}): {} ({})", task,
                                     outcome->field("status"), outcome->id, status, end->id));
        if (status == "dead") ++deaths;
        if (status == "success" || status == "cancelled" || status == "expired") outcome = end;
        auto const attempt = integer(run_word(*end, kAttempt));
        if (run_word(*end, kStartedAt).empty())
            found.push_back(sentence("I3: {} of task {} ({}) does not say how it ran", status, task, end->id));
        if (delivery.empty()) {
            if (status == "success" || status == "retry")
                found.push_back(sentence("I3: {} of task {} ({}) names no delivery", status, task, end->id));
            continue;
        }
        if (end->field("processed_by").empty())
            found.push_back(sentence("I3: {} of task {} ({}) names no worker", status, task, end->id));
        if (!messages.insert(std::string(delivery.substr(0, delivery.find('/')))).second)
            found.push_back(sentence("I2: message {} of task {} has more than one recorded end", delivery, task));
        if (last_attempt && attempt != *last_attempt + 1)
            found.push_back(sentence("I4: attempt {} of task {} ({}) follows attempt {}", run_word(*end, kAttempt),
                                     task, end->id, *last_attempt));
        last_attempt = attempt;
    }
    if (whole && deaths != life.letters)
        found.push_back(sentence("I3: task {} died {} times, but has {} dead letters", task, deaths, life.letters));
}

void check_letters(AgentKeyspace const& agent, Sentences& found) {
    if (agent.dead == nullptr) return;
    for (auto const& letter : agent.dead->entries) {
        if (letter.field("agent_type") != agent.name) continue;
        if (letter.field("reason").empty() || letter.field("error").empty() || !letter.has("original_payload"))
            found.push_back(sentence("I3: dead letter {} of {} does not say what died and why", letter.id, agent.name));
    }
}

std::string pair_of(StoredKey const* hash, std::string const& field) {
    if (hash == nullptr) return {};
    auto const value = hash->pairs.find(field);
    return value == hash->pairs.end() ? std::string{} : value->second;
}

std::int64_t total(StoredKey const* hash, std::string const& field, std::string const& agent, Sentences& found) {
    if (hash == nullptr) return 0;
    auto const value = hash->pairs.find(field);
    if (value == hash->pairs.end()) return 0;
    auto const number = integer(value->second);
    if (!number || *number < 0)
        found.push_back(sentence("the counter {} of {} is \"{}\", no count", field, agent, value->second));
    return number.value_or(0);
}

std::int64_t with_status(AgentKeyspace const& agent, std::string_view status) {
    if (agent.results == nullptr) return 0;
    return std::ranges::count_if(agent.results->entries, [&](auto const& entry) {
        return entry.field("agent_type") == agent.name && entry.field("status") == status;
    });
}

void check_counters(AgentKeyspace const& agent, Sentences& found) {
    auto const counted = [&](std::string const& field) { return total(agent.stats, field, agent.name, found); };
    auto const ended = counted("succeeded") + counted("dead") + counted("cancelled") + counted("expired");
    auto const live = std::ranges::count_if(agent.records, [](auto const& pair) { return pair.second.live(); });
    auto const begun = counted("dispatched") + counted("replayed");
    // What an audit booked: below zero where tasks went.
    auto const unaccounted = pair_of(agent.stats, "unaccounted");
    auto const booked = integer(unaccounted.empty() ? "0" : unaccounted);
    if (!booked) found.push_back(sentence("the counter unaccounted of {} is \"{}\"", agent.name, unaccounted));
    if (begun + booked.value_or(0) - ended != live)
        found.push_back(sentence("I7: agent {} counts {} dispatched or replayed and {} ended, but {} are live",
                                 agent.name, begun, ended, live));
    static std::map<std::string, std::string> const kStatus{{"succeeded", "success"},
                                                            {"retried", "retry"},
                                                            {"dead", "dead"},
                                                            {"cancelled", "cancelled"},
                                                            {"expired", "expired"}};
    for (auto const& [field, status] : kStatus) {
        auto const number = counted(field);
        auto const archived = with_status(agent, status);
        if (is_whole(agent.results) ? number != archived : number < archived)
            found.push_back(sentence("I7: agent {} counts {} {}, the archive has {} with status {}", agent.name, number,
                                     field, archived, status));
        std::int64_t minutes = 0;
        for (auto const& [name, key] : agent.minutes)
            minutes += total(key, field, agent.name, found);
        if (minutes > number)
            found.push_back(sentence("I7: the minutes of agent {} have {} {}, the total is {}", agent.name, minutes,
                                     field, number));
    }
}

}  // namespace

void check_history(AgentKeyspace const& agent, Sentences& found) {
    check_finished(agent, found);
    bool const whole = is_whole(agent.results) && is_whole(agent.dead);
    for (auto const& [key, life] : lives_of(agent))
        check_ends(key.first + " of " + agent.name, life, whole, found);
    check_letters(agent, found);
    check_counters(agent, found);
}

}  // namespace leat::testing
