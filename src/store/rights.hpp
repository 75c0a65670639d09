#pragma once
// What the present user may do: each command that Leat uses, asked for without running it.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"

namespace leat::store {

// Who speaks to Redis. Each needs other commands.
enum class Role : std::uint8_t {
    client,  // dispatches, waits, looks up, cancels
    worker,  // serves agents
    viewer,  // listings: `leat agent list`, `leat pending`, …
    admin,   // pauses, replays, purges, moves; includes looking
};
inline constexpr int kRoles = 4;
[[nodiscard]] std::string_view to_string(Role role) noexcept;

enum class Access : std::uint8_t {
    allowed,
    no_command,     // this user may not run it
    no_key,         // not on a key of Leat
    no_channel,     // not on a channel of Leat
    not_on_server,  // this server does not know it
};

// A command and who needs it.
struct Right {
    std::string_view words;  // "XGROUP CREATE". Static storage.
    std::string where;       // the key or channel that was asked for; empty where there is none
    std::uint8_t roles = 0;  // a bit per Role
    Access access = Access::allowed;

    [[nodiscard]] bool needed_by(Role role) const noexcept { return (roles >> static_cast<int>(role) & 1) != 0; }
};

// Asks for every command on `keys`, queued in a transaction that is then discarded: nothing runs. Two round trips.
// Errors as Connection::exec; denied or unsupported where the server or the user has no transactions.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<Right>>> probe_rights(redis::Connection& connection,
                                                                              KeySpace const& space,
                                                                              AgentKeys const& keys);

// The commands that a role needs, each once, as in the first place of the table.
[[nodiscard]] std::vector<std::string_view> commands_of(Role role);
// The same as rules of an ACL: "+evalsha +script|load …".
[[nodiscard]] std::string acl_of(Role role);

// What the server said to one queued command.
[[nodiscard]] Access access_of_reply(redis::ReplyView reply) noexcept;

}  // namespace leat::store
