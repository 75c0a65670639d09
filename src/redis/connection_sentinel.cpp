// A connection by way of sentinels: who is the master is asked anew for each attempt, so a failover needs no other care
// than a new attempt.
#include <string>
#include <utility>

#include "redis/connection_impl.hpp"
#include "redis/sentinel_reply.hpp"

namespace leat::redis {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kSentinel = "sentinel";
constexpr std::string_view kMaster = "master";

}  // namespace

asio::awaitable<Result<ServerInfo>> Connection::Impl::open_master() {
    auto const master = co_await find_master();
    if (!master) co_return std::unexpected(master.error());
    auto server = options_;
    server.sentinels.clear();
    server.host = master->host;
    server.port = master->port;
    auto opened = co_await open(server);
    // Sentinels that have not heard of a failover yet name the old master.
    if (opened && opened->role != kMaster) {
        co_return fail(ErrorCode::unavailable, kSentinel,
                       "the server " + opened->address +
                           " is no master, although the sentinels name it; a failover "
                           "seems to be under way");
    }
    co_return opened;
}

asio::awaitable<Result<Address>> Connection::Impl::find_master() {
    auto const count = options_.sentinels.size();
    Error failure{ErrorCode::unavailable, std::string(kSentinel), ""};
    for (std::size_t i = 0; i < count && !closed_ && !loss_; ++i) {
        auto const index = (first_sentinel_ + i) % count;
        auto const& sentinel = options_.sentinels[index];
        auto const answer = co_await ask_sentinel(sentinel);
        if (answer) {
            first_sentinel_ = index;
            co_return answer;
        }
        auto const& error = answer.error();
        // An operator is needed only where no sentinel could be right tomorrow.
        if (i == 0) failure.code = error.code;
        if (failure.code != error.code) failure.code = ErrorCode::unavailable;
        failure.detail += (i == 0 ? "" : "; ") + to_string(sentinel) + ": " + error.detail;
    }
    failure.detail = "no sentinel says where the master " + options_.master_name + " is: " + failure.detail;
    co_return std::unexpected(std::move(failure));
}

asio::awaitable<Result<Address>> Connection::Impl::ask_sentinel(Address const& sentinel) {
    // All of them and then the master must fit into the time for one attempt.
    auto const share = options_.connect_timeout / static_cast<int>(options_.sentinels.size() + 1);
    sentinel_deadline_ = std::chrono::steady_clock::now() + share;
    arm(sentinel_deadline_);
    auto const server = sentinel_options(options_, sentinel);
    auto const opened = co_await open(server);
    auto result = Result<Address>();
    if (opened) {
        wire_.clear();
        master_question(options_.master_name).append_to(wire_);
        co_await transport_.write(wire_);
        auto const reply = co_await read_handshake_reply();
        if (reply) {
            result = read_master_address(options_.master_name, reply->root());
        } else {
            result = std::unexpected(reply.error());
        }
    } else {
        result = std::unexpected(opened.error());
    }
    bool const late = sentinel_deadline_ == TimePoint::max();
    sentinel_deadline_ = TimePoint::max();
    transport_.close();
    if (!result && late) {
        co_return fail(ErrorCode::unavailable, kSentinel, "no answer within " + std::to_string(share.count()) + " ms");
    }
    co_return result;
}

}  // namespace leat::redis
