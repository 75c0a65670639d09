#include "chaos/fault_proxy.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <list>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "async/io_thread.hpp"
#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "core/random.hpp"
#include "redis/connect_options.hpp"

namespace leat::cli::chaos {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Protocol = asio::generic::stream_protocol;
using Clock = std::chrono::steady_clock;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPieceBytes = 16'384;
constexpr std::size_t kQueuedBytesMax = 1'048'576;  // of one direction; more waits at its sender

Protocol::endpoint server_endpoint(std::string const& url) {
    auto const options = redis::parse_url(url);
    if (!options) throw std::runtime_error("the proxy cannot use this URL: " + options.error().detail);
    if (options->transport == redis::TransportKind::unix_socket)
        return asio::local::stream_protocol::endpoint(options->socket_path);
    boost::system::error_code failed;
    auto const host = asio::ip::make_address(options->host, failed);
    if (failed || options->transport != redis::TransportKind::tcp)
        throw std::runtime_error("the proxy needs redis:// with a numeric host or unix://, not " + url);
    return asio::ip::tcp::endpoint(host, options->port);
}

Protocol::endpoint listen_endpoint(std::filesystem::path const& socket) {
    if (socket.empty()) return asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0);
    ::unlink(socket.c_str());
    return asio::local::stream_protocol::endpoint(socket.string());
}

struct Piece {
    std::string bytes;
    Clock::time_point due;
};

// One direction of a connection: a reader fills the queue, a writer empties it.
struct Pipe {
    Pipe(Direction direction_in, Protocol::socket& from_in, Protocol::socket& to_in)
        : direction(direction_in),
          from(from_in),
          to(to_in),
          arrived(from_in.get_executor()),
          room(from_in.get_executor()) {}

    Direction direction;
    Protocol::socket& from;
    Protocol::socket& to;
    std::deque<Piece> queue;
    std::size_t queued_bytes = 0;
    Clock::time_point last_due{};
    std::string tail;       // the end of the last piece: a text may lie across two
    bool ended = false;     // the sender has finished
    bool finished = false;  // so has our sending: half-closed
    bool deaf = false;      // lost bytes; nothing more may pass
    async::Signal arrived;
    async::Signal room;
};

// The process at the other end of a unix socket; -1 where that cannot be known.
pid_t peer_of(Protocol::socket& socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    bool const known = ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    return known && peer.pid > 0 ? peer.pid : -1;
}

struct Link {
    explicit Link(Protocol::socket client_in)
        : client(std::move(client_in)),
          peer(peer_of(client)),
          server(client.get_executor()),
          to_server(Direction::to_server, client, server),
          to_client(Direction::to_client, server, client) {}

    void wake() {
        for (auto* const pipe : {&to_server, &to_client}) {
            pipe->arrived.notify();
            pipe->room.notify();
        }
    }
    void close(bool reset) {
        if (!std::exchange(open, false)) return;
        boost::system::error_code ignored;
        // With unread or unsent data gone this way, TCP peers see a reset instead of an orderly end.
        if (reset) client.set_option(asio::socket_base::linger(true, 0), ignored);
        client.close(ignored);
        server.close(ignored);
        wake();
    }

    Protocol::socket client;
    pid_t peer;
    Protocol::socket server;
    Pipe to_server;
    Pipe to_client;
    std::size_t client_bytes = 0;  // that came back
    bool open = true;
    bool losing = false;  // the server runs a command whose reply is to be lost
    int sides = 4;        // coroutines that still use us
};
using LinkPtr = std::shared_ptr<Link>;

bool is_deaf(Link const& link) {
    return link.losing || link.to_server.deaf || link.to_client.deaf;
}

}  // namespace

// Everything on the one thread of `io_`.
class FaultProxy::Engine {
  public:
    Engine(Protocol::endpoint server, Protocol::endpoint const& listen, std::uint64_t seed)
        : server_(std::move(server)),
          random_(seed),
          group_(io_.context().get_executor()),
          acceptor_(io_.context(), listen) {
        on_thread([this] { group_.spawn(accept()); });
    }
    ~Engine() { asio::co_spawn(io_.context(), stop(), asio::use_future).get(); }
    Engine(Engine const&) = delete;
    Engine& operator=(Engine const&) = delete;

