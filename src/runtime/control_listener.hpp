#pragma once
// Listens to the control channels of all agents of a worker. Messages are hints: whatever may have been missed while
// the subscription was down is read again from Redis.
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "async/task_group.hpp"
#include "redis/subscriber.hpp"
#include "runtime/agent_service.hpp"
#include "runtime/service.hpp"

namespace leat::runtime {

class ControlListener final : public Service {
  public:
    ControlListener(WorkerCore& core, std::span<std::unique_ptr<AgentService> const> agents);
    [[nodiscard]] boost::asio::awaitable<void> run() override;
    void stop() override;

  private:
    void on_message(std::string_view channel, std::string_view text);
    void on_subscribed(std::string_view channel);
    [[nodiscard]] AgentService* agent_of(std::string_view channel) const;

    std::span<std::unique_ptr<AgentService> const> const agents_;
    async::TaskGroup chores_;
    redis::Subscriber subscriber_;
};

}  // namespace leat::runtime
