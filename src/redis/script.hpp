#pragma once
// Lua scripts by content: EVALSHA, and on NOSCRIPT load once and send again.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "redis/connection.hpp"

namespace leat::redis {

struct Script {
    std::string_view name;    // "settle"
    std::string_view source;  // Lua text
    std::string_view sha1;    // 40 lower-case hex digits of `source`
};

// What a script does with its keys: users who may only read may still call scripts that only read.
enum class ScriptAccess : std::uint8_t { write, read };

// Builds the call: EVALSHA (or EVALSHA_RO) sha n keys… args…
class ScriptCall {
  public:
    explicit ScriptCall(Script const& script, std::size_t key_count, ScriptAccess access = ScriptAccess::write);
    ScriptCall& arg(std::string_view value) {
        command_.arg(value);
        return *this;
    }
    template <std::integral Integer>
    ScriptCall& arg(Integer value) {
        command_.arg(value);
        return *this;
    }
    [[nodiscard]] Script const& script() const noexcept { return *script_; }
    [[nodiscard]] Command const& command() const noexcept { return command_; }
    void reserve(std::size_t bytes) { command_.reserve(bytes); }

  private:
    Script const* script_;
    Command command_;
};

// Runs the script. A script that the server has forgotten is loaded and the call sent again (the refused call surely
// did not run). Error replies become errors by `error_of_reply`. Errors: as Connection::exec.
[[nodiscard]] boost::asio::awaitable<Result<Reply>> call(Connection& connection, ScriptCall script_call,
                                                         ExecOptions options = {});

// The replies to a script and to a command that was sent right behind it, on the same connection.
struct FollowedReply {
    Reply script;
    Reply follower;  // perhaps an error reply
};
// call(), and `follower` in the same write: for WAIT and its like, which speak of what this very connection wrote.
// Where the script was loaded first, the reply is that of the second send.
[[nodiscard]] boost::asio::awaitable<Result<FollowedReply>> call_followed(Connection& connection,
                                                                          ScriptCall script_call, Command follower,
                                                                          ExecOptions options = {});

}  // namespace leat::redis
