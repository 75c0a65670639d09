#include "redis/transport.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace leat::redis {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::string_view kConnectOperation = "connect";
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
    return fail(ErrorCode::cancelled, kConnectOperation, "the connection was closed");
}

std::unexpected<Error> unreadable(std::string_view what, std::string const& file) {
    return fail(ErrorCode::invalid_input, kConnectOperation,
                "the PEM file with " + std::string(what) + " cannot be read: " + file);
}

}  // namespace

Transport::Transport(asio::any_io_executor executor) : executor_(std::move(executor)), socket_(executor_) {}

Transport::~Transport() = default;

void Transport::close() noexcept {
    closed_ = true;
    error_code ignored;
    socket_.close(ignored);
    if (lookup_) lookup_->abandon();
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
            co_return fail(ErrorCode::invalid_input, kConnectOperation,
                           "the path of the unix socket is empty or too long");
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

    lookup_ = std::make_unique<HostLookup>(executor_, options.host, resolve_by_system);
    auto const addresses = co_await lookup_->wait();
    lookup_.reset();
    if (closed_) co_return closed();
    if (!addresses) {
        co_return fail(ErrorCode::unavailable, kConnectOperation,
                       "the host name " + options.host + " cannot be resolved: " + addresses.error());
    }
    for (auto const& found : *addresses)
        endpoints.emplace_back(asio::ip::tcp::endpoint(found, options.port));
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
    co_return fail(ErrorCode::unavailable, kConnectOperation,
                   "cannot connect to " + describe(options) + ": " + fault.message());
}

Result<void> Transport::make_tls_context(ConnectOptions const& options) {
    tls_context_ = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(tls_context_->native_handle(), TLS1_2_VERSION);
    tls_context_->set_verify_mode(asio::ssl::verify_peer);
    error_code fault;
    if (options.tls_ca_file.empty()) {
        tls_context_->set_default_verify_paths(fault);
    } else {
        tls_context_->load_verify_file(options.tls_ca_file, fault);
    }
    if (fault) return unreadable("authorities", options.tls_ca_file);
    if (options.tls_cert_file.empty() && options.tls_key_file.empty()) return {};
    tls_context_->use_certificate_chain_file(options.tls_cert_file, fault);
    if (fault) return unreadable("this side's certificate", options.tls_cert_file);
    // Without it OpenSSL would ask the terminal for a passphrase.
    tls_context_->set_password_callback([](auto, auto) { return std::string(); }, fault);
    tls_context_->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, fault);
    if (fault)
        return unreadable("this side's key, which must have no passphrase and fit the certificate",
                          options.tls_key_file);
    return {};
}

asio::awaitable<Result<void>> Transport::shake_hands(ConnectOptions const& options) {
    if (auto made = make_tls_context(options); !made) co_return made;
    tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *tls_context_);
    tls_->set_verify_callback(asio::ssl::host_name_verification(options.host));
    error_code not_numeric;
    asio::ip::make_address(options.host, not_numeric);
    if (not_numeric) SSL_set_tlsext_host_name(tls_->native_handle(), options.host.c_str());  // addresses are not names

    auto const [fault] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAwait);
    if (closed_) co_return closed();
    if (!fault) co_return Result<void>();
    auto const verdict = SSL_get_verify_result(tls_->native_handle());
    if (verdict != X509_V_OK ||
        ERR_GET_REASON(static_cast<unsigned long>(fault.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        auto const why = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : "it is for another host name";
        co_return fail(ErrorCode::denied, kConnectOperation,
                       std::string("the server's certificate is not accepted: ") + why +
                           "; check the host name and the file of TLS authorities");
    }
    if (auto refusal = certificate_refusal(fault)) co_return std::unexpected(std::move(*refusal));
    co_return fail(ErrorCode::unavailable, kConnectOperation, "the TLS handshake failed: " + fault.message());
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

std::optional<Error> certificate_refusal(error_code fault) {
    if (fault.category() != asio::error::get_ssl_category()) return std::nullopt;
    constexpr std::array kAlerts{SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
                                 SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,       SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
                                 SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,   SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
                                 SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,   SSL_R_TLSV1_ALERT_UNKNOWN_CA,
                                 SSL_R_TLSV1_ALERT_ACCESS_DENIED,         SSL_R_TLSV1_ALERT_DECRYPT_ERROR};
    auto const reason = ERR_GET_REASON(static_cast<unsigned long>(fault.value()));
    if (std::ranges::find(kAlerts, reason) == kAlerts.end()) return std::nullopt;
    return Error{ErrorCode::denied, std::string(kConnectOperation),
                 "the server does not accept this side's certificate (" + fault.message() +
                     "); check tls_cert_file and tls_key_file"};
}

}  // namespace leat::redis
