#pragma once
// Redis users with no more rights than their part needs: which commands, keys and channels. The commands inside the
// scripts are read from the scripts themselves; a test compares the others with the sources. No I/O.
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace leat::store {

enum class AclRole : std::uint8_t {
    producer,  // what leat::Client does: dispatch, wait, look up, cancel
    worker,    // producer, and what leat::Worker does; loads the scripts
    viewer,    // looks at everything, changes nothing but whose turn it is to tell of an alert
    admin,     // worker and viewer, and replays, purges, pauses, repairs, reads the server's settings
};
inline constexpr std::array kAclRoleList{AclRole::producer, AclRole::worker, AclRole::viewer, AclRole::admin};
inline constexpr std::string_view kAclRoles = "producer, worker, viewer or admin";
[[nodiscard]] std::string_view to_string(AclRole role) noexcept;
[[nodiscard]] std::optional<AclRole> acl_role_from_string(std::string_view name) noexcept;

// What a user may touch.
struct AclScope {
    std::string prefix = "leat";
    std::vector<std::string> streams{};  // keys outside the prefix: the front door, shared results and dead letters
};

// Commands of a role as ACL rules write them ("xadd", "xgroup|create"), those that this version of Redis knows. A rule
// with a command that the server does not know makes it refuse the whole user.
[[nodiscard]] std::set<std::string> acl_commands(AclRole role, std::string_view server_version);
// The rules behind `ACL SETUSER name`. The user has no password, so it cannot log in before it is given one.
[[nodiscard]] std::vector<std::string> acl_rules(AclRole role, AclScope const& scope, std::string_view server_version);

// Scripts that a role calls; every script is some role's.
[[nodiscard]] std::set<std::string_view> acl_scripts(AclRole role);
// Whether ACL rules name this command with its subcommand ("xgroup").
[[nodiscard]] bool has_subcommands(std::string_view command) noexcept;

}  // namespace leat::store
