#pragma once
// A blocking connection to the server for those parts of a run that have no loop of their own: faults, final reading.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "async/io_thread.hpp"
#include "async/task_group.hpp"
#include "leat/error.hpp"
#include "leat/options.hpp"
#include "redis/connection.hpp"

namespace leat::cli::chaos {

// Any thread. Reconnects by itself.
class RedisLink {
  public:
    // Errors: invalid_input for malformed options. Connects when first used.
    [[nodiscard]] static Result<std::unique_ptr<RedisLink>> open(ConnectionOptions const& options);
    ~RedisLink();
    RedisLink(RedisLink const&) = delete;
    RedisLink& operator=(RedisLink const&) = delete;

    // Sends one command and waits for its reply, at most `timeout` for a connection and as long for the reply (0: the
    // connection's own limits). An error *reply* fails too, as `unsupported` with the server's words.
    // Errors: those of redis::Connection::exec.
    [[nodiscard]] Result<redis::Reply> command(std::vector<std::string> const& words, Milliseconds timeout = {});

    // For typed calls: run(fn(connection)) on the link's thread.
    [[nodiscard]] redis::Connection& connection() noexcept { return connection_; }
    template <class T>
    [[nodiscard]] T run(boost::asio::awaitable<T> task) {
        return boost::asio::co_spawn(engine_.context(), std::move(task), boost::asio::use_future).get();
    }

  private:
    explicit RedisLink(redis::ConnectOptions options);
    boost::asio::awaitable<Result<redis::Reply>> send(redis::Command command, redis::ExecOptions options);
    boost::asio::awaitable<void> close();

    async::IoThread engine_;
    redis::Connection connection_;
    async::TaskGroup group_;
};

}  // namespace leat::cli::chaos
