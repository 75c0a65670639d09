#pragma once
// The HTTP/1.1 end: accepts connections, reads requests within limits, writes what an App answers.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "async/task_group.hpp"
#include "http/app.hpp"
#include "http/limits.hpp"
#include "leat/error.hpp"

namespace leat::http {

// "127.0.0.1:7070", "[::1]:0", "localhost:7070". Errors: invalid_input.
struct ListenAddress {
    std::string host{};
    std::uint16_t port = 0;
};
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

// All functions on the executor's one thread, but for those that say otherwise.
class Listener {
  public:
    Listener(boost::asio::any_io_executor executor, App& app, ListenerLimits limits);
    ~Listener();  // stop() and join() before
    Listener(Listener const&) = delete;
    Listener& operator=(Listener const&) = delete;

    // Binds; from any thread, before run(). Errors: invalid_input, unavailable (the address is taken or not ours).
    [[nodiscard]] Result<void> bind(ListenAddress const& address);
    // The port in use; from any thread.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    // Accepts until stop().
    void run();
    // Ends all connections; requests under way are answered to nobody.
    void stop();
    [[nodiscard]] boost::asio::awaitable<void> join() { return group_.join(); }

    [[nodiscard]] std::size_t connections() const noexcept { return open_.size(); }
    [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

  private:
    class Connection;

    [[nodiscard]] boost::asio::awaitable<void> accept();
    [[nodiscard]] boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

    boost::asio::any_io_executor executor_;
    App& app_;
    ListenerLimits const limits_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    async::TaskGroup group_;
    std::set<Connection*> open_;    // they live in their coroutines
    std::size_t bodies_bytes_ = 0;  // promised to bodies under way
    std::uint64_t requests_ = 0;
    std::uint64_t refused_ = 0;
    bool stopping_ = false;
};

}  // namespace leat::http
