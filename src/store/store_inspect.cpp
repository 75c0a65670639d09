#include "store/store_inspect.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <utility>

#include "store/inspect_reply.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;

constexpr std::int64_t kScanStep = 500;  // names asked for with one SSCAN

Command command(std::string_view name, auto const&... arguments) {
    Command built(name);
    (built.arg(arguments), ...);
    return built;
}

std::optional<std::int64_t> longest(std::array<LaneDepth, kLanes> const& lanes,
                                    std::optional<std::int64_t> LaneDepth::*field) {
    std::optional<std::int64_t> most;
    for (auto const& lane : lanes)
        most = std::max(most, lane.*field);
    return most;
}

// What the first round trip of depth() tells of one lane.
struct LaneFacts {
    std::int64_t length = 0;
    EntryId last_delivered;
    std::optional<PendingSummary> summary;
    std::vector<PendingLine> oldest_released;  // at most one
};

constexpr std::size_t kCommandsPerLane = 4;

void ask_lane(std::vector<Command>& commands, std::string const& lane) {
    commands.push_back(command("XLEN", lane));
    commands.push_back(command("XINFO", "GROUPS", lane));
    commands.push_back(command("XPENDING", lane, kGroup));
    commands.push_back(command("XPENDING", lane, kGroup, "-", "+", 1, kReleased));
}

// Asks what each worker with deliveries in the lane has held longest; answers how many commands these are.
std::size_t ask_workers(std::vector<Command>& commands, std::string const& lane, LaneFacts const& facts) {
    if (!facts.summary) return 0;
    auto const before = commands.size();
    auto const workers = std::max<std::int64_t>(1, std::ssize(facts.summary->consumers));
    auto const sample = std::clamp(kPageMax / workers, kSilenceSample, kPendingSample);
    for (auto const& [consumer, held] : facts.summary->consumers)
        if (consumer != kReleased) commands.push_back(command("XPENDING", lane, kGroup, "-", "+", sample, consumer));
    return commands.size() - before;
}

Result<LaneFacts> read_lane(std::string_view operation, redis::Reply const* replies) {
    LaneFacts facts;
    auto const length = read_integer(operation, replies[0].root());
    if (!length) return std::unexpected(length.error());
    auto const last_delivered = read_last_delivered(operation, replies[1].root());
    if (!last_delivered) return std::unexpected(last_delivered.error());
    auto summary = read_pending_summary(operation, replies[2].root());
    if (!summary) return std::unexpected(summary.error());
    auto released = read_pending(operation, replies[3].root());
    if (!released) return std::unexpected(released.error());
    facts.length = *length;
    facts.last_delivered = *last_delivered;
    facts.summary = std::move(*summary);
    facts.oldest_released = std::move(*released);
    return facts;
}

LaneDepth count_lane(LaneFacts const& facts) {
    LaneDepth depth;
    std::int64_t released = 0;
    std::int64_t pending = 0;
    if (facts.summary) {
        pending = facts.summary->count;
        for (auto const& [consumer, held] : facts.summary->consumers)
            if (consumer == kReleased) released = held;
    }
    depth.running = std::max<std::int64_t>(0, pending - released);
    depth.ready = std::max<std::int64_t>(0, facts.length - depth.running);
    return depth;
}

std::int64_t age_of(EntryId const& entry, std::int64_t now) noexcept {
    return std::max<std::int64_t>(0, now - static_cast<std::int64_t>(std::min<std::uint64_t>(entry.ms, INT64_MAX)));
}

// Age of the oldest of both kinds of waiting entries: given back, and never delivered.
std::optional<std::int64_t> oldest_age(LaneFacts const& facts, std::vector<EntryView> const& undelivered,
                                       std::int64_t now) {
    std::optional<EntryId> oldest;
    if (!facts.oldest_released.empty()) oldest = parse_entry_id(facts.oldest_released.front().entry);
    if (!undelivered.empty()) {
        auto const first = *parse_entry_id(undelivered.front().id());
        oldest = oldest ? std::min(*oldest, first) : first;
    }
    if (!oldest) return std::nullopt;
    return age_of(*oldest, now);
}

// The longest silence among the answers about one lane's workers.
Result<std::optional<std::int64_t>> longest_silence(std::string_view operation, std::span<redis::Reply const> replies) {
    std::optional<std::int64_t> longest;
    for (auto const& reply : replies) {
        auto const lines = read_pending(operation, reply.root());
        if (!lines) return std::unexpected(lines.error());
        for (auto const& line : *lines)
            longest = std::max(longest.value_or(0), line.idle_ms);
    }
    return longest;
}

std::string text_of(EntryId const& id) {
    return std::to_string(id.ms) + "-" + std::to_string(id.sequence);
}

