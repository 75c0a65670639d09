#include "redis/connection_impl.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <utility>

#include "async/task_group.hpp"
#include "redis/error_class.hpp"
#include "redis/handshake.hpp"
#include "redis/pubsub.hpp"

namespace leat::redis {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kConnect = "connect";
constexpr auto kLeaveTimeout = std::chrono::seconds(1);  // for replies that a server still owes when we leave it

TimePoint now() {
    return std::chrono::steady_clock::now();
}

Error lost(boost::system::error_code fault) {
    if (auto refusal = certificate_refusal(fault)) return std::move(*refusal);
    bool const by_server =
        fault == asio::error::eof || fault == asio::error::broken_pipe || fault == asio::error::connection_reset;
    return {ErrorCode::unavailable, std::string(kConnect),
            by_server ? "the server closed the connection" : fault.message()};
}

// After these replies another connection may find a server that serves us.
bool calls_for_reconnect(std::string_view error_reply) {
    constexpr std::array kWords{"LOADING", "READONLY", "MASTERDOWN", "UNBLOCKED"};
    auto const word = error_reply.substr(0, error_reply.find(' '));
    return std::ranges::find(kWords, word) != kWords.end();
}

bool only_an_operator_can_help(ErrorCode code) {
    return code == ErrorCode::denied || code == ErrorCode::invalid_input || code == ErrorCode::unsupported;
}

}  // namespace

Connection::Impl::Impl(asio::any_io_executor executor, ConnectOptions options, ConnectionEvents events,
                       core::Random random)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      events_(std::move(events)),
      transport_(executor_),
      backoff_(options_.reconnect_delay_min, options_.reconnect_delay_max, random),
      write_wanted_(executor_),
      retry_now_(executor_),
      deadline_timer_(executor_) {}

asio::awaitable<void> Connection::Impl::run() {
    async::TaskGroup group(executor_);
    group.spawn(watch_deadlines());
    while (!closed_) {
        auto error = co_await live();
        if (!closed_) co_await back_off(std::move(error));
    }
    co_await group.join();
}

void Connection::Impl::close() {
    if (std::exchange(closed_, true)) return;
    pipeline_.fail_all(ErrorCode::cancelled, "the connection was closed");
    transport_.close();
    deadline_timer_.cancel();
    write_wanted_.notify();
    retry_now_.notify();
}

void Connection::Impl::drop(std::string_view why) {
    abort({ErrorCode::unavailable, std::string(kConnect), "dropped: " + std::string(why)});
    retry_now_.notify();
}

void Connection::Impl::set_reconnect_delay_max(std::chrono::milliseconds delay) {
    options_.reconnect_delay_max = delay;
    backoff_.set_max(delay);
}

void Connection::Impl::submit(std::span<Command const> commands, ExecOptions const& options, Complete complete,
                              asio::cancellation_slot slot) {
    auto const& first = commands.front();
    if (closed_) return complete(fail(ErrorCode::cancelled, first.name(), "the connection was closed"));
    if (refusal_) return complete(fail(ErrorCode::denied, first.name(), refusal_->detail));

    Request request;
    request.complete = std::move(complete);
    request.reply_timeout = options.reply_timeout.count() > 0 ? options.reply_timeout : options_.command_timeout;
    request.queue_timeout = options.queue_timeout.count() > 0 ? options.queue_timeout : options_.connect_timeout;
    request.confirmed_by_push = is_subscription_command(first.name());
    if (request.confirmed_by_push) {
        if (first.word_count() != 2 || commands.size() != 1)
            throw std::logic_error("subscribe to one channel per command");
        subscribed_ = true;
    }
    auto const ticket = pipeline_.push(commands, request, connected_ ? TimePoint() : now());
    if (!ticket)
        return request.complete(fail(ErrorCode::unavailable, first.name(), "128 MiB of commands wait to be sent"));
    if (slot.is_connected()) {
        slot.assign([weak = weak_from_this(), ticket = *ticket, name = std::string(first.name())](auto) {
            auto const impl = weak.lock();
            if (!impl) return;
            if (auto abandoned = impl->pipeline_.abandon(ticket)) {
                abandoned(fail(ErrorCode::cancelled, name, "the caller did not wait for the reply"));
            }
        });
    }
    if (connected_) {
        write_wanted_.notify();
    } else {
        arm(pipeline_.deadline_of_last());
    }
}

