#include "redis/transport.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "async/signal.hpp"

namespace leat::redis {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::string_view kOperation = "connect";
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// A peer that has vanished is noticed within about half a minute.
constexpr int kKeepaliveIdleSeconds = 15;
constexpr int kKeepaliveIntervalSeconds = 5;
constexpr int kKeepaliveProbes = 3;
constexpr int kUserTimeoutMs = 30'000;

void set_tcp_options(asio::generic::stream_protocol::socket& socket) {
    auto const set = [fd = socket.native_handle()](int level, int option, int value) {
        ::setsockopt(fd, level, option, &value, sizeof value);  // they make it better; it works without
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdleSeconds);
    set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
    set(IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMs);
}

std::unexpected<Error> closed() {
    return fail(ErrorCode::cancelled, kOperation, "the connection was closed");
}

}  // namespace

// Outlives the transport: the system's resolver cannot be interrupted, only ignored.
struct Transport::Resolution {
    explicit Resolution(asio::any_io_executor const& executor) : resolver(executor), done(executor) {}

    asio::ip::tcp::resolver resolver;
    async::Signal done;
    bool finished = false;
    error_code fault;
    asio::ip::tcp::resolver::results_type results;
};

Transport::Transport(asio::any_io_executor executor) : executor_(std::move(executor)), socket_(executor_) {}

Transport::~Transport() = default;

void Transport::close() noexcept {
    closed_ = true;
    error_code ignored;
    socket_.close(ignored);
    if (resolution_) resolution_->done.notify();
}

asio::awaitable<Result<void>> Transport::open(ConnectOptions const& options) {
    closed_ = false;
    tls_.reset();
    auto const endpoints = co_await resolve(options);
    if (!endpoints) co_return std::unexpected(endpoints.error());
    auto connected = co_await connect(*endpoints, options);
    if (!connected || options.transport != TransportKind::tls) co_return connected;
    co_return co_await shake_hands(options);
}

asio::awaitable<Result<std::vector<Transport::Endpoint>>> Transport::resolve(ConnectOptions const& options) {
    std::vector<Endpoint> endpoints;
    if (options.transport == TransportKind::unix_socket) {
        if (options.socket_path.empty() || options.socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
            co_return fail(ErrorCode::invalid_input, kOperation, "the path of the unix socket is empty or too long");
        }
        endpoints.emplace_back(asio::local::stream_protocol::endpoint(options.socket_path));
        co_return endpoints;
    }
    error_code not_numeric;
    auto const address = asio::ip::make_address(options.host, not_numeric);
    if (!not_numeric) {
        endpoints.emplace_back(asio::ip::tcp::endpoint(address, options.port));
        co_return endpoints;
    }

    auto const resolution = std::make_shared<Resolution>(executor_);
    resolution_ = resolution;
    resolution->resolver.async_resolve(options.host, std::to_string(options.port),
                                       [resolution](error_code fault, auto results) {
                                           resolution->fault = fault;
                                           resolution->results = std::move(results);
                                           resolution->finished = true;
                                           resolution->done.notify();
                                       });
    while (!resolution->finished && !closed_)
        co_await resolution->done.wait();
    resolution_.reset();
    if (closed_) co_return closed();
    if (resolution->fault) {
        co_return fail(ErrorCode::unavailable, kOperation,
                       "the host name " + options.host + " cannot be resolved: " + resolution->fault.message());
    }
    for (auto const& entry : resolution->results)
        endpoints.emplace_back(entry.endpoint());
    co_return endpoints;
}

asio::awaitable<Result<void>> Transport::connect(std::vector<Endpoint> const& endpoints,
                                                 ConnectOptions const& options) {
    error_code fault = asio::error::host_not_found;
    for (auto const& endpoint : endpoints) {
        error_code ignored;
        socket_.close(ignored);
        socket_.open(endpoint.protocol(), fault);
        if (fault) continue;
        std::tie(fault) = co_await socket_.async_connect(endpoint, kAwait);
        if (closed_) co_return closed();
        if (!fault) {
            if (options.transport != TransportKind::unix_socket) set_tcp_options(socket_);
            socket_.non_blocking(true, ignored);  // for write_now()
            co_return Result<void>();
        }
    }
    co_return fail(ErrorCode::unavailable, kOperation,
                   "cannot connect to " + describe(options) + ": " + fault.message());
}

asio::awaitable<Result<void>> Transport::shake_hands(ConnectOptions const& options) {
    tls_context_ = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(tls_context_->native_handle(), TLS1_2_VERSION);
    tls_context_->set_verify_mode(asio::ssl::verify_peer);
    error_code fault;
    if (options.tls_ca_file.empty()) {
        tls_context_->set_default_verify_paths(fault);
    } else {
        tls_context_->load_verify_file(options.tls_ca_file, fault);
    }
    if (fault) {
        co_return fail(ErrorCode::invalid_input, kOperation,
                       "the file of TLS authorities cannot be read: " + options.tls_ca_file);
    }
    tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *tls_context_);
    tls_->set_verify_callback(asio::ssl::host_name_verification(options.host));
    error_code not_numeric;
    asio::ip::make_address(options.host, not_numeric);
    if (not_numeric) SSL_set_tlsext_host_name(tls_->native_handle(), options.host.c_str());  // addresses are not names

    std::tie(fault) = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAwait);
    if (closed_) co_return closed();
    if (!fault) co_return Result<void>();
    auto const verdict = SSL_get_verify_result(tls_->native_handle());
    if (verdict != X509_V_OK ||
        ERR_GET_REASON(static_cast<unsigned long>(fault.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        auto const why = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : "it is for another host name";
        co_return fail(ErrorCode::denied, kOperation,
                       std::string("the server's certificate is not accepted: ") + why +
                           "; check the host name and the file of TLS authorities");
    }
    co_return fail(ErrorCode::unavailable, kOperation, "the TLS handshake failed: " + fault.message());
}

asio::awaitable<Transport::Transferred> Transport::read_some(std::span<char> into) {
    auto const buffer = asio::buffer(into.data(), into.size());
    return tls_ ? tls_->async_read_some(buffer, kAwait) : socket_.async_read_some(buffer, kAwait);
}

asio::awaitable<Transport::Transferred> Transport::write(std::string_view bytes) {
    auto const buffer = asio::buffer(bytes.data(), bytes.size());
    return tls_ ? asio::async_write(*tls_, buffer, kAwait) : asio::async_write(socket_, buffer, kAwait);
}

std::size_t Transport::write_now(std::string_view bytes) {
    if (tls_) return 0;
    error_code ignored;
    return socket_.write_some(asio::buffer(bytes.data(), bytes.size()), ignored);
}

}  // namespace leat::redis
