#pragma once
// Interrupts attempts that outlive their timeout, and gives up on handlers that ignore an interruption.
//
// One timer for all flights: it is set for the earliest deadline and looks at every flight when it fires.
#include <functional>
#include <memory>

#include "runtime/flight.hpp"
#include "runtime/service.hpp"

namespace leat::runtime {

class DeadlineKeeper final : public Service {
  public:
    struct Hooks {
        std::function<FlightList const&()> flights;
        std::function<void(std::shared_ptr<Flight> const&)> timed_out;
        std::function<void(std::shared_ptr<Flight> const&)> gave_up;
    };
    DeadlineKeeper(WorkerCore& core, Hooks hooks) : Service(core, "deadline_keeper"), hooks_(std::move(hooks)) {}

    // A flight has a deadline at `time`. Cost: one comparison unless it is the earliest.
    void watch(SteadyTime time) {
        if (time >= next_) return;
        next_ = time;
        notify();
    }
    [[nodiscard]] boost::asio::awaitable<void> run() override;

  private:
    void look();

    Hooks const hooks_;
    SteadyTime next_ = SteadyTime::max();
};

}  // namespace leat::runtime
