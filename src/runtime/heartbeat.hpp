#pragma once
// Says every few seconds that this worker lives and what it serves, and keeps the estimate of the server's clock fresh.
// It is the last service to stop: nobody may take a draining worker for dead.
#include <functional>

#include "runtime/data_epoch.hpp"
#include "runtime/service.hpp"
#include "store/store_worker.hpp"

namespace leat::runtime {

class Heartbeat final : public Service {
  public:
    using Describe = std::function<store::WorkerBeat()>;
    using Reset = std::function<void(std::string_view how)>;
    // `reset` is told, once, that Redis' data are not those of the last beat.
    Heartbeat(WorkerCore& core, Describe describe, Reset reset)
        : Service(core, "heartbeat"), describe_(std::move(describe)), reset_(std::move(reset)) {}

    [[nodiscard]] boost::asio::awaitable<void> run() override;
    // One beat now.
    [[nodiscard]] boost::asio::awaitable<Result<void>> beat();
    // Of the last beat: the server's clock, and when its data began (0: not known).
    [[nodiscard]] std::int64_t server_ms() const noexcept { return server_ms_; }
    [[nodiscard]] std::int64_t data_since_ms() const noexcept { return epoch_.begun_ms(); }

  private:
    Describe const describe_;
    Reset const reset_;
    DataEpoch epoch_;
    std::int64_t beats_ = 0;
    std::int64_t server_ms_ = 0;
};

// Resident memory of this process in bytes, 0 where it cannot be read.
[[nodiscard]] std::int64_t resident_bytes();

}  // namespace leat::runtime
