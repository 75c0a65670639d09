#pragma once
// Fresh names: task ids and consumer names.
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "core/random.hpp"

namespace leat::core {

// Makes task ids: 26 characters of [0-9A-Z] (ULID form: 48 bits of time, 80 bits of randomness). Ids of one generator
// sort in the order they were made, also when the clock goes back. Thread-safe. Cost: about 100 ns.
class IdGenerator {
  public:
    explicit IdGenerator(Random const& random) : random_(random) {}

    // `now_ms`: milliseconds since the epoch; negative counts as 0.
    [[nodiscard]] std::string next(std::int64_t now_ms);

  private:
    std::mutex mutex_;
    Random random_;           // guarded by mutex_, as all below
    std::uint64_t time_ = 0;  // of the last id, ms
    std::uint64_t high_ = 0;  // upper 16 of its 80 random bits
    std::uint64_t low_ = 0;   // lower 64
};

// "host.pid.random", unique per call: what the streams know a worker process by. Only [A-Za-z0-9_.:-], at most 128
// characters; other characters of `host` become '-'.
[[nodiscard]] std::string consumer_name(std::string_view host, std::int64_t pid, Random& random);

// This machine's name, "localhost" where it has none.
[[nodiscard]] std::string host_name();

}  // namespace leat::core
