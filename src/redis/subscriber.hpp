#pragma once
// Pub/sub over a connection of its own: subscriptions survive reconnects.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "leat/error.hpp"
#include "redis/connect_options.hpp"

namespace leat::redis {

struct SubscriberEvents {
    // One published message. Messages sent while the connection was down are lost: re-read state in on_subscribed.
    std::function<void(std::string_view channel, std::string_view payload)> on_message;
    // The server confirmed the subscription: now, and again after each reconnect.
    std::function<void(std::string_view channel)> on_subscribed;
    // As ConnectionEvents::on_disconnected; and with 0 failures where the server refused a channel, which is asked for
    // again at the next connection only.
    std::function<void(Error const&, int failures)> on_disconnected;
};

// All functions on the executor's one thread; callbacks come on it too. A connection without messages is checked with a
// PING every 10 s.
class Subscriber {
  public:
    Subscriber(boost::asio::any_io_executor executor, ConnectOptions options, SubscriberEvents events,
               std::uint64_t jitter_seed = 0);
    ~Subscriber();  // run() must have returned
    Subscriber(Subscriber const&) = delete;
    Subscriber& operator=(Subscriber const&) = delete;

    // Runs until close(); spawn once in a TaskGroup.
    [[nodiscard]] boost::asio::awaitable<void> run();
    // Ends run(). Idempotent.
    void close();
    // Takes effect at once if connected, else at the next connection. Idempotent.
    void subscribe(std::string channel);
    void unsubscribe(std::string_view channel);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace leat::redis
