#pragma once
// Is there one order of events that explains everything that was said about one task? (Linearizability of a register.)
#include <cstdint>
#include <optional>
#include <vector>

namespace leat::cli::chaos {

// The states of the register. `live` is everything before the outcome.
enum class Register : std::uint8_t { absent, live, succeeded, dead, cancelled, expired };

// What one call did at one moment between its begin and its end, if it did it.
struct RegisterStep {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    Register needs = Register::absent;    // the state at that moment …
    Register becomes = Register::absent;  // … and after it
    bool any_but_absent = false;          // `needs` does not matter, only that the task is known; the state stays
    bool optional = false;                // it may never have happened
};

// The search looks at 2^steps states at worst.
inline constexpr std::size_t kStepsMax = 16;

// Whether an order exists, starting at `absent`. Nothing where there are more than kStepsMax steps.
[[nodiscard]] std::optional<bool> is_linearizable(std::vector<RegisterStep> const& steps);

}  // namespace leat::cli::chaos
