#include "store/acl.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "store/scripts.hpp"
#include "store/store_worker.hpp"

namespace leat::store {
namespace {

// Sets of roles.
constexpr unsigned kProducer = 1U << static_cast<unsigned>(AclRole::producer);
constexpr unsigned kWorker = 1U << static_cast<unsigned>(AclRole::worker);
constexpr unsigned kViewer = 1U << static_cast<unsigned>(AclRole::viewer);
constexpr unsigned kAdmin = 1U << static_cast<unsigned>(AclRole::admin);
constexpr unsigned kWorkers = kWorker | kAdmin;
constexpr unsigned kViewers = kViewer | kAdmin;
constexpr unsigned kWriters = kProducer | kWorkers;
constexpr unsigned kAll = kWriters | kViewer;

// Names with blanks between them, and the roles that have them.
struct Grant {
    unsigned roles;
    std::string_view names;
};

// Commands that are sent as such, not inside a script.
constexpr std::array kCommands{
    // every connection
    Grant{kAll, "hello ping select client|setname subscribe unsubscribe evalsha_ro"}, Grant{kWriters, "evalsha"},
    Grant{kWorkers, "script|load script|exists"},
    // clients
    Grant{kAll, "hmget"}, Grant{kWriters, "sadd wait waitaof"},
    // workers
    Grant{kWorkers, "client|unblock del exists expire hincrby sismember zadd zrem zremrangebyscore"},
    Grant{kWorkers, "xreadgroup xack xadd xautoclaim xdel xtrim xgroup|create xinfo|consumers"},
    Grant{kWorkers, "scan set xrange zscan"}, Grant{kWorkers | kViewer, "info time xpending"},
    // looking
    Grant{kViewers, "get hgetall sscan type zcard zcount zrange zrank zrevrange"},
    Grant{kViewers, "xlen xrange xread xrevrange xinfo|groups"},
    // administration
    Grant{kAdmin, "config|get hset hdel publish"},
    Grant{kAdmin, "acl|whoami latency|latest slowlog|get multi discard"},  // leat doctor
};

constexpr std::array kScripts{
    Grant{kAll, "task"},
    Grant{kWriters, "cancel dispatch"},
    Grant{kWorkers, "beat front_leave prune_consumer promote reclaim register release remove renew settle"},
    Grant{kWorkers, "audit balance epoch gauge inherit mend restore survey"},
    Grant{kAdmin, "replay reprioritise"},
};

struct Since {
    std::string_view command;
    int major;
    int minor;
};
// Commands that the oldest server does not know.
constexpr std::array kNewer{Since{"waitaof", 7, 2}};

bool is_known(std::string_view command, std::string_view server_version) {
    auto const* const newer = std::ranges::find(kNewer, command, &Since::command);
    return newer == kNewer.end() || version_at_least(server_version, newer->major, newer->minor);
}

std::set<std::string_view> names_of(std::span<Grant const> grants, AclRole role) {
    std::set<std::string_view> names;
    for (auto const& grant : grants) {
        if ((grant.roles & (1U << static_cast<unsigned>(role))) == 0) continue;
        for (auto rest = grant.names; !rest.empty();) {
            auto const end = std::min(rest.find(' '), rest.size());
            names.insert(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return names;
}

// A key as a pattern that matches only it.
std::string literal(std::string_view key) {
    std::string pattern;
    for (char const c : key) {
        if (std::string_view("*?[]\\").find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return pattern;
}

// A server with a viewer's rights watches, and takes its turns in telling of alerts: on those keys alone.
std::string alert_rule(std::string const& prefix) {
    return "(~" + prefix + ":alerts ~" + prefix + ":alert:* +set +del +hset +hdel +pexpire)";
}

}  // namespace

std::string_view to_string(AclRole role) noexcept {
    switch (role) {
        case AclRole::producer:
            return "producer";
        case AclRole::worker:
            return "worker";
        case AclRole::viewer:
            return "viewer";
        case AclRole::admin:
            return "admin";
    }
    return "unknown";
}

std::optional<AclRole> acl_role_from_string(std::string_view name) noexcept {
    for (auto const role : kAclRoleList) {
        if (to_string(role) == name) return role;
    }
    return std::nullopt;
}

bool has_subcommands(std::string_view command) noexcept {
    constexpr std::array<std::string_view, 8> kContainers{"acl",    "client",  "config", "latency",
                                                          "script", "slowlog", "xgroup", "xinfo"};
    return std::ranges::find(kContainers, command) != kContainers.end();
}

std::set<std::string_view> acl_scripts(AclRole role) {
    return names_of(kScripts, role);
}

std::set<std::string> acl_commands(AclRole role, std::string_view server_version) {
    std::set<std::string> commands;
    for (auto const command : names_of(kCommands, role)) {
        if (is_known(command, server_version)) commands.emplace(command);
    }
    // A script runs with the rights of its caller.
    for (auto const script : acl_scripts(role))
        commands.merge(script_commands(script));
    return commands;
}

std::vector<std::string> acl_rules(AclRole role, AclScope const& scope, std::string_view server_version) {
    std::vector<std::string> rules{"reset", "on"};
    std::string const keys = role == AclRole::viewer ? "%R~" : "~";
    rules.push_back(keys + scope.prefix + ":*");
    std::set<std::string> const streams(scope.streams.begin(), scope.streams.end());
    for (auto const& stream : streams)
        rules.push_back(keys + literal(stream));
    rules.push_back("&" + scope.prefix + ":*");
    rules.emplace_back("-@all");
    for (auto const& command : acl_commands(role, server_version))
        rules.push_back("+" + command);
    if (role == AclRole::viewer) rules.push_back(alert_rule(scope.prefix));
    return rules;
}

}  // namespace leat::store
