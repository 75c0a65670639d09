#pragma once
// Brings back what silent workers hold, and what was given back: at the start, in every sweep, and when told of a
// release.
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "runtime/claim_guard.hpp"
#include "runtime/read_budget.hpp"
#include "runtime/service.hpp"
#include "store/store.hpp"

namespace leat::runtime {

class Reclaimer final : public Service {
  public:
    struct Hooks {
        std::function<int()> free_slots;
        std::function<std::chrono::milliseconds()> lease;
        std::function<void(std::vector<store::Delivery>)> accept;
        std::function<void(ErrorCode)> failed;  // what it may have taken over is to be looked for
    };

    Reclaimer(WorkerCore& core, store::AgentKeys const& keys, ReadBudget& budget, Hooks hooks);

    [[nodiscard]] boost::asio::awaitable<void> run() override;
    void set_paused(bool paused) {
        paused_ = paused;
        if (!paused) notify();
    }

    // Redis was away, slow or held up: others get a lease to renew before they are judged.
    void troubled(std::string_view why) { guard_.trouble(why, core_.now()); }

    // A sweep was cut short because no slot was free: worth another one as soon as there is.
    [[nodiscard]] bool starved() const noexcept { return starved_; }

  private:
    [[nodiscard]] boost::asio::awaitable<Result<void>> sweep();
    [[nodiscard]] boost::asio::awaitable<Result<void>> look_at_clock();
    [[nodiscard]] boost::asio::awaitable<Result<void>> sweep_lane(Lane lane);
    [[nodiscard]] boost::asio::awaitable<Result<void>> inherit();
    [[nodiscard]] std::int64_t room() const;
    void take(store::ReclaimReply reply);

    store::AgentKeys const& keys_;
    ReadBudget& budget_;
    Hooks const hooks_;
    ClaimGuard guard_;
    std::array<std::string, kLanes> cursors_;
    bool paused_ = false;
    bool starved_ = false;
};

}  // namespace leat::runtime
