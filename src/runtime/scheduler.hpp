#pragma once
// Makes scheduled tasks ready when they are due: sleeps until the next due time, woken earlier by an earlier arrival.
#include "runtime/service.hpp"
#include "store/store.hpp"

namespace leat::runtime {

class Scheduler final : public Service {
  public:
    Scheduler(WorkerCore& core, store::AgentKeys const& keys) : Service(core, "scheduler"), keys_(keys) {}
    [[nodiscard]] boost::asio::awaitable<void> run() override;

  private:
    // Promotes everything that is due; answers how long to sleep.
    [[nodiscard]] boost::asio::awaitable<Result<std::chrono::milliseconds>> promote_due();

    store::AgentKeys const& keys_;
};

}  // namespace leat::runtime
