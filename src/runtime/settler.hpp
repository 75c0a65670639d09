#pragma once
// Records verdicts: whatever is ready goes out with the next call, at most a batch each, a few calls under way.
//
// A call whose outcome is unknown is sent again until it is known: the script recognises its own earlier work
// (`already`).
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "async/task_group.hpp"
#include "runtime/flight.hpp"
#include "runtime/service.hpp"
#include "store/store.hpp"
#include "tasks/judge.hpp"

namespace leat::runtime {

// What a worker registers.
[[nodiscard]] store::AgentPolicy policy_of(AgentOptions const& options);

class Settler final : public Service {
  public:
    // Told once a flight's verdict is recorded, was stale, or became `cancelled`.
    using Recorded = std::function<void(std::shared_ptr<Flight> const&, tasks::Ruling const&, store::SettleStatus)>;

    Settler(WorkerCore& core, store::AgentKeys const& keys, AgentOptions const& options, Recorded recorded);

    // Takes over the recording of a ruling.
    void add(std::shared_ptr<Flight> flight, tasks::Ruling ruling);
    // Sends whatever has gathered; call once after a group of add().
    void pump();
    // Verdicts not yet recorded.
    [[nodiscard]] std::size_t unsettled() const noexcept { return queue_.size() + under_way_; }

    // How much of what has ended is kept: the agent's, by its workers' common word.
    void set_kept(store::SettlePolicy const& kept) noexcept { kept_ = kept; }
    [[nodiscard]] store::SettlePolicy const& kept() const noexcept { return kept_; }

    [[nodiscard]] boost::asio::awaitable<void> run() override;

  private:
    struct Item {
        std::shared_ptr<Flight> flight;
        tasks::Ruling ruling;
        std::size_t price;  // what it may cost the server, see kCallPriceMax
    };
    [[nodiscard]] bool fills_a_call() const;
    [[nodiscard]] std::vector<Item> take_batch();
    [[nodiscard]] boost::asio::awaitable<void> settle(std::vector<Item> batch);
    [[nodiscard]] boost::asio::awaitable<void> settle_until_known(std::vector<Item> const& batch);
    void tell(std::vector<Item> const& batch, std::vector<store::SettleStatus> const& statuses);

    store::AgentKeys const& keys_;
    AgentOptions const& options_;
    store::SettlePolicy kept_;
    Recorded const recorded_;
    async::TaskGroup calls_;
    std::deque<Item> queue_;
    std::size_t queued_price_ = 0;
    std::size_t calls_under_way_ = 0;
    std::size_t refused_calls_ = 0;  // of them: those that are sent again and again
    std::size_t under_way_ = 0;
};

}  // namespace leat::runtime
