#pragma once
// Turns entries of the front door's stream into tasks of the agents they name, once per task id.
//
// An entry is removed only after its task is stored; a crash in between shows the entry again, and the task's id makes
// the second dispatch a duplicate. What cannot be handed to its agent now keeps nobody else's entries waiting: it stays
// pending and is tried again.
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "async/task_group.hpp"
#include "redis/connection.hpp"
#include "runtime/read_budget.hpp"
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
    // Tasks of one agent among the entries of one round, and the entries they came from.
    struct Share {
        std::vector<store::DispatchItem> items;
        std::vector<store::FrontEntry const*> entries;
        std::vector<std::string_view> traceparent_problems;  // empty where there is none
    };

    [[nodiscard]] boost::asio::awaitable<Result<void>> round();
    [[nodiscard]] boost::asio::awaitable<Result<void>> take_over();
    [[nodiscard]] boost::asio::awaitable<Result<void>> fetch();
    [[nodiscard]] boost::asio::awaitable<Result<void>> look_for_lost();
    [[nodiscard]] boost::asio::awaitable<Result<void>> admit_held(std::vector<std::string> ids);

    [[nodiscard]] boost::asio::awaitable<Result<void>> admit(std::vector<store::FrontEntry> entries);
    [[nodiscard]] boost::asio::awaitable<Result<void>> hand_over(std::string const& agent, Share& share);
    [[nodiscard]] boost::asio::awaitable<Result<void>> hand_over_part(std::string const& agent, Share const& part);
    [[nodiscard]] boost::asio::awaitable<Result<void>> refuse(store::FrontEntry const& entry, std::string_view reason);
    // Tells what failed for one agent (none: for an entry); fails where it would fail for all.
    [[nodiscard]] Result<void> told(Result<void> done, std::string_view agent);

    FrontDoorOptions const options_;
    redis::Connection connection_;
    async::TaskGroup group_;
    ReadInterrupter interrupter_;
    ReadBudget budget_;
    std::set<std::string> known_agents_;  // already in the registry
    std::chrono::steady_clock::time_point next_reclaim_;
    bool reply_lost_ = false;  // what it may have handed out is to be looked for
};

}  // namespace leat::runtime
