#pragma once
// A server on 127.0.0.1 that says what the test tells it to, one connection after the other.
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "async/task_group.hpp"

namespace leat::testing {

class FakeRedis {
  public:
    // Accepts nothing more; closes the connection.
    static inline std::string const kClose = "<close>";
    static inline std::string const kHello = "%3\r\n+proto\r\n:3\r\n+version\r\n+7.0.15\r\n+mode\r\n+standalone\r\n";
    static inline std::string const kPong = "+PONG\r\n";

    // One list of answers per connection: each is sent when something has been received, "" is silence. Behind its last
    // answer a connection stays silent; behind the last list connections are accepted and closed at once.
    FakeRedis(boost::asio::io_context& context, std::vector<std::vector<std::string>> connections)
        : acceptor_(context, {boost::asio::ip::address_v4::loopback(), 0}),
          socket_(context),
          tasks_(context.get_executor()),
          connections_(std::move(connections)) {
        tasks_.spawn(serve());
    }
    ~FakeRedis() {
        closed_ = true;
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        socket_.close(ignored);
        auto& context = static_cast<boost::asio::io_context&>(acceptor_.get_executor().context());
        while (tasks_.size() > 0) {
            context.restart();
            context.run_one();
        }
    }
    FakeRedis(FakeRedis const&) = delete;
    FakeRedis& operator=(FakeRedis const&) = delete;

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    // All bytes received so far.
    [[nodiscard]] std::string const& received() const { return received_; }

  private:
    static constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

    boost::asio::awaitable<void> serve() {
        for (std::size_t i = 0; !closed_; ++i) {
            auto const [fault] = co_await acceptor_.async_accept(socket_, kAwait);
            if (fault) continue;
            if (i < connections_.size()) co_await play(connections_[i]);
            boost::system::error_code ignored;
            socket_.close(ignored);
        }
    }

    boost::asio::awaitable<void> play(std::vector<std::string> const& answers) {
        std::array<char, 4096> chunk;
        for (std::size_t i = 0;; ++i) {
            auto const buffer = boost::asio::buffer(chunk);
            auto const [fault, size] = co_await socket_.async_read_some(buffer, kAwait);
            if (fault) co_return;
            received_.append(chunk.data(), size);
            if (i >= answers.size()) continue;
            if (answers[i] == kClose) co_return;
            auto const answer = boost::asio::buffer(answers[i]);
            co_await boost::asio::async_write(socket_, answer, kAwait);
        }
    }

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::socket socket_;
    async::TaskGroup tasks_;
    std::vector<std::vector<std::string>> connections_;
    std::string received_;
    bool closed_ = false;
};

}  // namespace leat::testing