asio::awaitable<Error> Connection::Impl::live() {
    loss_.reset();
    leaving_.reset();
    leave_deadline_ = TimePoint::max();
    auto const established = co_await establish();
    auto error = established ? Error() : established.error();
    if (established) error = co_await serve();
    transport_.close();
    co_return loss_.value_or(std::move(error));
}

asio::awaitable<Result<void>> Connection::Impl::establish() {
    connect_deadline_ = now() + options_.connect_timeout;
    arm(connect_deadline_);
    auto opened = Result<ServerInfo>();
    if (options_.sentinels.empty()) {
        opened = co_await open(options_);
    } else {
        opened = co_await open_master();
    }
    connect_deadline_ = TimePoint::max();
    if (!opened) co_return std::unexpected(std::move(opened.error()));
    if (closed_ || loss_) co_return fail(ErrorCode::cancelled, kConnect, "the connection was closed");
    server_ = std::move(*opened);
    co_return Result<void>();
}

asio::awaitable<Result<ServerInfo>> Connection::Impl::open(ConnectOptions const& server) {
    auto const opened = co_await transport_.open(server);
    if (!opened) co_return std::unexpected(opened.error());
    co_return co_await shake_hands(server);
}

asio::awaitable<Result<ServerInfo>> Connection::Impl::shake_hands(ConnectOptions const& server) {
    parser_.reset();
    Handshake handshake(server);
    while (auto const command = handshake.next()) {
        wire_.clear();
        command->append_to(wire_);
        // A fault of the write shows in the read too, after what the server said before it closed.
        co_await transport_.write(wire_);
        auto const reply = co_await read_handshake_reply();
        if (!reply) co_return std::unexpected(reply.error());
        auto const accepted = handshake.on_reply(reply->root());
        if (!accepted) co_return std::unexpected(accepted.error());
    }
    auto info = handshake.server();
    info.address = server.transport == TransportKind::unix_socket ? server.socket_path
                                                                  : to_string(Address{server.host, server.port});
    co_return info;
}

asio::awaitable<Result<Reply>> Connection::Impl::read_handshake_reply() {
    for (;;) {
        auto reply = parser_.next();
        if (!reply) co_return std::unexpected(reply.error());
        if (*reply && (*reply)->root().type() != ReplyType::push) co_return std::move(**reply);
        if (*reply) continue;
        auto const space = parser_.prepare();
        auto const [fault, size] = co_await transport_.read_some(space);
        if (fault) co_return std::unexpected(lost(fault));
        parser_.commit(size);
    }
}

asio::awaitable<Error> Connection::Impl::serve() {
    auto const since = now();
    connected_ = true;
    refusal_.reset();
    pipeline_.on_connected();
    if (events_.on_connected) events_.on_connected(server_);
    async::TaskGroup writer(executor_);
    writer.spawn(write_commands());
    auto error = co_await read_replies();

    connected_ = false;
    transport_.close();
    write_wanted_.notify();
    co_await writer.join();
    if (loss_) error = *loss_;
    auto const until = now();
    pipeline_.on_lost(error.detail, until);
    if (until - since >= options_.reconnect_delay_max) backoff_.reset();
    co_return error;
}

asio::awaitable<Error> Connection::Impl::read_replies() {
    for (;;) {
        if (auto fault = take_replies(now())) co_return std::move(*fault);
        auto const space = parser_.prepare();
        auto const [fault, size] = co_await transport_.read_some(space);
        if (fault) co_return lost(fault);
        parser_.commit(size);
    }
}

