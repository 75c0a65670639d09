#include "store/store_worker.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "redis/error_class.hpp"
#include "redis/info.hpp"
#include "redis/script.hpp"
#include "scripts.gen.hpp"
#include "store/inspect_reply.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;
using redis::info_field;
using redis::Reply;
using redis::ReplyView;

constexpr std::int64_t kReplicasMax = 100;  // looked at one by one

// The first error among replies, as an error of `operation`.
std::optional<Error> first_error(std::string_view operation, std::vector<Reply> const& replies) {
    for (auto const& reply : replies) {
        if (reply.root().is_error()) return redis::error_of_reply(operation, reply.root().text());
    }
    return std::nullopt;
}

std::int64_t ms_of_time_reply(ReplyView time) {
    auto const seconds = time[0].integer().value_or(0);
    auto const micros = time[1].integer().value_or(0);
    return seconds * 1'000 + micros / 1'000;
}

nlohmann::json serving_json(WorkerBeat const& worker) {
    auto agents = nlohmann::json::array();
    for (auto const& serving : worker.agents) {
        agents.push_back({{"agent", serving.agent},
                          {"slots", serving.slots},
                          {"running", serving.running},
                          {"oldest_started_at", serving.oldest_started_at}});
    }
    return agents;
}

// Beats are written by any worker that reaches this server: absurd ones are read as empty.
void read_serving(std::string_view text, WorkerBeat& worker) {
    auto const agents = nlohmann::json::parse(text, nullptr, false);
    if (!agents.is_array()) return;
    for (auto const& item : agents) {
        if (!item.is_object()) continue;
        WorkerBeat::Serving serving;
        if (auto const agent = item.find("agent"); agent != item.end() && agent->is_string())
            serving.agent = agent->get<std::string>();
        if (auto const slots = item.find("slots"); slots != item.end() && slots->is_number_integer())
            serving.slots = slots->get<std::int64_t>();
        if (auto const running = item.find("running"); running != item.end() && running->is_number_integer()) {
            serving.running = running->get<std::int64_t>();
        }
        if (auto const at = item.find("oldest_started_at"); at != item.end() && at->is_number_integer())
            serving.oldest_started_at = at->get<std::int64_t>();
        worker.agents.push_back(std::move(serving));
    }
}

// A part of "ip=10.0.0.2,port=6379,state=online,offset=1234,lag=0".
std::string_view part_of(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        auto const part = text.substr(0, end);
        if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=')
            return part.substr(name.size() + 1);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
}

void read_replicas(std::string_view info, ServerFacts& facts) {
    facts.replicas = redis::info_number(info_field(info, "connected_slaves"));
    auto const offset = redis::info_number(info_field(info, "master_repl_offset"));
    for (std::int64_t i = 0; i < std::min(facts.replicas, kReplicasMax); ++i) {
        auto const replica = info_field(info, "slave" + std::to_string(i));
        auto const behind = offset - redis::info_number(part_of(replica, "offset"));
        facts.replica_lag_bytes = std::max(facts.replica_lag_bytes, behind);
        facts.replica_lag_seconds = std::max(facts.replica_lag_seconds, redis::info_number(part_of(replica, "lag")));
    }
    facts.link_ok = facts.role != "slave" || info_field(info, "master_link_status") == "up";
}

// A field that a server does not tell is no failure.
void read_health(std::string_view info, ServerFacts& facts) {
    facts.aof_enabled = info_field(info, "aof_enabled") == "1";
    facts.aof_write_ok =
        info_field(info, "aof_last_write_status") != "err" && info_field(info, "aof_last_bgrewrite_status") != "err";
    facts.save_ok = info_field(info, "rdb_last_bgsave_status") != "err";
    facts.loading = info_field(info, "loading") == "1";
    read_replicas(info, facts);
}

void read_events(std::string_view text, WorkerBeat& worker) {
    auto const events = nlohmann::json::parse(text, nullptr, false);
    if (!events.is_object()) return;
    for (auto const& [name, number] : events.items()) {
        if (number.is_number_integer()) worker.events.emplace(name, number.get<std::int64_t>());
    }
}

WorkerBeat beat_of_hash(std::string consumer, ReplyView hash) {
    WorkerBeat worker;
    worker.consumer = std::move(consumer);
    std::string_view field;
    bool is_field = true;
    for (auto const part : hash) {
        if (is_field) {
            field = part.text();
        } else {
            auto const value = part.text();
            if (field == "name")
                worker.name = value;
            else if (field == "host")
                worker.host = value;
            else if (field == "version")
                worker.version = value;
            else if (field == "pid")
                worker.pid = redis::info_number(value);
            else if (field == "started_at")
                worker.started_at = redis::info_number(value);
            else if (field == "rss_bytes")
                worker.rss_bytes = redis::info_number(value);
            else if (field == "draining")
                worker.draining = value == "1";
            else if (field == "agents")
                read_serving(value, worker);
            else if (field == "events")
                read_events(value, worker);
        }
        is_field = !is_field;
    }
    return worker;
}

}  // namespace

