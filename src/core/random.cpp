#include "core/random.hpp"

namespace leat::core {

Random Random::from_entropy() {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return Random(seed);
}

std::uint64_t Random::below(std::uint64_t bound) {
    if (bound == 0) return 0;
    return next() % bound;
}

}  // namespace leat::core
