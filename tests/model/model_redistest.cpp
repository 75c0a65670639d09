// Random sequences of all transitions against a real server and against the model: each answer and, at short intervals,
// the whole keyspace must agree. LEAT_MODEL_SEED=<n> repeats one sequence, LEAT_MODEL_STEPS=<n> makes sequences longer.
#include <cstdlib>
#include <iostream>

#include "model/sequence.hpp"

namespace leat::model {
namespace {

constexpr std::size_t kSequences = 30;
constexpr std::size_t kSteps = 500;  // of one sequence

std::size_t number_from(char const* variable, std::size_t otherwise) {
    auto const* const text = std::getenv(variable);
    return text != nullptr ? std::stoul(text) : otherwise;
}

TEST_F(ModelTest, random_sequences_do_what_the_model_says) {
    auto const steps = number_from("LEAT_MODEL_STEPS", kSteps);
    if (std::getenv("LEAT_MODEL_SEED") != nullptr) return run(number_from("LEAT_MODEL_SEED", 0), steps);
    auto const first = core::Random::from_entropy().next() % 1'000'000'000;
    std::cout << "model: " << kSequences << " sequences of " << steps << " steps, seeds from " << first << "\n";
    for (std::size_t i = 0; i < kSequences && !HasFailure(); ++i)
        run(first + i, steps);
}

// Sequences that once failed, and the same each time.
TEST_F(ModelTest, fixed_sequences_do_what_the_model_says) {
    for (std::uint64_t seed = 1; seed <= 5 && !HasFailure(); ++seed)
        run(seed, kSteps);
}

}  // namespace
}  // namespace leat::model
