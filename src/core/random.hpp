#pragma once
// The library's source of randomness: seeded, so that tests repeat.
#include <cstdint>
#include <random>

namespace leat::core {

// Not for secrets. One thread at a time.
class Random {
  public:
    // The same seed gives the same sequence, on every platform.
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    // Seeded with 256 bits from the operating system.
    [[nodiscard]] static Random from_entropy();

    [[nodiscard]] std::uint64_t next() { return engine_(); }
    // Evenly spread in [0, 1).
    [[nodiscard]] double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
    // In [0, bound); 0 where bound is 0. The bias is below bound / 2^64.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound);

  private:
    explicit Random(std::seed_seq& seed) : engine_(seed) {}

    std::mt19937_64 engine_;
};

}  // namespace leat::core
