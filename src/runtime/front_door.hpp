#pragma once
// Turns entries of the front door's stream into tasks of the agents they name, once per task id.
//
// An entry is removed only after its task is stored; a crash in between shows the entry again, and the task's id makes
// the second dispatch a duplicate.
#include <set>
#include <string>
#include <vector>

#include "async/task_group.hpp"
#include "redis/connection.hpp"
#include "runtime/read_interrupter.hpp"
#include "runtime/service.hpp"
#include "store/store_front.hpp"

namespace leat::runtime {

class FrontDoor final : public Service {
  public:
    FrontDoor(WorkerCore& core, FrontDoorOptions options);
    [[nodiscard]] boost::asio::awaitable<void> run() override;
    void stop() override;

  private:
    [[nodiscard]] boost::asio::awaitable<void> loop();
    [[nodiscard]] boost::asio::awaitable<Result<void>> round();
    [[nodiscard]] boost::asio::awaitable<Result<void>> admit(std::vector<store::FrontEntry> entries);

    [[nodiscard]] boost::asio::awaitable<Result<void>> refuse(store::FrontEntry const& entry, std::string_view reason);

    FrontDoorOptions const options_;
    redis::Connection connection_;
    async::TaskGroup group_;
    ReadInterrupter interrupter_;
    std::set<std::string> known_agents_;  // already in the registry
    std::chrono::steady_clock::time_point next_reclaim_;
    bool reply_lost_ = false;  // what it may have handed out is to be looked for
};

}  // namespace leat::runtime
