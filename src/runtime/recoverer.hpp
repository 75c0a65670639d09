#pragma once
// Finds deliveries to this worker whose reply was lost, and takes them up without waiting for a lease to lapse.
//
// What the server says we hold and we know nothing of is ours: its fence is renewed first, so that nothing is taken up
// that was given back or taken over meanwhile. An entry that no connection takes is put aside unread.
#include <functional>
#include <string>
#include <vector>

#include "runtime/in_hand.hpp"
#include "runtime/read_budget.hpp"
#include "runtime/service.hpp"
#include "store/store.hpp"

namespace leat::runtime {

class Recoverer final : public Service {
  public:
    struct Hooks {
        std::function<void(std::vector<store::Delivery>)> accept;
        std::function<void()> looked;  // what was missing is in hand: more may be fetched
    };

    Recoverer(WorkerCore& core, store::AgentKeys const& keys, InHand& in_hand, ReadBudget& budget, Hooks hooks);

    // Sleeps until a reply is missing.
    [[nodiscard]] boost::asio::awaitable<void> run() override;
    // A reply that may have held deliveries is missing.
    void reply_lost() {
        looking_ = true;
        notify();
    }
    // What the server counts as ours is not known yet: who fetches now may hold more than its slots.
    [[nodiscard]] bool looking() const noexcept { return looking_; }

  private:
    [[nodiscard]] boost::asio::awaitable<Result<void>> look();
    [[nodiscard]] boost::asio::awaitable<Result<void>> look_at(Lane lane);
    [[nodiscard]] bool is_unreadable(Lane lane, store::HeldEntry const& entry, Error const& error);
    [[nodiscard]] boost::asio::awaitable<Result<void>> take_up(Lane lane, std::vector<store::HeldEntry> entries);

    store::AgentKeys const& keys_;
    InHand& in_hand_;
    ReadBudget& budget_;
    Hooks const hooks_;
    bool looking_ = false;
    std::string suspect_{};  // an entry whose reply alone was too large
};

}  // namespace leat::runtime
