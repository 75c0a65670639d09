#pragma once
// The byte stream to a server: TCP, unix socket or TLS behind one class.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "leat/error.hpp"
#include "redis/connect_options.hpp"
#include "redis/host_lookup.hpp"

namespace leat::redis {

// Used by one coroutine that opens, then one that reads and one that writes, all on the executor's one thread.
class Transport {
  public:
    using Transferred = std::tuple<boost::system::error_code, std::size_t>;

    explicit Transport(boost::asio::any_io_executor executor);
    ~Transport();
    Transport(Transport const&) = delete;
    Transport& operator=(Transport const&) = delete;

    // Resolves, connects, and for TLS shakes hands and verifies the server. Opens a closed transport again.
    // Errors: unavailable; invalid_input (unreadable CA, certificate or key file); denied (a certificate was not
    // accepted); cancelled (closed).
    [[nodiscard]] boost::asio::awaitable<Result<void>> open(ConnectOptions const& options);
    // Ends whatever runs on it, with an error. Idempotent.
    void close() noexcept;

    [[nodiscard]] boost::asio::awaitable<Transferred> read_some(std::span<char> into);
    // All of it.
    [[nodiscard]] boost::asio::awaitable<Transferred> write(std::string_view bytes);
    // What the socket takes at once, which is nearly always everything: how many bytes. A fault shows in write().
    [[nodiscard]] std::size_t write_now(std::string_view bytes);

  private:
    using Socket = boost::asio::generic::stream_protocol::socket;
    using Endpoint = boost::asio::generic::stream_protocol::endpoint;

    [[nodiscard]] boost::asio::awaitable<Result<std::vector<Endpoint>>> resolve(ConnectOptions const& options);
    [[nodiscard]] boost::asio::awaitable<Result<void>> connect(std::vector<Endpoint> const& endpoints,
                                                               ConnectOptions const& options);
    [[nodiscard]] boost::asio::awaitable<Result<void>> shake_hands(ConnectOptions const& options);
    [[nodiscard]] Result<void> make_tls_context(ConnectOptions const& options);

    boost::asio::any_io_executor executor_;
    Socket socket_;
    std::unique_ptr<HostLookup> lookup_;  // under way
    std::unique_ptr<boost::asio::ssl::context> tls_context_;
    std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
    bool closed_ = true;
};

// The error of a fault by which the server refused our certificate, or wanted one. With TLS 1.3 it shows only in the
// first read.
[[nodiscard]] std::optional<Error> certificate_refusal(boost::system::error_code fault);

}  // namespace leat::redis
