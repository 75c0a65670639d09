#pragma once
// Takes deliveries for one agent, never more than its free slots, nor than one reply should hold: in rounds while there
// is work, blocking when there is none. One connection of its own, because a blocking read occupies it.
#include <functional>
#include <vector>

#include "async/task_group.hpp"
#include "redis/connection.hpp"
#include "runtime/read_budget.hpp"
#include "runtime/read_interrupter.hpp"
#include "runtime/service.hpp"
#include "store/store.hpp"
#include "tasks/lane_planner.hpp"

namespace leat::runtime {

class Fetcher final : public Service {
  public:
    struct Hooks {
        std::function<int()> free_slots;
        std::function<void(std::vector<store::Delivery>)> accept;
        std::function<void(ErrorCode)> failed;  // what it may have handed out is to be looked for
        std::function<void()> groups_lost;      // they are there again; what else was lost is to be looked for
    };

    Fetcher(WorkerCore& core, store::AgentKeys const& keys, AgentOptions const& options, ReadBudget& budget,
            Hooks hooks);

    // Runs the connection and the loop until stop().
    [[nodiscard]] boost::asio::awaitable<void> run() override;
    void stop() override;

    // Paused: nothing is fetched; a blocked read is ended.
    void set_paused(bool paused);
    [[nodiscard]] bool paused() const noexcept { return paused_; }

    // Restarts the connection when the loop has been silent for Pace::watchdog_silence. Returns whether it did.
    bool watch();

  private:
    [[nodiscard]] boost::asio::awaitable<void> loop();
    [[nodiscard]] boost::asio::awaitable<Result<void>> round(int most);
    [[nodiscard]] boost::asio::awaitable<Result<void>> block(int most);
    [[nodiscard]] int most_now() const;
    [[nodiscard]] store::GroupMending mending() const;
    void mended(store::GroupMending const& mending);
    void interrupt_read();
    [[nodiscard]] bool may_fetch() const noexcept { return !stopping_ && !paused_; }

    store::AgentKeys const& keys_;
    ReadBudget& budget_;
    Hooks const hooks_;
    redis::Connection connection_;
    tasks::LanePlanner planner_;
    async::TaskGroup group_;
    ReadInterrupter interrupter_;
    std::chrono::steady_clock::time_point next_mending_;
    bool paused_ = false;
    std::chrono::steady_clock::time_point last_life_;
};

}  // namespace leat::runtime
