#pragma once
// Writes down once a minute how much each agent holds: charts of depth reach back as far as those of throughput.
#include <memory>
#include <span>

#include "runtime/agent_service.hpp"
#include "runtime/service.hpp"

namespace leat::runtime {

// Several workers of an agent all write; the last one in a minute is what stays.
class DepthRecorder final : public Service {
  public:
    DepthRecorder(WorkerCore& core, std::span<std::unique_ptr<AgentService> const> agents)
        : Service(core, "depth_recorder"), agents_(agents) {}
    [[nodiscard]] boost::asio::awaitable<void> run() override;

  private:
    [[nodiscard]] boost::asio::awaitable<Result<void>> record();

    std::span<std::unique_ptr<AgentService> const> const agents_;
};

}  // namespace leat::runtime
