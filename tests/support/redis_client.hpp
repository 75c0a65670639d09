#pragma once
// A redis::Connection that straight-line tests drive: nothing runs except inside the functions that wait.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "async/task_group.hpp"
#include "redis/connection.hpp"
#include "support/coroutine.hpp"
#include "support/reply_text.hpp"

namespace leat::testing {

// What a call started in the background ended with; empty until then.
template <class T>
using Pending = std::shared_ptr<std::optional<Result<T>>>;

class RedisClient {
  public:
    // The context may hold a fake server too.
    RedisClient(boost::asio::io_context& context, redis::ConnectOptions options)
        : context_(context),
          tasks_(context.get_executor()),
          connection_(context.get_executor(), std::move(options), events(), /*jitter_seed=*/1) {
        tasks_.spawn(connection_.run());
    }
    ~RedisClient() {
        connection_.close();
        (void)until([this] { return tasks_.size() == 0; });
    }
    RedisClient(RedisClient const&) = delete;
    RedisClient& operator=(RedisClient const&) = delete;

    [[nodiscard]] redis::Connection& connection() { return connection_; }
    [[nodiscard]] std::size_t tasks() const { return tasks_.size(); }

    // Runs the context until `done`, which may look at the server too; false: the limit passed first.
    [[nodiscard]] bool until(std::function<bool()> const& done) {
        auto const deadline = std::chrono::steady_clock::now() + kTestLimit;
        while (!done()) {
            if (std::chrono::steady_clock::now() >= deadline) return false;
            context_.restart();
            context_.run_one_for(kLook);
        }
        return true;
    }
    [[nodiscard]] bool until_connected(int times = 1) {
        return until([&] { return connects >= times && connection_.connected(); });
    }

    // Starts a call; its end is stored.
    template <class T>
    Pending<T> start(boost::asio::awaitable<Result<T>> call) {
        auto pending = std::make_shared<std::optional<Result<T>>>();
        tasks_.spawn(store(std::move(call), pending));
        return pending;
    }
    Pending<redis::Reply> start(redis::Command command, redis::ExecOptions options = {}) {
        return start(connection_.exec(std::move(command), options));
    }
    template <class T>
    Result<T> wait(Pending<T> const& pending) {
        if (!until([&] { return pending->has_value(); })) throw std::runtime_error("a call did not end");
        return std::move(**pending);
    }
    // The reply as text (see to_text), or the code of the error.
    std::string exec(redis::Command command, redis::ExecOptions options = {}) {
        return text(wait(start(std::move(command), options)));
    }
    std::string end_of(Pending<redis::Reply> const& pending) { return text(wait(pending)); }

    static std::string text(Result<redis::Reply> const& reply) {
        return reply ? redis::to_text(reply->root()) : std::string(to_string(reply.error().code));
    }

    int connects = 0;
    std::vector<Error> losses;
    std::vector<int> failures;
    std::vector<std::string> pushes;

  private:
    static constexpr auto kLook = std::chrono::milliseconds(20);

    template <class T>
    static boost::asio::awaitable<void> store(boost::asio::awaitable<Result<T>> call, Pending<T> pending) {
        *pending = co_await std::move(call);
    }

    redis::ConnectionEvents events() {
        redis::ConnectionEvents events;
        events.on_connected = [this](redis::ServerInfo const&) { ++connects; };
        events.on_disconnected = [this](Error const& error, int in_a_row) {
            losses.push_back(error);
            failures.push_back(in_a_row);
        };
        events.on_push = [this](redis::ReplyView message) { pushes.push_back(redis::to_text(message)); };
        return events;
    }

    boost::asio::io_context& context_;
    async::TaskGroup tasks_;
    redis::Connection connection_;
};

}  // namespace leat::testing
