#pragma once
// Says every few seconds that this worker lives and what it serves, and keeps the estimate of the server's clock fresh.
// It is the last service to stop: nobody may take a draining worker for dead.
#include <functional>

#include "runtime/service.hpp"
#include "store/store_worker.hpp"

namespace leat::runtime {

class Heartbeat final : public Service {
  public:
    using Describe = std::function<store::WorkerBeat()>;
    Heartbeat(WorkerCore& core, Describe describe) : Service(core, "heartbeat"), describe_(std::move(describe)) {}

    [[nodiscard]] boost::asio::awaitable<void> run() override;
    // One beat now.
    [[nodiscard]] boost::asio::awaitable<Result<void>> beat();

  private:
    Describe const describe_;
};

// Resident memory of this process in bytes, 0 where it cannot be read.
[[nodiscard]] std::int64_t resident_bytes();

}  // namespace leat::runtime