    template <class Work>
    std::invoke_result_t<Work> on_thread(Work work) const {
        return asio::post(io_.context(), asio::use_future(std::move(work))).get();
    }

    Protocol::endpoint local() const { return acceptor_.local_endpoint(); }
    ProxyCounts const& counts() const { return counts_; }
    std::size_t open() const {
        return static_cast<std::size_t>(std::ranges::count_if(links_, [](LinkPtr const& link) { return link->open; }));
    }

    void set(ProxyFaults faults) {
        faults_ = std::move(faults);
        for (auto const& link : links_) {
            if (is_deaf(*link)) cut_link(*link);
            link->wake();
        }
    }

    void retarget(Protocol::endpoint server) {
        server_ = std::move(server);
        cut(1);
    }

    std::size_t cut(double share) {
        std::size_t done = 0;
        for (auto const& link : links_) {
            if (!link->open || random_.unit() >= share) continue;
            cut_link(*link);
            ++done;
        }
        return done;
    }

    void half_close(Direction direction) {
        for (auto const& link : links_) {
            auto& pipe = direction == Direction::to_server ? link->to_server : link->to_client;
            if (!link->open || pipe.finished) continue;
            finish(pipe);
            ++counts_.half_closed;
        }
    }

  private:
    awaitable<void> accept() {
        for (;;) {
            auto [failed, client] = co_await acceptor_.async_accept(kAwait);
            if (failed) co_return;
            ++counts_.connections;
            auto link = std::make_shared<Link>(std::move(client));
            links_.push_back(link);
            group_.spawn(connect(std::move(link)));
        }
    }

    awaitable<void> connect(LinkPtr link) {
        auto const [failed] = co_await link->server.async_connect(server_, kAwait);
        if (failed || !link->open) {
            link->close(true);
            links_.remove(link);
            co_return;
        }
        for (auto* const pipe : {&link->to_server, &link->to_client}) {
            group_.spawn(read(link, *pipe));
            group_.spawn(write(link, *pipe));
        }
    }

    void leave(LinkPtr const& link) {
        if (--link->sides > 0) return;
        link->close(false);
        links_.remove(link);
    }

    // The faults of this connection.
    ProxyFaults const& faults_of(Link const& link) const {
        auto const& only = faults_.only;
        bool const hit = only.empty() || std::ranges::find(only, link.peer) != only.end();
        return hit ? faults_ : faithful_;
    }

    awaitable<void> read(LinkPtr link, Pipe& pipe) {
        std::array<char, kPieceBytes> buffer;
        while (link->open) {
            if (faults_of(*link).black_hole || pipe.queued_bytes > kQueuedBytesMax) {
                co_await pipe.room.wait();
                continue;
            }
            auto const [failed, size] = co_await pipe.from.async_read_some(asio::buffer(buffer), kAwait);
            if (failed && failed != asio::error::eof) link->close(true);
            if (failed) break;
            take(*link, pipe, {buffer.data(), size});
        }
        pipe.ended = true;
        pipe.arrived.notify();
        leave(link);
    }

    awaitable<void> write(LinkPtr link, Pipe& pipe) {
        while (link->open && !pipe.finished) {
            if (pipe.queue.empty() && pipe.ended) break;
            if (pipe.queue.empty() || faults_of(*link).black_hole) {
                co_await pipe.arrived.wait();
                continue;
            }
            if (auto const wait = pipe.queue.front().due - Clock::now(); wait > Clock::duration::zero()) {
                co_await pipe.arrived.wait_for(wait);
                continue;
            }
            auto const bytes = std::move(pipe.queue.front().bytes);
            pipe.queue.pop_front();
            pipe.queued_bytes -= bytes.size();
            pipe.room.notify();
            auto const [failed, size] = co_await asio::async_write(pipe.to, asio::buffer(bytes), kAwait);
            if (failed && !pipe.finished) link->close(true);
        }
        if (link->open) finish(pipe);
        leave(link);
    }

