#include "http/listener.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/version.hpp>
#include <charconv>
#include <exception>
#include <optional>
#include <utility>

#include "http/problem.hpp"
#include "http/response_text.hpp"

namespace leat::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::awaitable;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using Parser = beast::http::request_parser<beast::http::string_body>;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kAcceptPause{100};   // after a failed accept: no descriptor is free
constexpr std::chrono::milliseconds kLingerTime{2'000};  // for the other end to read a refusal
constexpr std::size_t kLingerBytes = 1U << 20;

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

Verb verb_of(beast::http::verb verb) noexcept {
    switch (verb) {
        case beast::http::verb::get:
            return Verb::get;
        case beast::http::verb::head:
            return Verb::head;
        case beast::http::verb::post:
            return Verb::post;
        case beast::http::verb::delete_:
            return Verb::delete_;
        default:
            return Verb::other;
    }
}

Head head_of(Parser const& parser, std::string_view peer) {
    using Field = beast::http::field;
    auto const& message = parser.get();
    Head head;
    head.verb = verb_of(message.method());
    head.target = view(message.target());
    head.host = view(message[Field::host]);
    head.authorization = view(message[Field::authorization]);
    head.cookie = view(message[Field::cookie]);
    head.origin = view(message[Field::origin]);
    head.fetch_site = view(message["Sec-Fetch-Site"]);
    head.leat_request = view(message["X-Leat-Request"]);
    head.content_type = view(message[Field::content_type]);
    head.if_none_match = view(message[Field::if_none_match]);
    head.traceparent = view(message["traceparent"]);
    head.traceparent_twice = message.count("traceparent") > 1;
    if (auto const length = parser.content_length()) head.content_length = *length;
    for (auto const field : {Field::host, Field::authorization, Field::cookie, Field::origin, Field::content_type})
        head.ambiguous = head.ambiguous || message.count(field) > 1;
    head.ambiguous = head.ambiguous || message.count("X-Leat-Request") > 1;
    head.peer = peer;
    return head;
}

// What to say to a request that cannot be read; nothing where there is nobody to say it to. After a timeout the socket
// is closed already.
std::optional<Response> refusal_of(error_code error) {
    if (error == beast::http::error::header_limit)
        return problem(431, "header_too_large", "the request line and fields are too large");
    if (error == beast::http::error::body_limit) return problem(413, "too_large", "the body is too large");
    if (error == beast::http::error::bad_version)
        return problem(505, "version", "this server speaks HTTP/1.1 and HTTP/1.0");
    if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message) return std::nullopt;
    if (error.category() == beast::http::make_error_code(beast::http::error::bad_method).category())
        return problem(400, "malformed", "this is no HTTP request: " + error.message());
    return std::nullopt;
}

Response failure(std::exception const& exception) {
    return problem(500, "internal", std::string("a defect of Leat, please report it: ") + exception.what());
}

}  // namespace

// One accepted socket, as long as its coroutine.
class Listener::Connection {
  public:
    Connection(Listener& listener, tcp::socket socket)
        : listener_(listener), stream_(std::move(socket)), timer_(stream_.get_executor()) {
        error_code ignored;
        auto const endpoint = stream_.socket().remote_endpoint(ignored);
        peer_ = ignored ? "unknown" : endpoint.address().to_string();
        stream_.socket().set_option(tcp::no_delay(true), ignored);
        listener_.open_.insert(this);
    }
    ~Connection() {
        listener_.open_.erase(this);
        give_back();
    }
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    void abort() {
        stream_.close();
        timer_.cancel();
    }
    // Serves one request after the other.
    awaitable<void> run() {
        bool goes_on = true;
        while (goes_on && !listener_.stopping_)
            goes_on = co_await one_request();
    }
    awaitable<void> refuse(Response response) {
        co_await send(response, false, Verb::get);
        co_await linger();
    }
    // Sends text of an event stream, its head first.
    awaitable<bool> send_part(std::string text) {
        if (!std::exchange(streaming_, true)) text.insert(0, stream_head_text());
        stream_.expires_after(listener_.limits_.write_time);
        auto const [error, size] = co_await asio::async_write(stream_, asio::buffer(text), kToken);
        co_return !error && !listener_.stopping_;
    }

