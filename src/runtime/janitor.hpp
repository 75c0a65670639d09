#pragma once
// Keeps what nobody owns from growing: consumers of workers that are gone, old registry entries, old dead letters.
#include <memory>
#include <span>

#include "runtime/agent_service.hpp"
#include "runtime/service.hpp"

namespace leat::runtime {

class Janitor final : public Service {
  public:
    Janitor(WorkerCore& core, std::span<std::unique_ptr<AgentService> const> agents)
        : Service(core, "janitor"), agents_(agents) {}
    [[nodiscard]] boost::asio::awaitable<void> run() override;

  private:
    [[nodiscard]] boost::asio::awaitable<Result<void>> clean();

    std::span<std::unique_ptr<AgentService> const> const agents_;
};

}  // namespace leat::runtime
