#pragma once
// How much of a stream one question may read, and how many entries to ask for next. No I/O.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace leat::store {

inline constexpr std::int64_t kScanMax = 4'000;                // entries looked at for one page
inline constexpr std::size_t kScanBytes = 8U * 1'024 * 1'024;  // of replies read for one page

// Entries may hold a few bytes or a payload of 16 MiB. So the first command asks for a few, and each further one for as
// many as fit a reply of about 1 MiB: neither a command nor its reply takes long, whatever the entries hold.
class Scan {
  public:
    explicit Scan(std::int64_t entries_max = kScanMax, std::size_t bytes_max = kScanBytes) noexcept
        : entries_left_(std::max<std::int64_t>(entries_max, 1)), bytes_left_(std::max<std::size_t>(bytes_max, 1)) {}

    // How many entries to ask for next where `wanted` would do: 1 at least.
    [[nodiscard]] std::int64_t ask(std::int64_t wanted) const noexcept {
        return std::clamp<std::int64_t>(std::min(wanted, entries_left_), 1, step_);
    }
    // Notes what a command for so many entries answered.
    void saw(std::int64_t entries, std::size_t bytes) noexcept {
        seen_ += entries;
        entries_left_ -= std::max<std::int64_t>(entries, 1);
        bytes_left_ -= std::min(bytes, bytes_left_);
        if (entries <= 0) return;
        auto const each = std::max<std::int64_t>(1, static_cast<std::int64_t>(bytes) / entries);
        step_ = std::clamp<std::int64_t>(kReplyBytes / each, 1, std::min(step_ * kGrowth, kStepMax));
    }
    // Whether the question has to end here, with a cursor.
    [[nodiscard]] bool over() const noexcept { return entries_left_ <= 0 || bytes_left_ == 0; }
    [[nodiscard]] std::int64_t seen() const noexcept { return seen_; }
    [[nodiscard]] std::int64_t entries_left() const noexcept { return std::max<std::int64_t>(entries_left_, 0); }

  private:
    static constexpr std::int64_t kReplyBytes = 1'024 * 1'024;
    static constexpr std::int64_t kStepFirst = 16;
    static constexpr std::int64_t kStepMax = 250;
    static constexpr std::int64_t kGrowth = 4;  // from one command to the next: the next entries may be larger

    std::int64_t entries_left_;
    std::size_t bytes_left_;
    std::int64_t step_ = kStepFirst;
    std::int64_t seen_ = 0;
};

// Times by the server's clock, ms since the epoch, both included.
struct TimeWindow {
    std::optional<std::int64_t> from{};
    std::optional<std::int64_t> to{};

    [[nodiscard]] bool bounded() const noexcept { return from || to; }
    [[nodiscard]] bool contains(std::int64_t at) const noexcept { return (!from || at >= *from) && (!to || at <= *to); }
};

}  // namespace leat::store