Result<Counters> read_counters(std::string_view operation, redis::ReplyView reply) {
    if (auto checked = check_reply(operation, reply); !checked) return std::unexpected(std::move(checked).error());
    if (!reply.is_aggregate()) return unexpected_reply(operation);
    Counters::sequence_type fields;
    fields.reserve(reply.size() / 2);
    for (auto it = reply.begin(); it != reply.end(); ++it) {
        auto const name = (*it).text();
        if (++it == reply.end()) return unexpected_reply(operation);
        if (auto const value = (*it).integer()) fields.emplace_back(std::string(name), *value);
    }
    std::ranges::sort(fields, {}, &Counters::value_type::first);
    Counters counters;
    counters.adopt_sequence(boost::container::ordered_unique_range, std::move(fields));  // a hash has each field once
    return counters;
}

}  // namespace

std::int64_t Depth::ready() const noexcept {
    std::int64_t sum = 0;
    for (auto const& lane : lanes)
        sum += lane.ready;
    return sum;
}

std::int64_t Depth::running() const noexcept {
    std::int64_t sum = 0;
    for (auto const& lane : lanes)
        sum += lane.running;
    return sum;
}

std::optional<std::int64_t> Depth::oldest_ready_ms() const noexcept {
    return longest(lanes, &LaneDepth::oldest_ready_ms);
}

std::optional<std::int64_t> Depth::oldest_idle_ms() const noexcept {
    return longest(lanes, &LaneDepth::oldest_idle_ms);
}

awaitable<Result<std::vector<std::string>>> StoreInspect::agents(KeySpace const& space) const {
    constexpr std::string_view kOperation = "list agents";
    std::vector<std::string> names;
    std::string cursor = "0";
    do {
        auto scan = command("SSCAN", space.agents(), cursor, "COUNT", kScanStep);
        auto const reply = co_await connection_->exec(std::move(scan));
        if (!reply) co_return std::unexpected(reply.error());
        auto const root = reply->root();
        if (auto checked = check_reply(kOperation, root); !checked) co_return std::unexpected(checked.error());
        if (root.size() != 2 || root[0].text().empty()) co_return unexpected_reply(kOperation);
        for (auto const name : root[1])
            if (check_name("agent name", name.text())) names.emplace_back(name.text());
        cursor = root[0].text();
    } while (cursor != "0" && std::ssize(names) < kAgentsMax);
    std::ranges::sort(names);
    auto const repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    if (std::ssize(names) > kAgentsMax) names.resize(kAgentsMax);
    co_return names;
}

awaitable<Result<Depth>> StoreInspect::depth(AgentKeys const& keys) const {
    constexpr std::string_view kOperation = "count tasks";
    std::vector<Command> commands;
    for (auto const& lane : keys.ready)
        ask_lane(commands, lane);
    commands.push_back(command("ZCARD", keys.scheduled));
    commands.push_back(command("ZRANGE", keys.scheduled, 0, 0, "WITHSCORES"));
    commands.push_back(command("XLEN", keys.results));
    commands.push_back(command("XLEN", keys.dead));
    commands.push_back(command("TIME"));
    auto const replies = co_await connection_->exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());

    Depth depth;
    std::array<LaneFacts, kLanes> lanes;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        auto facts = read_lane(kOperation, replies->data() + lane * kCommandsPerLane);
        if (!facts) co_return std::unexpected(facts.error());
        lanes[lane] = std::move(*facts);
        depth.lanes[lane] = count_lane(lanes[lane]);
        depth.group_exists = depth.group_exists || lanes[lane].summary.has_value();
    }
    auto const* const rest = replies->data() + kLanes * kCommandsPerLane;
    auto const scheduled = read_integer(kOperation, rest[0].root());
    auto const first_due = read_scored(kOperation, rest[1].root());
    auto const results = read_integer(kOperation, rest[2].root());
    auto const dead = read_integer(kOperation, rest[3].root());
    auto const now = read_time(kOperation, rest[4].root());
    if (!scheduled) co_return std::unexpected(scheduled.error());
    if (!first_due) co_return std::unexpected(first_due.error());
    if (!results) co_return std::unexpected(results.error());
    if (!dead) co_return std::unexpected(dead.error());
    if (!now) co_return std::unexpected(now.error());
    depth.scheduled = *scheduled;
    depth.results = *results;
    depth.dead = *dead;
    depth.now = *now;
    if (!first_due->empty()) depth.next_due_in_ms = first_due->front().score - *now;

    std::vector<Command> ages;
    std::array<std::size_t, kLanes> samples{};  // of each lane, behind the first waiting entry of all
    for (std::size_t lane = 0; lane < kLanes; ++lane)
        ages.push_back(
            command("XRANGE", keys.ready[lane], behind(text_of(lanes[lane].last_delivered)), "+", "COUNT", 1));
    for (std::size_t lane = 0; lane < kLanes; ++lane)
        samples[lane] = ask_workers(ages, keys.ready[lane], lanes[lane]);
    auto const answers = co_await connection_->exec_all(std::move(ages));
    if (!answers) co_return std::unexpected(answers.error());
    auto sampled = std::span(*answers).subspan(kLanes);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        auto const entries = read_entries(kOperation, (*answers)[lane].root());
        if (!entries) co_return std::unexpected(entries.error());
        depth.lanes[lane].oldest_ready_ms = oldest_age(lanes[lane], *entries, *now);
        auto const silence = longest_silence(kOperation, sampled.first(samples[lane]));
        if (!silence) co_return std::unexpected(silence.error());
        depth.lanes[lane].oldest_idle_ms = *silence;
        sampled = sampled.subspan(samples[lane]);
    }
    co_return depth;
}