  private:
    class Stream final : public EventWriter {
      public:
        explicit Stream(Connection& connection) : connection_(connection) {}
        awaitable<bool> write(std::string text) override { return connection_.send_part(std::move(text)); }

      private:
        Connection& connection_;
    };

    // Whether another request may follow.
    awaitable<bool> one_request() {
        if (buffer_.size() == 0) {
            bool const came = co_await first_byte();
            if (!came) co_return false;
        }
        Parser parser;
        parser.header_limit(listener_.limits_.header_bytes);
        parser.body_limit(kBatchBytesMax);
        stream_.expires_after(listener_.limits_.header_time);
        auto const [error, size] = co_await beast::http::async_read_header(stream_, buffer_, parser, kToken);
        if (error) {
            if (auto refusal = refusal_of(error)) co_await refuse(std::move(*refusal));
            co_return false;
        }
        ++listener_.requests_;
        auto admission = listener_.app_.admit(head_of(parser, peer_));
        if (!admission.refusal) {
            admission.refusal = reserve(parser, admission.body_bytes_max);
            if (admission.refusal) listener_.app_.refused(admission.request, admission.refusal->status);
        }
        if (admission.refusal) co_return co_await answer_refusal(parser, std::move(admission));
        if (auto refusal = co_await read_body(parser, admission.body_bytes_max)) {
            if (refusal->status != 0) {
                listener_.app_.refused(admission.request, refusal->status);
                co_await refuse(std::move(*refusal));
            }
            co_return false;
        }
        admission.request.body = std::move(parser.get().body());
        bool const goes_on = co_await answer(parser.keep_alive(), std::move(admission.request));
        give_back();
        co_return goes_on;
    }

    awaitable<bool> first_byte() {
        constexpr std::size_t kChunk = 4'096;
        stream_.expires_after(listener_.limits_.idle_time);
        auto const [error, size] = co_await stream_.async_read_some(buffer_.prepare(kChunk), kToken);
        if (error) co_return false;
        buffer_.commit(size);
        co_return true;
    }

    awaitable<bool> answer_refusal(Parser const& parser, Admission admission) {
        if (admission.delay.count() > 0) {
            timer_.expires_after(admission.delay);
            co_await timer_.async_wait(kToken);
        }
        if (listener_.stopping_) co_return false;
        if (!parser.is_done()) {  // its body will not be read
            co_await refuse(std::move(*admission.refusal));
            co_return false;
        }
        co_return co_await send(*admission.refusal, parser.keep_alive(), admission.request.head.verb);
    }

    // Takes the body's share of what all bodies together may need.
    std::optional<Response> reserve(Parser const& parser, std::uint64_t most) {
        if (parser.is_done()) return std::nullopt;
        auto const length = parser.content_length();
        if (length && *length > most) {
            return problem(413, "too_large",
                           "the body has " + std::to_string(*length) + " bytes; the limit is " + std::to_string(most));
        }
        auto const wanted = static_cast<std::size_t>(length ? *length : most);
        if (listener_.bodies_bytes_ + wanted > listener_.limits_.bodies_bytes)
            return problem(503, "busy", "the server is reading too much at once; try again later");
        reserved_ = wanted;
        listener_.bodies_bytes_ += wanted;
        return std::nullopt;
    }
    void give_back() noexcept { listener_.bodies_bytes_ -= std::exchange(reserved_, 0); }

