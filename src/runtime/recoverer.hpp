#pragma once
// Finds deliveries to this worker whose reply was lost, and takes them up without waiting for a lease to lapse.
//
// What the server says we hold and we know nothing of is ours: its fence is renewed first, so that nothing is taken up
// that was given back or taken over meanwhile.
#include <functional>
#include <vector>

#include "runtime/in_hand.hpp"
#include "runtime/service.hpp"
#include "store/store.hpp"

namespace leat::runtime {

class Recoverer final : public Service {
  public:
    using Accept = std::function<void(std::vector<store::Delivery>)>;

    Recoverer(WorkerCore& core, store::AgentKeys const& keys, InHand& in_hand, Accept accept);

    // Sleeps until notify(): a reply that may have held deliveries is missing.
    [[nodiscard]] boost::asio::awaitable<void> run() override;

  private:
    [[nodiscard]] boost::asio::awaitable<Result<void>> look();
    [[nodiscard]] boost::asio::awaitable<Result<void>> look_at(Lane lane);
    [[nodiscard]] boost::asio::awaitable<Result<void>> take_up(Lane lane, std::vector<store::HeldEntry> entries);

    store::AgentKeys const& keys_;
    InHand& in_hand_;
    Accept const accept_;
};

}  // namespace leat::runtime