std::optional<Error> Connection::Impl::take_replies(TimePoint at) {
    for (;;) {
        auto reply = parser_.next();
        if (!reply) return reply.error();
        if (!*reply) break;
        if (!take_reply(std::move(**reply), at)) {
            return Error{ErrorCode::corrupt, std::string(kConnect), "the server sent a reply that nobody asked for"};
        }
    }
    if (leaving_ && !pipeline_.awaits_reply()) return leaving_;
    return std::nullopt;
}

bool Connection::Impl::take_reply(Reply reply, TimePoint at) {
    auto const root = reply.root();
    if (root.type() == ReplyType::push || (subscribed_ && server_.protocol == 2 && is_pubsub_array(root))) {
        if (events_.on_push) events_.on_push(root);
        if (!pipeline_.awaits_push() || !is_subscription_confirmation(root)) return true;
    }
    if (root.is_error() && !leaving_ && calls_for_reconnect(root.text())) {
        leaving_ = error_of_reply(kConnect, root.text());
        leave_deadline_ = at + kLeaveTimeout;
        arm(leave_deadline_);
    }
    return pipeline_.on_reply(std::move(reply), at);
}

asio::awaitable<void> Connection::Impl::write_commands() {
    while (connected_) {
        if (leaving_ || !pipeline_.has_unsent()) {
            co_await write_wanted_.wait();
            continue;
        }
        pipeline_.take_wire(wire_, now());
        arm(nearest_deadline());
        auto const rest = std::string_view(wire_).substr(transport_.write_now(wire_));
        if (rest.empty()) continue;
        auto const [fault, size] = co_await transport_.write(rest);
        if (fault) {
            abort(lost(fault));
            co_return;
        }
    }
}

asio::awaitable<void> Connection::Impl::back_off(Error error) {
    bool const refused = only_an_operator_can_help(error.code);
    auto const delay = refused ? backoff_.after_refusal() : backoff_.after_failure();
    last_failure_ = error.detail;
    if (refused) {
        pipeline_.fail_unsent(ErrorCode::denied, error.detail);
        refusal_ = error;
    } else {
        refusal_.reset();
    }
    loss_.reset();
    arm(nearest_deadline());
    if (events_.on_disconnected) events_.on_disconnected(error, backoff_.failures());
    if (!closed_) co_await retry_now_.wait_for(delay);
}

asio::awaitable<void> Connection::Impl::watch_deadlines() {
    while (!closed_) {
        armed_ = nearest_deadline();
        deadline_timer_.expires_at(armed_);
        co_await deadline_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!closed_) on_deadline(now());
    }
}

void Connection::Impl::on_deadline(TimePoint at) {
    if (connect_deadline_ <= at) {
        connect_deadline_ = TimePoint::max();
        abort({ErrorCode::unavailable, std::string(kConnect),
               "no connection within " + std::to_string(options_.connect_timeout.count()) + " ms"});
    }
    if (sentinel_deadline_ <= at) {
        sentinel_deadline_ = TimePoint::max();
        transport_.close();  // the next one is asked
    }
    if (leave_deadline_ <= at) abort(*leaving_);
    if (auto const name = pipeline_.overdue(at)) abort({ErrorCode::unavailable, *name, "the server does not reply"});
    pipeline_.expire_unsent("no connection in time: " + last_failure_, at);
}

// The first reason counts; what comes after it is its consequence.
void Connection::Impl::abort(Error why) {
    if (!loss_) loss_ = std::move(why);
    transport_.close();
}

void Connection::Impl::arm(TimePoint deadline) {
    if (deadline < armed_) deadline_timer_.cancel();
}

TimePoint Connection::Impl::nearest_deadline() const {
    // A connection that is being given up has none: on_lost() settles what it owes.
    if (loss_) return connect_deadline_;
    return std::min(
        {connect_deadline_, sentinel_deadline_, leave_deadline_, pipeline_.next_deadline().value_or(TimePoint::max())});
}

}  // namespace leat::redis
