#pragma once
// With LEAT_TEST_ACL set, tests connect as the users that `leat acl` describes: what passes then needs no more rights.
// Its value names the role under test where a test takes one (else admin); what that role may not do, and a test needs
// beside it, is done as admin.
#include <cstdlib>
#include <string>
#include <vector>

#include "redis/connection.hpp"
#include "store/acl.hpp"
#include "support/redis_server.hpp"

namespace leat::testing {

inline bool uses_acl() {
    return std::getenv("LEAT_TEST_ACL") != nullptr;
}
inline store::AclRole tested_role() {
    auto const* const named = std::getenv("LEAT_TEST_ACL");
    return store::acl_role_from_string(named == nullptr ? "" : named).value_or(store::AclRole::admin);
}

// Any version that is old enough for all servers: commands of later ones are left out.
inline constexpr std::string_view kOldestServer = "7.0";

// The arguments, and behind them the users of all roles: they survive a restart.
inline std::vector<std::string> with_acl_users(std::vector<std::string> arguments) {
    if (!uses_acl()) return arguments;
    store::AclScope scope;
    scope.streams = {"tasks", "shared:results", "shared:dead"};
    for (auto const role :
         {store::AclRole::producer, store::AclRole::worker, store::AclRole::viewer, store::AclRole::admin}) {
        arguments.emplace_back("--user");
        arguments.emplace_back(to_string(role));
        for (auto const& rule : store::acl_rules(role, scope, kOldestServer))
            arguments.push_back(rule);
        arguments.emplace_back(">pw");
    }
    return arguments;
}

// Who a test is where it connects as that role.
inline std::string user_as(store::AclRole role) {
    return std::string(uses_acl() ? to_string(role) : "default");
}

inline std::string url_as(RedisServer const& server, store::AclRole role) {
    if (!uses_acl()) return server.url();
    return "unix://" + std::string(to_string(role)) + ":pw@" + server.socket_path();
}

}  // namespace leat::testing
