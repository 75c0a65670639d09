#pragma once
// Stands between a client and its server, passes one command after the other, and cuts the connection where it is told.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/task_group.hpp"

namespace leat::crash_points {

enum class CutAt : std::uint8_t {
    before_send,   // the server never sees the command
    before_reply,  // the server has done it, the client never knows
    after_reply,   // the client knows, and has no connection for what follows
};
[[nodiscard]] std::string_view to_string(CutAt at) noexcept;

struct Cut {
    std::size_t command = 1;  // the how-manieth one since arm(), over all connections
    CutAt at = CutAt::before_send;
};

// Everything runs on the one thread of `context`. Commands are passed one at a time: the next is read when the reply to
// the one before has been passed on, so that the server's state at a cut is always the same.
class CuttingProxy {
  public:
    CuttingProxy(boost::asio::io_context& context, std::string listen_path, std::string server_path);
    ~CuttingProxy();
    CuttingProxy(CuttingProxy const&) = delete;
    CuttingProxy& operator=(CuttingProxy const&) = delete;

    // Counts from here on and makes these cuts, which are in the order of their commands.
    void arm(std::vector<Cut> cuts);
    [[nodiscard]] std::size_t cuts_left() const { return cuts_.size(); }
    // Names of the commands since arm(); a script is named by its digest.
    [[nodiscard]] std::vector<std::string> const& commands() const { return commands_; }

  private:
    using Socket = boost::asio::local::stream_protocol::socket;
    struct Session {
        Socket client;
        Socket server;
        std::string from_client{};
        std::string from_server{};
        bool subscribed = false;  // replies and messages come in any order, and are passed on by relay()
    };

    [[nodiscard]] boost::asio::awaitable<void> accept();
    [[nodiscard]] boost::asio::awaitable<void> serve(std::shared_ptr<Session> session);
    // What a subscribed connection is told between its commands.
    [[nodiscard]] static boost::asio::awaitable<void> relay(std::shared_ptr<Session> session);
    // One command and its reply; false where the session has ended.
    [[nodiscard]] boost::asio::awaitable<bool> pass_one(Session& session);

    boost::asio::io_context& context_;
    std::string const server_path_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    async::TaskGroup tasks_;
    std::vector<std::weak_ptr<Session>> sessions_;
    std::deque<Cut> cuts_;
    std::vector<std::string> commands_;
    bool closed_ = false;
};

}  // namespace leat::crash_points
