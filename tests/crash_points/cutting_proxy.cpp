#include "crash_points/cutting_proxy.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <utility>

#include "crash_points/resp_frame.hpp"

namespace leat::crash_points {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

// Takes one whole value out of `buffer`, reading on where it is incomplete. Nothing: the other side has closed.
asio::awaitable<std::optional<std::string>> next_frame(Protocol::socket& socket, std::string& buffer) {
    std::array<char, 16'384> chunk;
    for (;;) {
        if (auto const size = frame_size(buffer)) {
            std::optional<std::string> frame(buffer.substr(0, *size));
            buffer.erase(0, *size);
            co_return frame;
        }
        auto const space = asio::buffer(chunk);
        auto const [fault, size] = co_await socket.async_read_some(space, kAwait);
        if (fault) co_return std::nullopt;
        buffer.append(chunk.data(), size);
    }
}

asio::awaitable<bool> send(Protocol::socket& socket, std::string const& bytes) {
    auto const data = asio::buffer(bytes);
    auto const [fault, size] = co_await asio::async_write(socket, data, kAwait);
    co_return !fault;
}

void shut(Protocol::socket& socket) {
    boost::system::error_code ignored;
    socket.close(ignored);
}

}  // namespace

std::string_view to_string(CutAt at) noexcept {
    switch (at) {
        case CutAt::before_send:
            return "before send";
        case CutAt::before_reply:
            return "before reply";
        case CutAt::after_reply:
            break;
    }
    return "after reply";
}

CuttingProxy::CuttingProxy(asio::io_context& context, std::string listen_path, std::string server_path)
    : context_(context),
      server_path_(std::move(server_path)),
      acceptor_(context, Protocol::endpoint(listen_path)),
      tasks_(context.get_executor()) {
    tasks_.spawn(accept());
}

CuttingProxy::~CuttingProxy() {
    closed_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (auto const& weak : sessions_) {
        auto const session = weak.lock();
        if (!session) continue;
        shut(session->client);
        shut(session->server);
    }
    while (tasks_.size() > 0) {
        context_.restart();
        context_.run_one();
    }
}

void CuttingProxy::arm(std::vector<Cut> cuts) {
    cuts_.assign(cuts.begin(), cuts.end());
    commands_.clear();
}

asio::awaitable<void> CuttingProxy::accept() {
    while (!closed_) {
        Protocol::socket client(context_);
        auto const [fault] = co_await acceptor_.async_accept(client, kAwait);
        if (fault) continue;
        auto session = std::make_shared<Session>(std::move(client), Protocol::socket(context_));
        sessions_.push_back(session);
        tasks_.spawn(serve(std::move(session)));
    }
}

asio::awaitable<void> CuttingProxy::serve(std::shared_ptr<Session> session) {
    auto const endpoint = Protocol::endpoint(server_path_);
    auto const [fault] = co_await session->server.async_connect(endpoint, kAwait);
    bool open = !fault;
    while (open && !closed_) {
        open = co_await pass_one(*session);
        if (!open || !session->subscribed) continue;
        tasks_.spawn(relay(session));
        while (auto const command = co_await next_frame(session->client, session->from_client)) {
            bool const sent = co_await send(session->server, *command);
            if (!sent) break;
        }
        open = false;
    }
    shut(session->client);
    shut(session->server);
}

asio::awaitable<void> CuttingProxy::relay(std::shared_ptr<Session> session) {
    while (auto const message = co_await next_frame(session->server, session->from_server)) {
        bool const sent = co_await send(session->client, *message);
        if (!sent) break;
    }
    shut(session->client);
}

asio::awaitable<bool> CuttingProxy::pass_one(Session& session) {
    auto const command = co_await next_frame(session.client, session.from_client);
    if (!command) co_return false;
    auto const words = words_of(*command);
    commands_.push_back(words.at(0) == "EVALSHA" ? words.at(1) : words.at(0));
    // Another connection may count on while this one waits for its reply.
    std::optional<CutAt> cut;
    if (!cuts_.empty() && cuts_.front().command == commands_.size()) {
        cut = cuts_.front().at;
        cuts_.pop_front();
    }
    if (cut == CutAt::before_send) co_return false;
    bool const sent = co_await send(session.server, *command);
    if (!sent) co_return false;
    auto const reply = co_await next_frame(session.server, session.from_server);
    if (!reply || cut == CutAt::before_reply) co_return false;
    session.subscribed = words.at(0) == "SUBSCRIBE";
    bool const passed = co_await send(session.client, *reply);
    co_return passed && !cut;
}

}  // namespace leat::crash_points
