#include "chaos/redis_link.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "core/escape.hpp"
#include "store/open.hpp"

namespace leat::cli::chaos {
namespace {

// Servers are restarted all the time, and each second that nobody looks is a long one in a run.
constexpr std::chrono::milliseconds kReconnectDelayMax{200};

}  // namespace

Result<std::unique_ptr<RedisLink>> RedisLink::open(ConnectionOptions const& options) {
    auto connect = store::connect_options_of(options);
    if (!connect) return std::unexpected(connect.error());
    connect->reconnect_delay_max = kReconnectDelayMax;
    return std::unique_ptr<RedisLink>(new RedisLink(std::move(*connect)));
}

RedisLink::RedisLink(redis::ConnectOptions options)
    : engine_("leat-link"),
      connection_(engine_.context().get_executor(), std::move(options)),
      group_(engine_.context().get_executor()) {
    boost::asio::post(engine_.context(), [this] { group_.spawn(connection_.run()); });
}

RedisLink::~RedisLink() {
    boost::asio::co_spawn(engine_.context(), close(), boost::asio::use_future).get();
}

boost::asio::awaitable<Result<redis::Reply>> RedisLink::send(redis::Command command, redis::ExecOptions options) {
    co_return co_await connection_.exec(std::move(command), options);
}

boost::asio::awaitable<void> RedisLink::close() {
    connection_.close();
    co_await group_.join();
}

Result<redis::Reply> RedisLink::command(std::vector<std::string> const& words, Milliseconds timeout) {
    redis::Command command(words.at(0));
    for (std::size_t i = 1; i < words.size(); ++i)
        command.arg(words[i]);
    redis::ExecOptions options;
    options.reply_timeout = timeout;
    options.queue_timeout = timeout;
    auto reply = run(send(std::move(command), options));
    if (reply && reply->root().is_error())
        return fail(ErrorCode::unsupported, words[0], core::printable(reply->root().text()));
    return reply;
}

}  // namespace leat::cli::chaos
