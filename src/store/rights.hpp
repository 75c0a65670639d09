#pragma once
// What the present user may do: each command that Leat uses, asked for without running it.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "redis/connection.hpp"
#include "store/acl.hpp"
#include "store/keys.hpp"

namespace leat::store {

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
    std::string where{};     // the key or channel that was asked for; empty where there is none
    std::uint8_t roles = 0;  // bits of bit_of()
    Access access = Access::allowed;

    [[nodiscard]] static std::uint8_t bit_of(AclRole role) noexcept {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(role));
    }
    [[nodiscard]] bool needed_by(AclRole role) const noexcept { return (roles & bit_of(role)) != 0; }
};

// Asks for every command on `keys`, queued in a transaction that is then discarded: nothing runs. Two round trips.
// Errors as Connection::exec; denied or unsupported where the server or the user has no transactions.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<Right>>> probe_rights(redis::Connection& connection,
                                                                              KeySpace const& space,
                                                                              AgentKeys const& keys);

// What is asked for, as rules of an ACL name it ("xgroup|create").
[[nodiscard]] std::set<std::string> probed_commands();

// What the server said to one queued command.
[[nodiscard]] Access access_of_reply(redis::ReplyView reply) noexcept;

}  // namespace leat::store
