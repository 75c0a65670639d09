#include "redis/subscriber.hpp"

#include <chrono>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "redis/connection.hpp"
#include "redis/error_class.hpp"

namespace leat::redis {
namespace {

namespace asio = boost::asio;

constexpr auto kCheckInterval = std::chrono::seconds(10);

}  // namespace

class Subscriber::Impl {
  public:
    Impl(asio::any_io_executor executor, ConnectOptions options, SubscriberEvents events, std::uint64_t jitter_seed)
        : events_(std::move(events)),
          tasks_(executor),
          changed_(executor),
          connection_(executor, std::move(options), connection_events(), jitter_seed) {}

    asio::awaitable<void> run() {
        tasks_.spawn(connection_.run());
        while (!closed_) {
            if (connection_.connected()) ask_for_changes();
            bool const changed = co_await changed_.wait_for(kCheckInterval);
            if (!changed && !closed_ && connection_.connected()) {
                // Without a reply the connection drops itself; there is nothing to do here.
                auto const checked = co_await connection_.exec(Command("PING"));
                (void)checked;
            }
        }
        co_await tasks_.join();
    }

    void close() {
        closed_ = true;
        connection_.close();
        changed_.notify();
    }

    void subscribe(std::string channel) {
        if (wanted_.insert(std::move(channel)).second) changed_.notify();
    }

    void unsubscribe(std::string_view channel) {
        auto const found = wanted_.find(channel);
        if (found == wanted_.end()) return;
        wanted_.erase(found);
        changed_.notify();
    }

  private:
    using Channels = std::set<std::string, std::less<>>;

    ConnectionEvents connection_events() {
        ConnectionEvents events;
        events.on_connected = [this](ServerInfo const&) {
            asked_.clear();
            changed_.notify();
        };
        events.on_disconnected = [this](Error const& error, int failures) {
            if (events_.on_disconnected) events_.on_disconnected(error, failures);
        };
        events.on_push = [this](ReplyView message) { on_push(message); };
        return events;
    }

    // Makes what this connection was asked for equal to what is wanted; all commands leave in one write.
    void ask_for_changes() {
        std::vector<std::string> dropped;
        for (auto const& channel : asked_) {
            if (!wanted_.contains(channel)) dropped.push_back(channel);
        }
        for (auto& channel : dropped) {
            asked_.erase(channel);
            tasks_.spawn(ask("UNSUBSCRIBE", std::move(channel)));
        }
        for (auto const& channel : wanted_) {
            if (asked_.insert(channel).second) tasks_.spawn(ask("SUBSCRIBE", channel));
        }
    }

    asio::awaitable<void> ask(std::string_view verb, std::string channel) {
        Command command(verb);
        command.arg(channel);
        auto const reply = co_await connection_.exec(std::cref(command));
        if (!reply || !reply->root().is_error())
            co_return;  // confirmed, or lost and asked again on the next connection
        auto const error = error_of_reply("subscribe", reply->root().text());
        if (events_.on_disconnected) events_.on_disconnected(error, 0);
    }

    void on_push(ReplyView message) {
        auto const kind = message[0].text();
        auto const channel = message[1].text();
        if (!wanted_.contains(channel)) return;  // unsubscribed meanwhile
        if (kind == "message" && events_.on_message) events_.on_message(channel, message[2].text());
        if (kind == "subscribe" && events_.on_subscribed) events_.on_subscribed(channel);
    }

    SubscriberEvents const events_;
    async::TaskGroup tasks_;
    async::Signal changed_;
    Channels wanted_;
    Channels asked_;  // of the present connection
    Connection connection_;
    bool closed_ = false;
};

Subscriber::Subscriber(asio::any_io_executor executor, ConnectOptions options, SubscriberEvents events,
                       std::uint64_t jitter_seed)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(options), std::move(events), jitter_seed)) {}

Subscriber::~Subscriber() = default;

asio::awaitable<void> Subscriber::run() {
    return impl_->run();
}
void Subscriber::close() {
    impl_->close();
}
void Subscriber::subscribe(std::string channel) {
    impl_->subscribe(std::move(channel));
}
void Subscriber::unsubscribe(std::string_view channel) {
    impl_->unsubscribe(channel);
}

}  // namespace leat::redis
