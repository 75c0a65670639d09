#include "store/rights.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "redis/error_class.hpp"

namespace leat::store {
namespace {

using boost::asio::awaitable;
using redis::Command;

constexpr std::uint8_t bit(Role role) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(role));
}
constexpr std::uint8_t kC = bit(Role::client);
constexpr std::uint8_t kW = bit(Role::worker);
constexpr std::uint8_t kV = bit(Role::viewer) | bit(Role::admin);
constexpr std::uint8_t kA = bit(Role::admin);
constexpr std::uint8_t kAll = kC | kW | kV;

// One command with arguments that suit it. $… names a key or a channel.
struct Probe {
    std::string_view text;
    std::uint8_t roles;
};

constexpr std::array kProbes{
    Probe{"EVALSHA 0 0", kAll},
    Probe{"EVALSHA_RO 0 0", kAll},
    Probe{"SCRIPT LOAD x", kAll},
    Probe{"SCRIPT EXISTS x", kW | kA},
    Probe{"TIME", kAll},
    Probe{"INFO", kW},
    Probe{"PUBLISH $control_channel x", kC | kW | kA},
    Probe{"PUBLISH $done_channel x", kW | kA},
    Probe{"SUBSCRIBE $control_channel", kW},
    Probe{"SUBSCRIBE $worker_channel", kW},
    Probe{"SUBSCRIBE $done_channel", kC},
    // Streams.
    Probe{"XADD $lane * f v", kC | kW | kA},
    Probe{"XADD $results * f v", kC | kW | kA},
    Probe{"XADD $dead * f v", kW | kA},
    Probe{"XLEN $lane", kAll},
    Probe{"XRANGE $lane - + COUNT 1", kAll},
    Probe{"XRANGE $results - + COUNT 1", kAll},
    Probe{"XRANGE $dead - + COUNT 1", kAll},
    Probe{"XREVRANGE $results + - COUNT 1", kV},
    Probe{"XREAD COUNT 1 STREAMS $results 0", kV},
    Probe{"XREADGROUP GROUP workers c COUNT 1 STREAMS $lane >", kW},
    Probe{"XACK $lane workers 1-1", kC | kW | kA},
    Probe{"XDEL $lane 1-1", kC | kW | kA},
    Probe{"XTRIM $results MAXLEN ~ 1", kC | kW | kA},
    Probe{"XTRIM $dead MINID ~ 1", kW | kA},
    Probe{"XPENDING $lane workers", kAll},
    Probe{"XCLAIM $lane workers c 0 1-1 JUSTID", kW | kA},
    Probe{"XAUTOCLAIM $lane workers c 0 0", kW},
    Probe{"XGROUP CREATE $lane workers 0", kW},
    Probe{"XGROUP DELCONSUMER $lane workers c", kW},
    Probe{"XGROUP SETID $lane workers 0", kW},
    Probe{"XINFO STREAM $lane", kW | kV},
    Probe{"XINFO GROUPS $lane", kW | kV},
    Probe{"XINFO CONSUMERS $lane workers", kW | kV},
    // Records.
    Probe{"GET $record", kAll},
    Probe{"SET $record v", kC | kW | kA},
    Probe{"MGET $record", kC | kW | kA},
    Probe{"MSET $record v", kC | kW | kA},
    Probe{"DEL $record", kC | kA},
    Probe{"EXISTS $record", kC | kW | kA},
    Probe{"EXPIRE $record 1", kW | kA},
    Probe{"PERSIST $record", kW | kA},
    Probe{"TTL $record", kW | kA},
    Probe{"GETRANGE $record 0 1", kW | kA},
    Probe{"STRLEN $record", kW | kA},
    Probe{"SCAN 0 COUNT 1", kW | kA},
    Probe{"TYPE $record", kV},
    // What is scheduled, totals, policy.
    Probe{"ZADD $scheduled 1 m", kC | kW | kA},
    Probe{"ZCARD $scheduled", kAll},
    Probe{"ZRANGE $scheduled 0 0", kAll},
    Probe{"ZREM $scheduled m", kC | kW | kA},
    Probe{"ZMSCORE $scheduled m", kW},
    Probe{"ZSCORE $scheduled m", kW | kA},
    Probe{"ZSCAN $scheduled 0", kW | kA},
    Probe{"HGET $control f", kC},
    Probe{"HMGET $control f", kAll},
    Probe{"HSET $control f v", kW | kA},
    Probe{"HDEL $control f", kA},
    Probe{"HLEN $stats", kC | kW | kA},
    Probe{"HINCRBY $stats f 1", kC | kW | kA},
    Probe{"HGETALL $stats", kV},
    Probe{"EXPIRE $stats 1", kW},
    // Agents and workers.
    Probe{"SISMEMBER $agents m", kC | kW},
    Probe{"SADD $agents m", kC | kW},
    Probe{"SSCAN $agents 0", kV},
    Probe{"ZADD $workers 1 m", kW},
    Probe{"ZREM $workers m", kW},
    Probe{"ZREVRANGE $workers 0 0 WITHSCORES", kV},
    Probe{"ZREMRANGEBYSCORE $workers 0 0", kW},
    Probe{"HSET $worker f v", kW},
    Probe{"HGETALL $worker", kV},
    Probe{"PEXPIRE $worker 1", kW},
    Probe{"EXISTS $worker", kW | kV},
    Probe{"DEL $worker", kW},
};

