#pragma once
// Sees to it that the server has every script: producers and viewers whose user may not load scripts depend on it.
#include "runtime/service.hpp"

namespace leat::runtime {

// Looks at each (re)connection, when notify() is called, and every kScriptsEvery.
class ScriptKeeper final : public Service {
  public:
    explicit ScriptKeeper(WorkerCore& core) : Service(core, "script_keeper") {}
    [[nodiscard]] boost::asio::awaitable<void> run() override;
};

}  // namespace leat::runtime
