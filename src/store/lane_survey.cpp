#include "store/lane_survey.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "redis/error_class.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;
using redis::ReplyView;

constexpr std::string_view kSurvey = "survey agent";

std::string text_of(EntryId const& id) {
    return std::to_string(id.ms) + "-" + std::to_string(id.sequence);
}

// The value of a field in a map or a flat list of names and values.
ReplyView field_of(ReplyView map, std::string_view name) {
    for (auto it = map.begin(); it != map.end(); ++it) {
        bool const found = (*it).text() == name;
        if (++it == map.end()) break;
        if (found) return *it;
    }
    return {};
}

std::vector<std::pair<std::string const*, std::string_view>> wanted_types(AgentKeys const& keys) {
    std::vector<std::pair<std::string const*, std::string_view>> wanted;
    for (auto const& lane : keys.ready)
        wanted.emplace_back(&lane, "stream");
    wanted.emplace_back(&keys.results, "stream");
    wanted.emplace_back(&keys.dead, "stream");
    wanted.emplace_back(&keys.scheduled, "zset");
    wanted.emplace_back(&keys.stats, "hash");
    wanted.emplace_back(&keys.control, "hash");
    wanted.emplace_back(&keys.log, "stream");
    return wanted;
}

// XINFO STREAM, GROUPS and CONSUMERS of one lane. Errors are fine: no stream, no group, another type.
constexpr std::size_t kQuestionsPerLane = 3;

std::vector<Command> first_questions(AgentKeys const& keys) {
    std::vector<Command> commands;
    for (auto const& [key, type] : wanted_types(keys))
        commands.push_back(Command("TYPE").arg(*key));
    for (auto const& lane : keys.ready) {
        commands.push_back(Command("XINFO").args("STREAM", lane));
        commands.push_back(Command("XINFO").args("GROUPS", lane));
        commands.push_back(Command("XINFO").args("CONSUMERS", lane, kGroup));
    }
    return commands;
}

void read_lane(ReplyView stream, ReplyView groups, LaneSurvey& lane) {
    lane.length = field_of(stream, "length").integer().value_or(0);
    lane.last_generated = parse_entry_id(field_of(stream, "last-generated-id").text()).value_or(EntryId{});
    for (auto const group : groups) {
        if (field_of(group, "name").text() != kGroup) continue;
        lane.group_exists = true;
        lane.last_delivered = parse_entry_id(field_of(group, "last-delivered-id").text()).value_or(EntryId{});
    }
}

void read_consumers(ReplyView consumers, std::map<std::string, ConsumerSurvey, std::less<>>& all) {
    for (auto const consumer : consumers) {
        auto const name = field_of(consumer, "name").text();
        if (name.empty() || name == kReleased) continue;
        auto const idle = field_of(consumer, "idle").integer().value_or(0);
        auto const [at, is_new] = all.try_emplace(std::string(name));
        at->second.name = name;
        at->second.idle_ms = is_new ? idle : std::min(at->second.idle_ms, idle);
        at->second.pending += field_of(consumer, "pending").integer().value_or(0);
    }
}

// A refused command is the caller's to know; other error replies only say that something is not there.
Result<void> check_rights(std::vector<redis::Reply> const& replies) {
    for (auto const& reply : replies) {
        if (reply.root().is_error() && reply.root().text().starts_with("NOPERM"))
            return std::unexpected(redis::error_of_reply(kSurvey, reply.root().text()));
    }
    return {};
}

// The oldest entries up to the group's position, and who of that range is held by somebody.
awaitable<Result<void>> find_stranded(redis::Connection& connection, LaneSurvey& lane) {
    if (!lane.group_exists || lane.length == 0) co_return Result<void>{};
    Command range("XRANGE");
    range.args(lane.key, "-", text_of(lane.last_delivered), "COUNT", kStrandedSample);
    auto const ranged = co_await connection.exec(std::move(range));
    if (!ranged) co_return std::unexpected(ranged.error());
    auto const oldest = read_entries(kSurvey, ranged->root());
    if (!oldest) co_return std::unexpected(oldest.error());
    if (oldest->empty()) co_return Result<void>{};
    Command pending("XPENDING");
    pending.args(lane.key, kGroup, oldest->front().id(), oldest->back().id(), kStrandedSample);
    auto const held = co_await connection.exec(std::move(pending));
    if (!held) co_return std::unexpected(held.error());
    auto const lines = read_pending(kSurvey, held->root());
    if (!lines) co_return std::unexpected(lines.error());
    std::set<std::string_view> holding;
    for (auto const& line : *lines)
        holding.insert(line.entry);
    // What was settled between the two questions is held by nobody, but gone as well.
    std::vector<Command> again;
    for (auto const& entry : *oldest) {
        if (holding.contains(entry.id())) continue;
        lane.stranded.emplace_back(entry.id());
        again.push_back(Command("XRANGE").args(lane.key, entry.id(), entry.id()));
    }
    if (again.empty()) co_return Result<void>{};
    auto const still = co_await connection.exec_all(std::move(again));
    if (!still) co_return std::unexpected(still.error());
    std::vector<std::string> left;
    for (std::size_t i = 0; i < still->size(); ++i) {
        if ((*still)[i].root().size() > 0) left.push_back(std::move(lane.stranded[i]));
    }
    lane.stranded = std::move(left);
    co_return Result<void>{};
}

awaitable<Result<void>> find_beats(redis::Connection& connection, KeySpace const& space,
                                   std::vector<ConsumerSurvey>& consumers) {
    if (consumers.empty()) co_return Result<void>{};
    std::vector<Command> commands;
    for (auto const& consumer : consumers)
        commands.push_back(Command("EXISTS").arg(space.worker(consumer.name)));
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    for (std::size_t i = 0; i < consumers.size(); ++i)
        consumers[i].beats = (*replies)[i].root().integer() == 1;
    co_return Result<void>{};
}

}  // namespace

awaitable<Result<AgentSurvey>> survey_agent(redis::Connection& connection, KeySpace const& space,
                                            AgentKeys const& keys) {
    auto const replies = co_await connection.exec_all(first_questions(keys));
    if (!replies) co_return std::unexpected(replies.error());
    if (auto checked = check_rights(*replies); !checked) co_return std::unexpected(std::move(checked).error());
    AgentSurvey survey;
    auto const wanted = wanted_types(keys);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        auto const type = (*replies)[i].root().text();
        if (type != "none" && type != wanted[i].second)
            survey.wrong_types.push_back({*wanted[i].first, std::string(type), std::string(wanted[i].second)});
    }
    std::map<std::string, ConsumerSurvey, std::less<>> consumers;
    for (std::size_t i = 0; i < kLanes; ++i) {
        auto const* const answers = replies->data() + wanted.size() + i * kQuestionsPerLane;
        survey.lanes[i].key = keys.ready[i];
        read_lane(answers[0].root(), answers[1].root(), survey.lanes[i]);
        read_consumers(answers[2].root(), consumers);
        auto const looked = co_await find_stranded(connection, survey.lanes[i]);
        if (!looked) co_return std::unexpected(looked.error());
    }
    for (auto& [name, consumer] : consumers)
        survey.consumers.push_back(std::move(consumer));
    auto const asked = co_await find_beats(connection, space, survey.consumers);
    if (!asked) co_return std::unexpected(asked.error());
    co_return survey;
}

}  // namespace leat::store