// Cuts the next word off.
std::string_view take_word(std::string_view& text) {
    auto const end = std::min(text.find(' '), text.size());
    auto const word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

// The command, with its subcommand where it has one.
std::string_view words_of(std::string_view text) {
    auto rest = text;
    auto const first = take_word(rest);
    bool const container = first == "XGROUP" || first == "XINFO" || first == "SCRIPT";
    return container ? text.substr(0, first.size() + 1 + take_word(rest).size()) : first;
}

class Names {
  public:
    Names(KeySpace const& space, AgentKeys const& keys)
        : names_{{{"$lane", keys.lane(Lane::normal)},
                  {"$results", keys.results},
                  {"$dead", keys.dead},
                  {"$record", keys.task("doctor")},
                  {"$scheduled", keys.scheduled},
                  {"$stats", keys.stats},
                  {"$control", keys.control},
                  {"$agents", space.agents()},
                  {"$workers", space.workers()},
                  {"$worker", space.worker("doctor")},
                  {"$control_channel", keys.control_channel},
                  {"$done_channel", keys.done_channel},
                  {"$worker_channel", space.worker_channel("doctor")}}} {}

    [[nodiscard]] std::string of(std::string_view word) const {
        for (auto const& [name, value] : names_)
            if (name == word) return value;
        return {};
    }

  private:
    std::array<std::pair<std::string_view, std::string>, 13> names_;
};

Right right_of(Probe const& probe, Names const& names) {
    Right right{.words = words_of(probe.text), .where = {}, .roles = probe.roles, .access = Access::allowed};
    for (auto rest = probe.text; !rest.empty();) {
        if (auto const word = take_word(rest); word.starts_with('$')) right.where = names.of(word);
    }
    return right;
}

Command command_of(Probe const& probe, Names const& names) {
    auto rest = probe.text;
    Command command(take_word(rest));
    while (!rest.empty()) {
        auto const word = take_word(rest);
        command.arg(word.starts_with('$') ? names.of(word) : std::string(word));
    }
    return command;
}

std::vector<Command> in_transaction(std::vector<Command> queued) {
    std::vector<Command> commands;
    commands.reserve(queued.size() + 2);
    commands.push_back(Command("MULTI"));
    for (auto& command : queued)
        commands.push_back(std::move(command));
    commands.push_back(Command("DISCARD"));
    return commands;
}

}  // namespace

std::string_view to_string(Role role) noexcept {
    switch (role) {
        case Role::client:
            return "client";
        case Role::worker:
            return "worker";
        case Role::viewer:
            return "viewer";
        case Role::admin:
            return "admin";
    }
    return "client";
}

Access access_of_reply(redis::ReplyView reply) noexcept {
    if (!reply.is_error()) return Access::allowed;
    auto const text = reply.text();
    if (text.starts_with("ERR unknown")) return Access::not_on_server;
    // Others (OOM, READONLY, …) are about the server's state, which has checks of its own.
    if (!text.starts_with("NOPERM")) return Access::allowed;
    if (text.find(" channels ") != std::string_view::npos) return Access::no_channel;
    if (text.find(" keys ") != std::string_view::npos) return Access::no_key;
    return Access::no_command;
}

awaitable<Result<std::vector<Right>>> probe_rights(redis::Connection& connection, KeySpace const& space,
                                                   AgentKeys const& keys) {
    // Without a transaction the commands would run, so it is tried empty first. All of one is one write: a lost
    // connection cannot leave a part of it outside.
    auto const tried = co_await connection.exec_all(in_transaction({}));
    if (!tried) co_return std::unexpected(tried.error());
    for (auto const& reply : *tried) {
        if (reply.root().is_error())
            co_return std::unexpected(redis::error_of_reply("probe rights", reply.root().text()));
    }
    Names const names(space, keys);
    std::vector<Right> rights;
    std::vector<Command> commands;
    for (auto const& probe : kProbes) {
        rights.push_back(right_of(probe, names));
        commands.push_back(command_of(probe, names));
    }
    auto const replies = co_await connection.exec_all(in_transaction(std::move(commands)));
    if (!replies) co_return std::unexpected(replies.error());
    for (std::size_t i = 0; i < rights.size(); ++i)
        rights[i].access = access_of_reply((*replies)[i + 1].root());
    co_return rights;
}

std::vector<std::string_view> commands_of(Role role) {
    std::vector<std::string_view> commands;
    for (auto const& probe : kProbes) {
        auto const words = words_of(probe.text);
        if ((probe.roles & bit(role)) != 0 && std::ranges::find(commands, words) == commands.end())
            commands.push_back(words);
    }
    return commands;
}

std::string acl_of(Role role) {
    std::string rules;
    for (auto const command : commands_of(role)) {
        rules += rules.empty() ? "+" : " +";
        for (char const c : command)
            rules += c == ' ' ? '|' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return rules;
}

}  // namespace leat::store
