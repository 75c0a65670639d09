#pragma once
// How many entries one read may ask for, so that its reply stays far below what a connection takes
// (redis::kMaxReplyBytes), whatever the entries weigh. Pure.
//
// Begins with a few and doubles with each reply that comes; a reply that does not come halves. The largest entry seen
// weighs on the next reads and is forgotten slowly.
#include <algorithm>
#include <cstddef>
#include <span>

#include "leat/task.hpp"
#include "redis/resp_parser.hpp"
#include "store/store.hpp"

namespace leat::runtime {

class ReadBudget {
  public:
    static constexpr std::size_t kEntriesFirst = 4;
    static constexpr std::size_t kEntriesMax = 100;
    static constexpr std::size_t kSingleReadsMax = 8;
    static constexpr std::size_t kReplyBytes = 8U << 20;  // what a reply may weigh by what was seen
    static_assert(kEntriesFirst * Limits::payload_bytes_max < redis::kMaxReplyBytes, "the first read never fails");
    static_assert(kEntriesMax * Limits::payload_bytes < redis::kMaxReplyBytes, "nor any with the usual payloads");

    [[nodiscard]] std::size_t entries() const noexcept {
        return std::clamp<std::size_t>(kReplyBytes / largest_, 1, allowed_);
    }
    // Entries to read by a command each: no reply is too large, but all of them are in memory at once.
    [[nodiscard]] std::size_t single_reads() const noexcept { return std::min(entries(), kSingleReadsMax); }
    // A reply with `count` entries came, the largest of so many bytes.
    void replied(std::size_t count, std::size_t largest) noexcept {
        if (count == 0) return;
        allowed_ = std::min(2 * allowed_, kEntriesMax);
        largest_ = std::max({largest, largest_ - largest_ / 8, std::size_t{1}});
    }
    // A reply did not come: it may have been too large.
    void lost() noexcept { allowed_ = std::max<std::size_t>(1, std::min(allowed_, entries()) / 2); }

  private:
    std::size_t allowed_ = kEntriesFirst;
    std::size_t largest_ = 1;
};

// The bytes of the largest delivery, about.
[[nodiscard]] inline std::size_t largest_of(std::span<store::Delivery const> deliveries) noexcept {
    std::size_t largest = 0;
    for (auto const& delivery : deliveries)
        largest = std::max(largest, delivery.message.payload.size() + delivery.message.last_error.size());
    return largest;
}

}  // namespace leat::runtime
