#pragma once
// How much one dispatch may carry.
#include <cstddef>

namespace leat::store {

// Payload bytes of one call, unless a single task is larger: a script that runs for 2 ms keeps others waiting, and
// these cost it some 2 ns each.
inline constexpr std::size_t kDispatchBytesMax = 384U << 10;

}  // namespace leat::store
