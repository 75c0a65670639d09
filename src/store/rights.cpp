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

// Commands with arguments that suit them. $… names a key or a channel: each kind once with a command that reads or
// writes it, as rules may name keys. Who needs a command is acl.cpp's to say.
constexpr auto kProbes = std::to_array<std::string_view>({
    "EVALSHA 0 0",
    "EVALSHA_RO 0 0",
    "SCRIPT LOAD x",
    "SCRIPT EXISTS x",
    "TIME",
    "INFO",
    "CONFIG GET save",
    "ACL WHOAMI",
    "LATENCY LATEST",
    "SLOWLOG GET 1",
    "CLIENT UNBLOCK 0",
    "WAIT 0 1",
    "WAITAOF 0 0 1",
    "PUBLISH $control_channel x",
    "PUBLISH $done_channel x",
    "SUBSCRIBE $control_channel",
    "SUBSCRIBE $worker_channel",
    "SUBSCRIBE $done_channel",
    // Streams.
    "XADD $lane * f v",
    "XADD $results * f v",
    "XADD $dead * f v",
    "XADD $log * f v",
    "XLEN $lane",
    "XRANGE $lane - + COUNT 1",
    "XRANGE $results - + COUNT 1",
    "XRANGE $dead - + COUNT 1",
    "XRANGE $log - + COUNT 1",
    "XREVRANGE $results + - COUNT 1",
    "XREAD COUNT 1 STREAMS $results 0",
    "XREADGROUP GROUP workers c COUNT 1 STREAMS $lane >",
    "XACK $lane workers 1-1",
    "XDEL $lane 1-1",
    "XTRIM $results MAXLEN ~ 1",
    "XTRIM $dead MINID ~ 1",
    "XPENDING $lane workers",
    "XCLAIM $lane workers c 0 1-1 JUSTID",
    "XAUTOCLAIM $lane workers c 0 0",
    "XGROUP CREATE $lane workers 0",
    "XGROUP DELCONSUMER $lane workers c",
    "XGROUP SETID $lane workers 0",
    "XINFO STREAM $lane",
    "XINFO GROUPS $lane",
    "XINFO CONSUMERS $lane workers",
    // Records.
    "GET $record",
    "SET $record v",
    "MGET $record",
    "MSET $record v",
    "DEL $record",
    "EXISTS $record",
    "EXPIRE $record 1",
    "PERSIST $record",
    "TTL $record",
    "GETRANGE $record 0 1",
    "STRLEN $record",
    "SCAN 0 COUNT 1",
    "TYPE $record",
    // What is scheduled, totals, policy.
    "ZADD $scheduled 1 m",
    "ZCARD $scheduled",
    "ZRANGE $scheduled 0 0",
    "ZCOUNT $scheduled 0 1",
    "ZRANK $scheduled m",
    "ZREM $scheduled m",
    "ZMSCORE $scheduled m",
    "ZSCORE $scheduled m",
    "ZSCAN $scheduled 0",
    "HGET $control f",
    "HMGET $control f",
    "HSET $control f v",
    "HDEL $control f",
    "HLEN $stats",
    "HINCRBY $stats f 1",
    "HGETALL $stats",
    "EXPIRE $stats 1",
    // Agents and workers.
    "SISMEMBER $agents m",
    "SADD $agents m",
    "SSCAN $agents 0",
    "ZADD $workers 1 m",
    "ZREM $workers m",
    "ZREVRANGE $workers 0 0 WITHSCORES",
    "ZREMRANGEBYSCORE $workers 0 0",
    "HSET $worker f v",
    "HGETALL $worker",
    "PEXPIRE $worker 1",
    "EXISTS $worker",
    "DEL $worker",
});

// Cuts the next word off.
std::string_view take_word(std::string_view& text) {
    auto const end = std::min(text.find(' '), text.size());
    auto const word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

// As rules of an ACL name it: "xgroup|create".
std::string rule_of(std::string_view words) {
    std::string rule;
    for (char const c : words)
        rule += c == ' ' ? '|' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return rule;
}

// The command, with its subcommand where it has one.
std::string_view words_of(std::string_view text) {
    auto rest = text;
    auto const first = take_word(rest);
    return has_subcommands(rule_of(first)) ? text.substr(0, first.size() + 1 + take_word(rest).size()) : first;
}

class Names {
  public:
    Names(KeySpace const& space, AgentKeys const& keys)
        : names_{{{"$lane", keys.lane(Lane::normal)},
                  {"$results", keys.results},
                  {"$dead", keys.dead},
                  {"$log", keys.log},
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
    std::array<std::pair<std::string_view, std::string>, 14> names_;
};

Right right_of(std::string_view probe, Names const& names) {
    Right right{.words = words_of(probe)};
    for (auto rest = probe; !rest.empty();) {
        if (auto const word = take_word(rest); word.starts_with('$')) right.where = names.of(word);
    }
    return right;
}

Command command_of(std::string_view probe, Names const& names) {
    auto rest = probe;
    Command command(take_word(rest));
    while (!rest.empty()) {
        auto const word = take_word(rest);
        command.arg(word.starts_with('$') ? names.of(word) : std::string(word));
    }
    return command;
}

void note_roles(std::vector<Right>& rights, std::string_view server_version) {
    for (auto const role : kAclRoleList) {
        auto const needed = acl_commands(role, server_version);
        for (auto& right : rights) {
            if (needed.contains(rule_of(right.words))) right.roles |= Right::bit_of(role);
        }
    }
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
    for (auto const probe : kProbes) {
        rights.push_back(right_of(probe, names));
        commands.push_back(command_of(probe, names));
    }
    note_roles(rights, connection.server().version);
    auto const replies = co_await connection.exec_all(in_transaction(std::move(commands)));
    if (!replies) co_return std::unexpected(replies.error());
    for (std::size_t i = 0; i < rights.size(); ++i)
        rights[i].access = access_of_reply((*replies)[i + 1].root());
    co_return rights;
}

std::set<std::string> probed_commands() {
    std::set<std::string> commands;
    for (auto const probe : kProbes)
        commands.insert(rule_of(words_of(probe)));
    return commands;
}

}  // namespace leat::store