    // What happens to bytes that have arrived.
    void take(Link& link, Pipe& pipe, std::string_view bytes) {
        auto const& faults = faults_of(link);
        ++counts_.pieces;
        bool const to_server = pipe.direction == Direction::to_server;
        if (to_server && hides(faults, pipe, bytes)) {
            link.losing = true;
            ++counts_.lost_replies;
        }
        if (!to_server) link.client_bytes += bytes.size();
        bool const losing = !to_server && link.losing;
        if ((losing && !faults.lose_silently) || random_.unit() < faults.cut_chance ||
            link.client_bytes >= faults.cut_after_bytes.value_or(SIZE_MAX)) {
            cut_link(link);
            return;
        }
        if (to_server ? faults.drop_to_server : faults.drop_to_client) pipe.deaf = true;
        if (pipe.deaf || losing || pipe.finished) {
            counts_.dropped_bytes += bytes.size();
            return;
        }
        auto const spread = static_cast<std::uint64_t>(faults.jitter.count()) + 1;
        auto const late = faults.delay + std::chrono::milliseconds(random_.below(spread));
        pipe.last_due = std::max(pipe.last_due, Clock::now() + late);  // order is kept
        pipe.queue.push_back({std::string(bytes), pipe.last_due});
        pipe.queued_bytes += bytes.size();
        pipe.arrived.notify();
    }

    // Whether these bytes end a text whose command's reply is to be lost.
    bool hides(ProxyFaults const& faults, Pipe& pipe, std::string_view bytes) {
        if (faults.lose_replies_of.empty()) return false;
        auto const text = pipe.tail + std::string(bytes);
        std::size_t longest = 1;
        bool found = false;
        for (auto const& mark : faults.lose_replies_of) {
            longest = std::max(longest, mark.size());
            // A text that lies in the tail alone was seen before.
            auto const from = pipe.tail.size() - std::min(pipe.tail.size(), mark.size() - 1);
            found = found || text.find(mark, from) != std::string::npos;
        }
        pipe.tail = text.substr(text.size() - std::min(text.size(), longest - 1));
        return found && random_.unit() < faults.lose_chance;
    }

    void finish(Pipe& pipe) {
        pipe.finished = true;
        boost::system::error_code ignored;
        pipe.to.shutdown(asio::socket_base::shutdown_send, ignored);
        pipe.arrived.notify();
    }

    void cut_link(Link& link) {
        if (!link.open) return;
        link.close(true);
        ++counts_.cut;
    }

    awaitable<void> stop() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        for (auto const& link : links_)
            link->close(true);
        co_await group_.join();
    }

    mutable async::IoThread io_{"fault-proxy"};
    Protocol::endpoint server_;
    ProxyFaults faults_;
    ProxyFaults const faithful_{};
    ProxyCounts counts_;
    core::Random random_;
    std::list<LinkPtr> links_;
    async::TaskGroup group_;
    asio::basic_socket_acceptor<Protocol> acceptor_;
};

FaultProxy::FaultProxy(std::string const& server_url, std::filesystem::path const& socket, std::uint64_t seed) {
    try {
        engine_ = std::make_unique<Engine>(server_endpoint(server_url), listen_endpoint(socket), seed);
    } catch (boost::system::system_error const& failed) {
        throw std::runtime_error(std::string("the proxy cannot listen: ") + failed.what());
    }
    if (!socket.empty()) {
        url_ = "unix://" + socket.string();
        return;
    }
    asio::ip::tcp::endpoint bound;
    auto const local = engine_->local();
    bound.resize(local.size());
    std::copy_n(static_cast<char const*>(static_cast<void const*>(local.data())), local.size(),
                static_cast<char*>(static_cast<void*>(bound.data())));
    url_ = "redis://127.0.0.1:" + std::to_string(bound.port());
}

FaultProxy::~FaultProxy() = default;

void FaultProxy::retarget(std::string const& server_url) {
    auto const server = server_endpoint(server_url);
    engine_->on_thread([&] { engine_->retarget(server); });
}

void FaultProxy::set(ProxyFaults faults) {
    engine_->on_thread([&] { engine_->set(std::move(faults)); });
}

std::size_t FaultProxy::cut(double share) {
    return engine_->on_thread([&] { return engine_->cut(share); });
}

void FaultProxy::half_close(Direction direction) {
    engine_->on_thread([&] { engine_->half_close(direction); });
}

ProxyCounts FaultProxy::counts() const {
    return engine_->on_thread([&] { return engine_->counts(); });
}

std::size_t FaultProxy::open() const {
    return engine_->on_thread([&] { return engine_->open(); });
}

}  // namespace leat::cli::chaos
