#pragma once
// One connection to Redis that is kept alive for ever and shared by any number of coroutines.
//
// Commands of concurrent callers are pipelined: whatever is queued while a write is under way goes out with the next
// one, replies are matched in order. After a loss, commands already written end with `unknown_outcome` (we cannot know
// whether they ran; the caller resends what is safe to resend), commands not yet written stay queued for the next
// connection until their deadline, then end with `unavailable`. A connection is never used again after a missing reply.
//
// All functions are to be called on the executor's one thread.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "leat/error.hpp"
#include "redis/command.hpp"
#include "redis/connect_options.hpp"
#include "redis/reply.hpp"

namespace leat::redis {

// What the server said of itself in HELLO (or INFO, where HELLO is refused).
struct ServerInfo {
    int protocol = 0;     // 3, or 2 where HELLO 3 was refused
    std::string version;  // "7.0.15"
    std::string mode;     // "standalone", "cluster", "sentinel"
    std::string role;     // "master", "replica"
    std::string address;  // where it is: "127.0.0.1:6379" or the path of a socket; with sentinels, what they named
    std::int64_t client_id = 0;
};

struct ConnectionEvents {
    // After each successful handshake, before queued commands go out.
    std::function<void(ServerInfo const&)> on_connected;
    // After each loss or failed attempt; `failures` in a row, 1 for the first. A connection that lived shorter than
    // ConnectOptions::reconnect_delay_max does not end the row.
    std::function<void(Error const&, int failures)> on_disconnected;
    // RESP3 push messages and, on a subscribed RESP2 connection, pub/sub messages.
    std::function<void(ReplyView)> on_push;
};

struct ExecOptions {
    // Time for the reply, from when the command is written and the replies to all before it are there; 0:
    // ConnectOptions::command_timeout. For blocking commands pass at least twice the BLOCK time plus 5 s (BLOCK may
    // overrun).
    std::chrono::milliseconds reply_timeout{0};
    // Time in the queue while there is no connection; 0: ConnectOptions::connect_timeout.
    std::chrono::milliseconds queue_timeout{0};
};

class Connection {
  public:
    // `jitter_seed` spreads reconnects; 0: seeded by the operating system.
    Connection(boost::asio::any_io_executor executor, ConnectOptions options, ConnectionEvents events = {},
               std::uint64_t jitter_seed = 0);
    ~Connection();  // run() must have returned
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    // Connects, shakes hands (HELLO 3 AUTH SETNAME, SELECT; RESP2 with AUTH where HELLO is unknown), serves, reconnects
    // with jittered backoff, until close(). Spawn it once in a TaskGroup. A fatal answer (WRONGPASS, NOPERM, a
    // certificate that is not accepted) fails the queued and all new commands with `denied` and keeps trying at the
    // longest delay. With sentinels, each attempt asks them where the master is and serves only a server that says that
    // it is one.
    [[nodiscard]] boost::asio::awaitable<void> run();

    // Ends run() and fails everything queued or unanswered with `cancelled`. Idempotent.
    void close();

    // Drops the present socket; run() reconnects at once. For watchdogs and READONLY.
    void drop(std::string_view why);

    // Another ConnectOptions::reconnect_delay_max from the next attempt on.
    void set_reconnect_delay_max(std::chrono::milliseconds delay);

    // Sends one command and awaits its reply. An error *reply* is a value here (ReplyType::error), except that
    // LOADING, READONLY, MASTERDOWN and UNBLOCKED also make the connection reconnect with backoff.
    // SUBSCRIBE and its like take one channel here and are answered by their confirmation.
    // Errors: unavailable (surely not sent), unknown_outcome (sent, no reply), cancelled (closed), denied (surely not
    // sent). Cancelling the awaiting coroutine abandons the reply, not the command.
    [[nodiscard]] boost::asio::awaitable<Result<Reply>> exec(Command command, ExecOptions options = {});
    // Without a copy: the command must live until the reply is there.
    [[nodiscard]] boost::asio::awaitable<Result<Reply>> exec(std::reference_wrapper<Command const> command,
                                                             ExecOptions options = {});

    // Sends several commands in one write and awaits all replies, in order. Fails as a whole on a lost connection.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<Reply>>> exec_all(std::vector<Command> commands,
                                                                              ExecOptions options = {});

    [[nodiscard]] bool connected() const noexcept;
    [[nodiscard]] ServerInfo const& server() const noexcept;
    [[nodiscard]] ConnectOptions const& options() const noexcept;
    [[nodiscard]] boost::asio::any_io_executor executor() const noexcept;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace leat::redis
