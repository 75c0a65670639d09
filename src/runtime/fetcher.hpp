#pragma once
// Takes deliveries for one agent, never more than its free slots: in rounds while there is work, blocking when there is
// none. One connection of its own, because a blocking read occupies it.
#include <functional>
#include <vector>

#include "async/task_group.hpp"
#include "redis/connection.hpp"
#include "runtime/service.hpp"
#include "store/store.hpp"
#include "tasks/lane_planner.hpp"

namespace leat::runtime {

class Fetcher final : public Service {
  public:
    using FreeSlots = std::function<int()>;
    using Accept = std::function<void(std::vector<store::Delivery>)>;

    Fetcher(WorkerCore& core, store::AgentKeys const& keys, AgentOptions const& options, FreeSlots free_slots,
            Accept accept);

    // Runs the connection and the loop until stop().
    [[nodiscard]] boost::asio::awaitable<void> run() override;
    void stop() override;

    // Paused: nothing is fetched; a blocked read is ended.
    void set_paused(bool paused);
    [[nodiscard]] bool paused() const noexcept { return paused_; }

    // Restarts the connection when the loop has been silent for kWatchdogSilence. Returns whether it did.
    bool watch();

  private:
    [[nodiscard]] boost::asio::awaitable<void> loop();
    [[nodiscard]] boost::asio::awaitable<Result<void>> round(int free);
    [[nodiscard]] boost::asio::awaitable<Result<void>> block(int free);
    [[nodiscard]] boost::asio::awaitable<void> unblock();
    void interrupt_read();
    [[nodiscard]] bool may_fetch() const noexcept { return !stopping_ && !paused_; }

    store::AgentKeys const& keys_;
    FreeSlots const free_slots_;
    Accept const accept_;
    redis::Connection connection_;
    tasks::LanePlanner planner_;
    async::TaskGroup group_;
    async::Signal read_ended_;
    bool paused_ = false;
    bool blocked_ = false;
    bool unblocking_ = false;
    std::chrono::steady_clock::time_point last_life_;
};

}  // namespace leat::runtime
