#pragma once
// Which fault comes when: decided by the seed alone.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/random.hpp"
#include "leat/task.hpp"

namespace leat::cli::chaos {

// One fault to come.
struct Planned {
    std::size_t fault = 0;     // index into the chosen faults
    Milliseconds pause{0};     // calm before it
    std::uint64_t seed = 0;    // of the fault's own randomness
    std::uint64_t number = 0;  // from 1 on
};

// Deals the chosen faults like cards: every one once in random order, then all again in another order. Those that come
// once are among the first turns, and never come again unless there are no others.
class Schedule {
  public:
    // `once`: of each chosen fault, whether it comes once; at least one. Pauses are half a lease to two leases.
    Schedule(std::uint64_t seed, std::vector<bool> once, Milliseconds lease);
    static constexpr std::uint64_t kEarlyTurns = 3;

    [[nodiscard]] Planned next();

  private:
    void deal();

    core::Random random_;
    std::vector<bool> once_;
    Milliseconds lease_;
    std::vector<std::size_t> deck_;
    std::uint64_t number_ = 0;
};

}  // namespace leat::cli::chaos
