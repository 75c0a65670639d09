#include "http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <utility>

#include "async/io_thread.hpp"
#include "async/task_group.hpp"
#include "core/random.hpp"
#include "http/listener.hpp"
#include "leat/event.hpp"
#include "leat/version.hpp"
#include "outbound/poster.hpp"
#include "outbound/url.hpp"
#include "redis/connection.hpp"
#include "store/open.hpp"

namespace leat::http {
namespace {

using boost::asio::awaitable;

redis::ConnectionEvents events_of(EventListener const& listener) {
    redis::ConnectionEvents events;
    if (!listener) return events;
    events.on_connected = [listener](redis::ServerInfo const& server) {
        listener(Event{.kind = EventKind::connected, .detail = server.version});
    };
    events.on_disconnected = [listener](Error const& error, int failures) {
        auto const detail = error.message();
        listener(Event{.kind = EventKind::disconnected, .detail = detail, .count = failures});
    };
    return events;
}

// The clients are quiet: this connection tells of the server already.
ApiOptions with_quiet_clients(ApiOptions options) {
    options.client.on_event = nullptr;
    return options;
}

// Posts of alerts that are under way when the server stops.
constexpr std::chrono::milliseconds kPostPatience{2'000};

// None without a webhook.
std::unique_ptr<outbound::Poster> poster_of(WebhookOptions const& webhook) {
    if (webhook.url.empty()) return nullptr;
    outbound::PosterOptions options;
    options.user_agent = std::string("leat/") + LEAT_VERSION;
    options.backoff = webhook.backoff;
    return std::make_unique<outbound::Poster>(std::move(options), core::Random::from_entropy(), core::machine_clock());
}

}  // namespace

class Server::Impl {
  public:
    Impl(redis::ConnectOptions connect, Access access, ServerOptions options)
        : io_("leat-http"),
          connection_(io_.context().get_executor(), connect, events_of(options.api.client.on_event),
                      core::Random::from_entropy().next()),
          dispatches_(io_.context().get_executor(), std::move(connect), {}, core::Random::from_entropy().next()),
          poster_(poster_of(options.api.alerts.webhook)),
          api_(io_.context().get_executor(), connection_, dispatches_, std::move(access),
               with_quiet_clients(std::move(options.api)), poster_.get()),
          listener_(io_.context().get_executor(), api_, options.limits),
          group_(io_.context().get_executor()) {}

    ~Impl() {
        if (!running_) return;
        auto stopped = boost::asio::post(io_.context(), boost::asio::use_future([this] {
                                             listener_.stop();
                                             auto clients = api_.stop();
                                             connection_.close();
                                             dispatches_.close();
                                             return clients;
                                         }));
        auto clients = stopped.get();
        if (poster_) poster_->stop(kPostPatience);  // what it tells of the last posts, the thread still takes
        clients.clear();                            // ends the long polls, whose answers it takes, too
        boost::asio::co_spawn(io_.context(), join(), boost::asio::use_future).get();
    }

    Result<void> start(ListenAddress const& address) {
        host_ = address.host;
        if (auto bound = listener_.bind(address); !bound) return bound;
        api_.watch(listener_);
        running_ = true;
        boost::asio::post(io_.context(), [this] {
            group_.spawn(connection_.run());
            group_.spawn(dispatches_.run());
            listener_.run();
            api_.start();
        });
        return {};
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }
    [[nodiscard]] std::string url() const { return url_of(host_, port()); }

  private:
    awaitable<void> join() {
        co_await listener_.join();
        co_await api_.join();
        co_await group_.join();
    }

    async::IoThread io_;
    redis::Connection connection_;
    redis::Connection dispatches_;
    std::unique_ptr<outbound::Poster> poster_;
    Api api_;
    Listener listener_;
    async::TaskGroup group_;
    std::string host_;
    bool running_ = false;
};

std::string url_of(std::string const& host, std::uint16_t port) {
    bool const is_v6 = host.find(':') != std::string::npos;
    return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options) {
    auto const address = parse_listen_address(options.listen);
    if (!address) return std::unexpected(address.error());
    if (!is_loopback(address->host) && options.access.operator_token.empty()) {
        return fail(ErrorCode::invalid_input, "listen",
                    "others can reach " + options.listen +
                        ": set http.token_file, or listen on 127.0.0.1 and let a proxy check who comes");
    }
    auto connect = store::connect_options_of(options.api.client);
    if (!connect) return std::unexpected(connect.error());
    connect->client_name = "leat-http";
    auto access = Access::make(std::move(options.access));
    if (!access) return std::unexpected(access.error());
    if (auto const& url = options.api.alerts.webhook.url; !url.empty())
        if (auto const checked = outbound::check_url(url); !checked) return std::unexpected(checked.error());
    auto impl = std::make_unique<Impl>(std::move(*connect), std::move(*access), std::move(options));
    if (auto started = impl->start(*address); !started) return std::unexpected(started.error());
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const noexcept {
    return impl_->port();
}

std::string Server::url() const {
    return impl_->url();
}

}  // namespace leat::http
