#include "redis/connection.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "redis/connection_impl.hpp"

namespace leat::redis {
namespace {

namespace asio = boost::asio;

// Completions are posted: a resumed caller never runs inside our read loop, and everything that one read answered is
// answered before the next write goes out.
template <class Handler, class Value>
void post_result(Handler handler, Value value) {
    auto const executor = asio::get_associated_executor(handler);
    asio::post(executor, [handler = std::move(handler), value = std::move(value)]() mutable {
        asio::get_associated_cancellation_slot(handler).clear();
        std::move(handler)(std::move(value));
    });
}

// Gathers the replies of exec_all().
template <class Handler>
class Collector {
  public:
    Collector(Handler handler, std::size_t expected) : handler_(std::move(handler)), expected_(expected) {
        replies_.reserve(expected);
    }

    void operator()(Result<Reply> reply) {
        if (!reply) return finish(std::unexpected(std::move(reply.error())));
        replies_.push_back(std::move(*reply));
        if (replies_.size() == expected_) finish(std::move(replies_));
    }

  private:
    void finish(Result<std::vector<Reply>> result) { post_result(std::move(handler_), std::move(result)); }

    Handler handler_;
    std::size_t expected_;
    std::vector<Reply> replies_;
};

template <class Signature, class Initiation>
auto initiate(Initiation initiation) {
    return asio::async_initiate<asio::use_awaitable_t<> const, Signature>(std::move(initiation), asio::use_awaitable);
}

core::Random random_of(std::uint64_t seed) {
    return seed != 0 ? core::Random(seed) : core::Random::from_entropy();
}

}  // namespace

Connection::Connection(asio::any_io_executor executor, ConnectOptions options, ConnectionEvents events,
                       std::uint64_t jitter_seed)
    : impl_(
          std::make_shared<Impl>(std::move(executor), std::move(options), std::move(events), random_of(jitter_seed))) {}

Connection::~Connection() = default;

asio::awaitable<void> Connection::run() {
    return impl_->run();
}

void Connection::close() {
    impl_->close();
}

void Connection::drop(std::string_view why) {
    impl_->drop(why);
}

void Connection::set_reconnect_delay_max(std::chrono::milliseconds delay) {
    impl_->set_reconnect_delay_max(delay);
}

asio::awaitable<Result<Reply>> Connection::exec(Command command, ExecOptions options) {
    return initiate<void(Result<Reply>)>([impl = impl_.get(), command = std::move(command), options](auto handler) {
        auto const slot = asio::get_associated_cancellation_slot(handler);
        auto complete = [handler = std::move(handler)](Result<Reply> reply) mutable {
            post_result(std::move(handler), std::move(reply));
        };
        impl->submit({&command, 1}, options, std::move(complete), slot);
    });
}

asio::awaitable<Result<Reply>> Connection::exec(std::reference_wrapper<Command const> command, ExecOptions options) {
    return initiate<void(Result<Reply>)>([impl = impl_.get(), command = &command.get(), options](auto handler) {
        auto const slot = asio::get_associated_cancellation_slot(handler);
        auto complete = [handler = std::move(handler)](Result<Reply> reply) mutable {
            post_result(std::move(handler), std::move(reply));
        };
        impl->submit({command, 1}, options, std::move(complete), slot);
    });
}

asio::awaitable<Result<std::vector<Reply>>> Connection::exec_all(std::vector<Command> commands, ExecOptions options) {
    return initiate<void(Result<std::vector<Reply>>)>(
        [impl = impl_.get(), commands = std::move(commands), options](auto handler) {
            if (commands.empty()) return post_result(std::move(handler), Result<std::vector<Reply>>());
            auto const slot = asio::get_associated_cancellation_slot(handler);
            impl->submit(commands, options, Collector(std::move(handler), commands.size()), slot);
        });
}

bool Connection::connected() const noexcept {
    return impl_->connected();
}
ServerInfo const& Connection::server() const noexcept {
    return impl_->server();
}
ConnectOptions const& Connection::options() const noexcept {
    return impl_->options();
}
asio::any_io_executor Connection::executor() const noexcept {
    return impl_->executor();
}

}  // namespace leat::redis
