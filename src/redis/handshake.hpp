#pragma once
// What to say on a new connection and what the answers mean. No I/O.
//
// RESP3: HELLO 3 with AUTH and SETNAME. Where HELLO is unknown or forbidden, RESP2: AUTH, CLIENT SETNAME, INFO. Then
// SELECT where another database than 0 is wanted, and PING, which tells a server that is still loading its data.
#include <cstdint>
#include <optional>

#include "leat/error.hpp"
#include "redis/command.hpp"
#include "redis/connect_options.hpp"
#include "redis/connection.hpp"
#include "redis/reply.hpp"

namespace leat::redis {

class Handshake {
  public:
    // `options` must outlive the handshake.
    explicit Handshake(ConnectOptions const& options) : options_(&options) {}

    // What to send now; nullopt: done, server() is complete.
    [[nodiscard]] std::optional<Command> next() const;
    // The reply to it. Errors end the attempt: denied, invalid_input (no such database), unsupported, corrupt (not a
    // Redis server), unavailable (loading, too many clients). Their text never holds the password.
    [[nodiscard]] Result<void> on_reply(ReplyView reply);
    [[nodiscard]] ServerInfo const& server() const noexcept { return server_; }

  private:
    enum class Step : std::uint8_t { hello, auth, set_name, info, select, ping, done };

    [[nodiscard]] Result<void> on_hello(ReplyView reply);
    [[nodiscard]] Result<void> on_auth(ReplyView reply);
    [[nodiscard]] Result<void> on_select(ReplyView reply);
    [[nodiscard]] Result<void> on_ping(ReplyView reply);
    void on_info(ReplyView reply);
    [[nodiscard]] Step after_login() const noexcept { return options_->database != 0 ? Step::select : Step::ping; }
    [[nodiscard]] bool has_credentials() const noexcept;
    [[nodiscard]] Result<void> refusal(ReplyView reply) const;

    ConnectOptions const* options_;
    ServerInfo server_;
    Step step_ = Step::hello;
};

}  // namespace leat::redis
