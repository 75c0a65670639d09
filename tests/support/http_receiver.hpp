#pragma once
// An HTTP server on 127.0.0.1 that keeps what it is sent and answers what the test tells it to.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace leat::testing {

struct ReceivedRequest {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

struct ReceiverAnswer {
    unsigned status = 200;
    std::string body{};
    std::map<std::string, std::string> headers{};
};

class HttpReceiver {
  public:
    // Called on a thread of the connection, with the number of the request from 0; may block, but must end when the
    // test does.
    using Answerer = std::function<ReceiverAnswer(ReceivedRequest const&, std::size_t number)>;

    explicit HttpReceiver(Answerer answer = {}, std::uint16_t port = 0)
        : answer_(std::move(answer)),
          acceptor_(context_, {boost::asio::ip::address_v4::loopback(), port}),
          thread_([this] { accept(); }) {}
    ~HttpReceiver() {
        {
            std::lock_guard const lock(mutex_);
            closing_ = true;
            for (auto& connection : connections_)
                ::shutdown(connection.socket.native_handle(), SHUT_RDWR);
        }
        // Closing an acceptor does not end an accept() that another thread is in.
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        thread_.join();
        for (auto& connection : connections_)
            connection.thread.join();
    }
    HttpReceiver(HttpReceiver const&) = delete;
    HttpReceiver& operator=(HttpReceiver const&) = delete;

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    [[nodiscard]] std::string url(std::string const& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port()) + path;
    }
    [[nodiscard]] std::vector<ReceivedRequest> received() const {
        std::lock_guard const lock(mutex_);
        return received_;
    }
    // Whether `enough` of what was received became true before `limit`.
    bool wait_until(std::function<bool(std::vector<ReceivedRequest> const&)> const& enough,
                    std::chrono::seconds limit = std::chrono::seconds{30}) const {
        std::unique_lock lock(mutex_);
        return arrived_.wait_for(lock, limit, [&] { return enough(received_); });
    }
    bool wait_for(std::size_t requests) const {
        return wait_until([&](auto const& received) { return received.size() >= requests; });
    }

  private:
    using tcp = boost::asio::ip::tcp;
    static constexpr std::uint64_t kBodyBytesMax = 64U << 20;

    struct Connection {
        tcp::socket socket;
        std::thread thread;
    };

    void accept() {
        for (;;) {
            boost::system::error_code error;
            auto socket = acceptor_.accept(error);
            std::lock_guard const lock(mutex_);
            if (closing_ || error) return;
            auto& connection = connections_.emplace_back(Connection{std::move(socket), {}});
            connection.thread = std::thread([this, &connection] { serve(connection.socket); });
        }
    }

    void serve(tcp::socket& socket) {
        namespace http = boost::beast::http;
        boost::beast::flat_buffer buffer;
        for (;;) {
            http::request_parser<http::string_body> parser;
            parser.body_limit(kBodyBytesMax);
            boost::system::error_code error;
            http::read(socket, buffer, parser, error);
            if (error) break;
            auto const& request = parser.get();
            auto const answer = take(request);
            http::response<http::string_body> response(static_cast<http::status>(answer.status), request.version());
            for (auto const& [name, value] : answer.headers)
                response.set(name, value);
            response.keep_alive(request.keep_alive());
            response.body() = answer.body;
            response.prepare_payload();
            http::write(socket, response, error);
            if (error || !response.keep_alive()) break;
        }
        ::shutdown(socket.native_handle(), SHUT_RDWR);
    }

    template <class Request>
    ReceiverAnswer take(Request const& request) {
        ReceivedRequest received{
            std::string(request.method_string()), std::string(request.target()), {}, request.body()};
        for (auto const& field : request) {
            std::string name(field.name_string());
            for (auto& c : name)
                c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
            received.headers[name] = std::string(field.value());
        }
        std::size_t number = 0;
        {
            std::lock_guard const lock(mutex_);
            number = received_.size();
            received_.push_back(received);
        }
        arrived_.notify_all();
        return answer_ ? answer_(received, number) : ReceiverAnswer{};
    }

    Answerer answer_;
    boost::asio::io_context context_;
    tcp::acceptor acceptor_;
    mutable std::mutex mutex_;
    mutable std::condition_variable arrived_;
    std::vector<ReceivedRequest> received_;  // guarded by mutex_, as all below
    std::list<Connection> connections_;
    bool closing_ = false;
    std::thread thread_;
};

}  // namespace leat::testing