    // Nothing when the body is there; else a refusal, with status 0 where nobody would read it.
    awaitable<std::optional<Response>> read_body(Parser& parser, std::uint64_t most) {
        if (parser.is_done()) co_return std::nullopt;
        parser.body_limit(most);
        stream_.expires_after(listener_.limits_.body_time);
        if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
            constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
            auto const [error, size] = co_await asio::async_write(stream_, asio::buffer(kContinue), kToken);
            if (error) co_return Response{.status = 0};
        }
        auto const [error, size] = co_await beast::http::async_read(stream_, buffer_, parser, kToken);
        if (!error) co_return std::nullopt;
        auto refusal = refusal_of(error);
        if (!refusal) co_return Response{.status = 0};
        co_return refusal;
    }

    awaitable<bool> answer(bool keep_alive, Request request) {
        auto const verb = request.head.verb;
        std::optional<Response> response;
        try {
            if (request.route->stream && verb == Verb::get) {
                Stream writer(*this);
                response = co_await listener_.app_.stream(std::move(request), writer);
            } else {
                response = co_await listener_.app_.answer(std::move(request));
            }
        } catch (std::exception const& exception) {
            response = failure(exception);
        }
        if (!response || streaming_ || listener_.stopping_) co_return false;
        co_return co_await send(*response, keep_alive, verb);
    }

    awaitable<bool> send(Response const& response, bool keep_alive, Verb verb) {
        auto const head = head_text(response, keep_alive);
        auto body = response.static_body.empty() ? std::string_view(response.body) : response.static_body;
        if (verb == Verb::head) body = {};
        std::array<asio::const_buffer, 2> const parts{asio::buffer(head), asio::buffer(body)};
        stream_.expires_after(listener_.limits_.write_time);
        auto const [error, size] = co_await asio::async_write(stream_, parts, kToken);
        co_return !error && keep_alive;
    }

    // Closing over unread data would reset the connection, and the answer would be lost on its way.
    awaitable<void> linger() {
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
        stream_.expires_after(kLingerTime);
        std::array<char, 4'096> unread{};
        for (std::size_t total = 0; total < kLingerBytes && !listener_.stopping_;) {
            auto const [error, size] = co_await stream_.async_read_some(asio::buffer(unread), kToken);
            if (error) co_return;
            total += size;
        }
    }

    Listener& listener_;
    beast::tcp_stream stream_;
    asio::steady_timer timer_;
    beast::flat_buffer buffer_;
    std::string peer_;
    std::size_t reserved_ = 0;
    bool streaming_ = false;
};

Result<ListenAddress> parse_listen_address(std::string_view text) {
    auto const wrong = [&] {
        return fail(
            ErrorCode::invalid_input, "listen",
            "'" + std::string(text) + "' is no address; write ADDRESS:PORT, such as 127.0.0.1:7070 or [::1]:7070");
    };
    auto const colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return wrong();
    auto host = text.substr(0, colon);
    auto const digits = text.substr(colon + 1);
    ListenAddress address;
    auto const read = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) return wrong();
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    error_code error;
    (void)asio::ip::make_address(std::string(host), error);
    if (error && host != "localhost") return wrong();
    address.host = host;
    return address;
}

Listener::Listener(asio::any_io_executor executor, App& app, ListenerLimits limits)
    : executor_(executor), app_(app), limits_(limits), acceptor_(executor), group_(executor) {}

Listener::~Listener() = default;

Result<void> Listener::bind(ListenAddress const& address) {
    auto const host = address.host == "localhost" ? std::string("127.0.0.1") : address.host;
    tcp::endpoint const endpoint(asio::ip::make_address(host), address.port);
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        return fail(ErrorCode::unavailable, "listen",
                    "cannot listen on " + address.host + ":" + std::to_string(address.port) + ": " + error.message());
    }
    port_ = acceptor_.local_endpoint().port();
    return {};
}

void Listener::run() {
    group_.spawn(accept());
}

void Listener::stop() {
    stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (auto* connection : open_)
        connection->abort();
}

awaitable<void> Listener::accept() {
    while (!stopping_) {
        auto [error, socket] = co_await acceptor_.async_accept(kToken);
        if (stopping_) co_return;
        if (error) {
            asio::steady_timer pause(executor_, kAcceptPause);
            co_await pause.async_wait(kToken);
            continue;
        }
        group_.spawn(serve(std::move(socket)));
    }
}

awaitable<void> Listener::serve(tcp::socket socket) {
    bool const full = open_.size() >= limits_.connections;
    Connection connection(*this, std::move(socket));
    if (stopping_) co_return;
    if (!full) {
        co_await connection.run();
        co_return;
    }
    ++refused_;
    // A few more than the limit get an answer; beyond that there is silence.
    constexpr std::size_t kAnswered = 64;
    if (open_.size() > limits_.connections + kAnswered) co_return;
    auto busy = problem(503, "busy", "there are too many connections; try again later");
    co_await connection.refuse(std::move(busy));
}

}  // namespace leat::http