awaitable<Result<std::int64_t>> beat(redis::Connection& connection, KeySpace const& space, WorkerBeat const& worker,
                                     std::chrono::milliseconds ttl) {
    redis::ScriptCall call(scripts::kBeat, scripts::kBeatKeys);
    call.arg(space.worker(worker.consumer)).arg(ttl.count()).arg(worker.name).arg(worker.host).arg(worker.version);
    call.arg(worker.pid).arg(worker.started_at).arg(worker.rss_bytes).arg(worker.draining ? 1 : 0);
    call.arg(serving_json(worker).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    call.arg(nlohmann::json(worker.events).dump()).arg(worker.beats);
    auto const beaten = co_await redis::call(connection, std::move(call));
    if (!beaten) co_return std::unexpected(beaten.error());
    auto const now = beaten->root().integer();
    if (!now) co_return unexpected_reply("heartbeat");
    Command note("ZADD");
    note.args(space.workers(), *now, worker.consumer);
    auto const noted = co_await connection.exec(std::move(note));
    if (!noted) co_return std::unexpected(noted.error());
    if (noted->root().is_error()) co_return std::unexpected(redis::error_of_reply("heartbeat", noted->root().text()));
    co_return *now;
}

awaitable<Result<Epoch>> touch_epoch(redis::Connection& connection, KeySpace const& space, std::string_view id) {
    redis::ScriptCall call(scripts::kEpoch, scripts::kEpochKeys);
    call.arg(space.epoch()).arg(id);
    auto const reply = co_await redis::call(connection, std::move(call));
    if (!reply) co_return std::unexpected(reply.error());
    auto const beats = reply->root()[1].integer();
    if (reply->root().size() != 2 || !beats) co_return unexpected_reply("epoch");
    co_return Epoch{std::string(reply->root()[0].text()), *beats};
}

awaitable<Result<void>> forget_worker(redis::Connection& connection, KeySpace const& space, std::string_view consumer) {
    std::vector<Command> commands;
    Command remove("DEL");
    remove.arg(space.worker(consumer));
    commands.push_back(std::move(remove));
    Command forget("ZREM");
    forget.args(space.workers(), consumer);
    commands.push_back(std::move(forget));
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    if (auto error = first_error("forget worker", *replies)) co_return std::unexpected(std::move(*error));
    co_return Result<void>{};
}

awaitable<Result<std::vector<WorkerBeat>>> list_workers(redis::Connection& connection, KeySpace const& space,
                                                        std::int64_t limit) {
    Command list("ZREVRANGE");
    list.args(space.workers(), 0, limit - 1, "WITHSCORES");
    auto const listed = co_await connection.exec(std::move(list));
    if (!listed) co_return std::unexpected(listed.error());
    if (listed->root().is_error())
        co_return std::unexpected(redis::error_of_reply("list workers", listed->root().text()));

    // RESP3 nests (member, score) pairs, RESP2 answers one flat list.
    std::vector<std::pair<std::string, std::int64_t>> beats;
    auto const root = listed->root();
    bool const nested = root.size() > 0 && root[0].is_aggregate();
    std::string member;
    for (auto const item : root) {
        if (nested) {
            beats.emplace_back(item[0].text(), redis::info_number(item[1].text()));
        } else if (member.empty()) {
            member = item.text();
        } else {
            beats.emplace_back(std::exchange(member, {}), redis::info_number(item.text()));
        }
    }
    std::vector<WorkerBeat> workers;
    if (beats.empty()) co_return workers;
    std::vector<Command> commands;
    for (auto const& [consumer, at] : beats) {
        Command get("HGETALL");
        get.arg(space.worker(consumer));
        commands.push_back(std::move(get));
    }
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    for (std::size_t i = 0; i < beats.size(); ++i) {
        auto const hash = (*replies)[i].root();
        if (!hash.is_aggregate() || hash.size() == 0) continue;
        workers.push_back(beat_of_hash(beats[i].first, hash));
        workers.back().beat_at = beats[i].second;
    }
    co_return workers;
}

awaitable<Result<std::vector<std::string>>> silent_consumers(redis::Connection& connection, KeySpace const& space,
                                                             AgentKeys const& keys,
                                                             std::chrono::milliseconds idle_min) {
    std::vector<Command> commands;
    for (auto const& lane : keys.ready) {
        Command info("XINFO");
        info.args("CONSUMERS", lane, kGroup);
        commands.push_back(std::move(info));
    }
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    std::vector<std::string> silent;
    for (auto const& reply : *replies) {
        if (reply.root().is_error()) continue;  // no group yet: nobody to prune
        for (auto const consumer : reply.root()) {
            std::string name;
            std::int64_t idle = 0;
            std::string_view field;
            bool is_field = true;
            for (auto const part : consumer) {
                if (is_field)
                    field = part.text();
                else if (field == "name")
                    name = part.text();
                else if (field == "idle")
                    idle = part.integer().value_or(0);
                is_field = !is_field;
            }
            if (name.empty() || name == kReleased || idle < idle_min.count()) continue;
            if (std::ranges::find(silent, name) == silent.end()) silent.push_back(std::move(name));
        }
    }
    if (silent.empty()) co_return silent;
    std::vector<Command> checks;
    for (auto const& name : silent) {
        Command exists("EXISTS");
        exists.arg(space.worker(name));
        checks.push_back(std::move(exists));
    }
    auto const alive = co_await connection.exec_all(std::move(checks));
    if (!alive) co_return std::unexpected(alive.error());
    std::vector<std::string> gone;
    for (std::size_t i = 0; i < silent.size(); ++i) {
        if ((*alive)[i].root().integer() == 0) gone.push_back(std::move(silent[i]));
    }
    co_return gone;
}

awaitable<Result<void>> sweep(redis::Connection& connection, KeySpace const& space,
                              std::span<AgentKeys const* const> agents, std::chrono::milliseconds age,
                              std::chrono::milliseconds dead_age) {
    auto const time = co_await connection.exec(Command("TIME"));
    if (!time) co_return std::unexpected(time.error());
    auto const now = ms_of_time_reply(time->root());
    std::vector<Command> commands;
    Command registry("ZREMRANGEBYSCORE");
    registry.args(space.workers(), "-inf", now - age.count());
    commands.push_back(std::move(registry));
    for (auto const* keys : agents) {
        Command trim("XTRIM");
        trim.args(keys->dead, "MINID", "~", std::to_string(now - dead_age.count()));
        commands.push_back(std::move(trim));
    }
    auto const replies = co_await connection.exec_all(std::move(commands));
    if (!replies) co_return std::unexpected(replies.error());
    if (auto error = first_error("sweep", *replies)) co_return std::unexpected(std::move(*error));
    co_return Result<void>{};
}

awaitable<Result<void>> note_agent(redis::Connection& connection, KeySpace const& space, std::string_view agent) {
    Command add("SADD");
    add.args(space.agents(), agent);
    auto const reply = co_await connection.exec(std::move(add));
    if (!reply) co_return std::unexpected(reply.error());
    if (reply->root().is_error()) co_return std::unexpected(redis::error_of_reply("note agent", reply->root().text()));
    co_return Result<void>{};
}

ServerFacts server_facts_of(std::string_view info) {
    ServerFacts facts;
    auto const valkey = info_field(info, "valkey_version");
    facts.kind = valkey.empty() ? "redis" : "valkey";
    facts.version = valkey.empty() ? info_field(info, "redis_version") : valkey;
    facts.role = info_field(info, "role");
    facts.maxmemory_policy = info_field(info, "maxmemory_policy");
    facts.maxmemory_bytes = redis::info_number(info_field(info, "maxmemory"));
    facts.used_memory_bytes = redis::info_number(info_field(info, "used_memory"));
    facts.uptime_s = redis::info_number(info_field(info, "uptime_in_seconds"));
    read_health(info, facts);
    return facts;
}

awaitable<Result<ServerFacts>> server_facts(redis::Connection& connection) {
    auto const reply = co_await connection.exec(Command("INFO"));
    if (!reply) co_return std::unexpected(reply.error());
    if (reply->root().is_error()) co_return std::unexpected(redis::error_of_reply("INFO", reply->root().text()));
    co_return server_facts_of(reply->root().text());
}

bool is_supported(ServerFacts const& server) noexcept {
    return version_at_least(server.version, server.kind == "valkey" ? 8 : 7, 0);
}

bool version_at_least(std::string_view version, int major, int minor) noexcept {
    int got_major = 0;
    int got_minor = 0;
    auto const* const end = version.data() + version.size();
    auto const first = std::from_chars(version.data(), end, got_major);
    if (first.ec != std::errc{}) return false;
    if (first.ptr != end && *first.ptr == '.') std::from_chars(first.ptr + 1, end, got_minor);
    return got_major > major || (got_major == major && got_minor >= minor);
}

}  // namespace leat::store