awaitable<Result<std::vector<PendingByWorker>>> StoreInspect::pending(AgentKeys const& keys) const {
    constexpr std::string_view kOperation = "list pending";
    std::vector<Command> summaries;
    summaries.reserve(kLanes);
    for (auto const& lane : keys.ready)
        summaries.push_back(command("XPENDING", lane, kGroup));
    auto const replies = co_await connection_->exec_all(std::move(summaries));
    if (!replies) co_return std::unexpected(replies.error());

    std::map<std::string, PendingByWorker, std::less<>> workers;
    std::vector<Command> samples;
    std::vector<std::string> sampled;  // the worker of each sample
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        auto const summary = read_pending_summary(kOperation, (*replies)[lane].root());
        if (!summary) co_return std::unexpected(summary.error());
        if (!*summary) continue;
        for (auto const& [consumer, held] : (*summary)->consumers) {
            if (consumer == kReleased) continue;
            auto& worker = workers[std::string(consumer)];
            worker.consumer = consumer;
            worker.count += held;
            samples.push_back(command("XPENDING", keys.ready[lane], kGroup, "-", "+", kPendingSample, consumer));
            sampled.emplace_back(consumer);
        }
    }
    if (!samples.empty()) {
        samples.emplace_back("TIME");
        auto const lines_of = co_await connection_->exec_all(std::move(samples));
        if (!lines_of) co_return std::unexpected(lines_of.error());
        auto const now = read_time(kOperation, lines_of->back().root());
        if (!now) co_return std::unexpected(now.error());
        for (std::size_t i = 0; i < sampled.size(); ++i) {
            auto const lines = read_pending(kOperation, (*lines_of)[i].root());
            if (!lines) co_return std::unexpected(lines.error());
            auto& worker = workers[sampled[i]];
            for (auto const& line : *lines) {
                worker.oldest_idle_ms = std::max(worker.oldest_idle_ms, line.idle_ms);
                worker.deliveries_max = std::max(worker.deliveries_max, line.deliveries);
                if (auto const entry = parse_entry_id(line.entry))
                    worker.oldest_running_ms = std::max(worker.oldest_running_ms, age_of(*entry, *now));
            }
        }
    }
    std::vector<PendingByWorker> sorted;
    sorted.reserve(workers.size());
    for (auto& [name, worker] : workers)
        sorted.push_back(std::move(worker));
    co_return sorted;
}

awaitable<Result<Counters>> StoreInspect::stats(AgentKeys const& keys) const {
    auto read = command("HGETALL", keys.stats);
    auto const reply = co_await connection_->exec(std::move(read));
    if (!reply) co_return std::unexpected(reply.error());
    co_return read_counters("read statistics", reply->root());
}

awaitable<Result<std::vector<MinuteCounters>>> StoreInspect::stats_minutes(AgentKeys const& keys, std::int64_t last,
                                                                           std::int64_t count) const {
    std::vector<MinuteCounters> minutes;
    count = std::clamp<std::int64_t>(count, 0, kMinutesMax);
    if (count == 0) co_return minutes;
    std::vector<Command> reads;
    for (auto minute = last - count + 1; minute <= last; ++minute)
        reads.push_back(command("HGETALL", keys.stats_minute(minute)));
    auto const replies = co_await connection_->exec_all(std::move(reads));
    if (!replies) co_return std::unexpected(replies.error());
    for (auto const& reply : *replies) {
        auto counters = read_counters("read statistics", reply.root());
        if (!counters) co_return std::unexpected(counters.error());
        minutes.push_back({.minute = last - count + 1 + std::ssize(minutes), .counters = std::move(*counters)});
    }
    co_return minutes;
}

}  // namespace leat::store
