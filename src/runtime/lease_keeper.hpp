#pragma once
// Renews the leases of everything an agent holds, fetched or running, and distrusts itself in time.
//
// A delivery's lease counts from the last renewal that was *confirmed*, measured from when it was sent. After two
// thirds of a lease without one, the handler is interrupted with `lease_lost` before any other worker may take the task
// over.
#include <functional>

#include "runtime/flight.hpp"
#include "runtime/self_fence.hpp"
#include "runtime/service.hpp"
#include "store/store.hpp"

namespace leat::runtime {

class LeaseKeeper final : public Service {
  public:
    struct Hooks {
        std::function<FlightList const&()> flights;
        std::function<void(std::shared_ptr<Flight> const&, std::string_view why)> lost;
        std::function<void(std::shared_ptr<Flight> const&)> missing;  // somebody deleted its message
        std::function<void(std::shared_ptr<Flight> const&)> cancel_requested;
        std::function<void()> troubled;  // a renewal failed, or took long
    };

    LeaseKeeper(WorkerCore& core, store::AgentKeys const& keys, std::chrono::milliseconds lease, Hooks hooks);

    [[nodiscard]] boost::asio::awaitable<void> run() override;
    // Distrusts in time, also while a renewal hangs. Runs beside run().
    [[nodiscard]] boost::asio::awaitable<void> watch();
    void stop() override;

    // The agent's lease was changed by another worker: renew in its rhythm from now on.
    void set_lease(std::chrono::milliseconds lease);
    [[nodiscard]] std::chrono::milliseconds lease() const noexcept { return fence_.lease(); }

  private:
    [[nodiscard]] boost::asio::awaitable<Result<void>> renew_all();
    void distrust();

    store::AgentKeys const& keys_;
    SelfFence fence_;
    Hooks const hooks_;
    async::Signal watch_;
};

}  // namespace leat::runtime
