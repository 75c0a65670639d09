#pragma once
// Makes scheduled tasks ready when they are due: sleeps until the next due time, woken earlier by an earlier arrival.
#include <span>
#include <string>

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
    // Promotes these, in calls that are under way together; the last one tells at most `most` of what is due next.
    [[nodiscard]] boost::asio::awaitable<Result<store::PromoteReply>> promote(std::span<std::string const> due,
                                                                              std::size_t most);

    store::AgentKeys const& keys_;
};

}  // namespace leat::runtime
