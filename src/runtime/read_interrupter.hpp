#pragma once
// Ends a blocking read of one connection without losing what it may have been handed: the server is asked to unblock
// it. Closing the socket instead could strand an entry until somebody's patience ends.
#include <boost/asio/awaitable.hpp>
#include <functional>

#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "redis/connection.hpp"
#include "runtime/worker_core.hpp"

namespace leat::runtime {

class ReadInterrupter {
  public:
    // `group` owns the asking; `connection` is the one that reads.
    ReadInterrupter(WorkerCore& core, redis::Connection& connection, async::TaskGroup& group);

    void read_begins() noexcept { reading_ = true; }
    void read_ended() {
        reading_ = false;
        ended_.notify();
    }
    // Ends the read under way; asks again until it has ended or is wanted again (`wanted`).
    void interrupt(std::function<bool()> wanted);

  private:
    [[nodiscard]] boost::asio::awaitable<void> ask(std::function<bool()> wanted);

    WorkerCore& core_;
    redis::Connection& connection_;
    async::TaskGroup& group_;
    async::Signal ended_;
    bool reading_ = false;
    bool asking_ = false;
};

}  // namespace leat::runtime
