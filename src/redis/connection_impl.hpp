#pragma once
// The inside of Connection: coroutines around Transport, Handshake, RespParser, Pipeline and ReconnectBackoff.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "async/signal.hpp"
#include "redis/connection.hpp"
#include "redis/pipeline.hpp"
#include "redis/reconnect_backoff.hpp"
#include "redis/resp_parser.hpp"
#include "redis/transport.hpp"

namespace leat::redis {

class Connection::Impl : public std::enable_shared_from_this<Impl> {
  public:
    using Complete = std::move_only_function<void(Result<Reply>)>;

    Impl(boost::asio::any_io_executor executor, ConnectOptions options, ConnectionEvents events, core::Random random);

    [[nodiscard]] boost::asio::awaitable<void> run();
    void close();
    void drop(std::string_view why);
    void set_reconnect_delay_max(std::chrono::milliseconds delay);
    // `complete` must post, not run, what it completes. `slot` may be unconnected.
    void submit(std::span<Command const> commands, ExecOptions const& options, Complete complete,
                boost::asio::cancellation_slot slot);

    [[nodiscard]] bool connected() const noexcept { return connected_; }
    [[nodiscard]] ServerInfo const& server() const noexcept { return server_; }
    [[nodiscard]] ConnectOptions const& options() const noexcept { return options_; }
    [[nodiscard]] boost::asio::any_io_executor const& executor() const noexcept { return executor_; }

  private:
    // One connection from the attempt to its end; answers why it ended.
    [[nodiscard]] boost::asio::awaitable<Error> live();
    [[nodiscard]] boost::asio::awaitable<Result<void>> establish();
    // Connects to one server and greets it.
    [[nodiscard]] boost::asio::awaitable<Result<ServerInfo>> open(ConnectOptions const& server);
    [[nodiscard]] boost::asio::awaitable<Result<ServerInfo>> shake_hands(ConnectOptions const& server);
    [[nodiscard]] boost::asio::awaitable<Result<Reply>> read_handshake_reply();
    // --- connection_sentinel.cpp ---
    [[nodiscard]] boost::asio::awaitable<Result<ServerInfo>> open_master();
    [[nodiscard]] boost::asio::awaitable<Result<Address>> find_master();
    [[nodiscard]] boost::asio::awaitable<Result<Address>> ask_sentinel(Address const& sentinel);

    [[nodiscard]] boost::asio::awaitable<Error> serve();
    [[nodiscard]] boost::asio::awaitable<Error> read_replies();
    [[nodiscard]] boost::asio::awaitable<void> write_commands();
    [[nodiscard]] boost::asio::awaitable<void> back_off(Error error);
    [[nodiscard]] boost::asio::awaitable<void> watch_deadlines();

    [[nodiscard]] std::optional<Error> take_replies(TimePoint now);
    [[nodiscard]] bool take_reply(Reply reply, TimePoint now);
    void abort(Error why);
    void on_deadline(TimePoint now);
    void arm(TimePoint deadline);
    [[nodiscard]] TimePoint nearest_deadline() const;

    boost::asio::any_io_executor const executor_;
    ConnectOptions options_;
    ConnectionEvents const events_;

    Transport transport_;
    RespParser parser_;
    Pipeline pipeline_;
    ReconnectBackoff backoff_;
    ServerInfo server_;
    std::string wire_;  // the write under way

    async::Signal write_wanted_;
    async::Signal retry_now_;
    boost::asio::steady_timer deadline_timer_;  // one for everything: it fires at armed_, then looks what is due
    TimePoint armed_ = TimePoint::min();
    TimePoint connect_deadline_ = TimePoint::max();
    TimePoint sentinel_deadline_ = TimePoint::max();
    TimePoint leave_deadline_ = TimePoint::max();
    std::size_t first_sentinel_ = 0;  // the one that knew last

    std::optional<Error> loss_;     // why the present connection is being given up
    std::optional<Error> leaving_;  // given up as soon as what is sent has been answered, or at leave_deadline_
    std::optional<Error> refusal_;  // what the server refused at the last attempt
    std::string last_failure_ = "there is no connection yet";
    bool connected_ = false;
    bool closed_ = false;
    bool subscribed_ = false;  // has sent SUBSCRIBE or its like
};

}  // namespace leat::redis
