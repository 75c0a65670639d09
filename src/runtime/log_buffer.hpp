#pragma once
// Lines on their way from handlers to Redis: bounded, and whatever is too much is counted. No I/O.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/limits.hpp"
#include "store/task_log.hpp"

namespace leat::runtime {

// Thread-safe.
class LogBuffer {
  public:
    // Where the last step of progress of one attempt waits. Kept for it by whoever reports, touched by the buffer only.
    struct Step {
        std::uint64_t place = 0;  // 0: nowhere
    };
    struct Added {
        bool tell = false;      // somebody has to hear of it: there was nothing before, or the buffer is half full now
        bool replaced = false;  // an earlier step that nobody has seen made room for this one
    };

    // `step`: the line is progress, and replaces the step of the same attempt that still waits, if any, in its place.
    Added add(store::LogLine line, Step* step = nullptr) {
        std::lock_guard const lock(mutex_);
        if (step != nullptr && step->place >= first_ && step->place < first_ + lines_.size()) {
            auto& waiting = lines_[step->place - first_];
            bytes_ = bytes_ - size_of(waiting) + size_of(line);
            waiting = std::move(line);
            return {.replaced = true};
        }
        if (lines_.size() >= kLogBufferLines || bytes_ + size_of(line) > kLogBufferBytes) {
            ++dropped_;
            return {.tell = note_waiting()};
        }
        bytes_ += size_of(line);
        lines_.push_back(std::move(line));
        if (step != nullptr) step->place = first_ + lines_.size() - 1;
        bool const was_half_full = half_full_.exchange(is_half_full(), std::memory_order_relaxed);
        bool const is_first = note_waiting();
        return {.tell = is_first || (!was_half_full && is_half_full())};
    }
    // Lines that were dropped elsewhere. Answers whether somebody has to hear of it.
    [[nodiscard]] bool count_dropped(std::int64_t lines) {
        std::lock_guard const lock(mutex_);
        dropped_ += lines;
        return lines > 0 && note_waiting();
    }

    struct Taken {
        std::vector<store::LogLine> lines{};
        std::int64_t dropped = 0;  // since the last call
    };
    // At most `most` lines, the oldest first.
    [[nodiscard]] Taken take(std::size_t most) {
        std::lock_guard const lock(mutex_);
        auto const count = most < lines_.size() ? most : lines_.size();
        auto const end = lines_.begin() + static_cast<std::ptrdiff_t>(count);
        Taken taken{.lines = {std::make_move_iterator(lines_.begin()), std::make_move_iterator(end)},
                    .dropped = std::exchange(dropped_, 0)};
        lines_.erase(lines_.begin(), end);
        first_ += count;
        for (auto const& line : taken.lines)
            bytes_ -= size_of(line);
        half_full_.store(is_half_full(), std::memory_order_relaxed);
        waiting_.store(!lines_.empty(), std::memory_order_relaxed);
        return taken;
    }

    // Whether there is anything to write or to count. Cost: one atomic load. Sees whatever was added before the caller
    // heard of it in any way.
    [[nodiscard]] bool empty() const noexcept { return !waiting_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool half_full() const noexcept { return half_full_.load(std::memory_order_relaxed); }

  private:
    static std::size_t size_of(store::LogLine const& line) noexcept {
        constexpr std::size_t kAround = 64;
        return line.text.size() + line.task_id.size() + kAround;
    }
    [[nodiscard]] bool is_half_full() const noexcept {
        return 2 * lines_.size() >= kLogBufferLines || 2 * bytes_ >= kLogBufferBytes;
    }
    bool note_waiting() noexcept { return !waiting_.exchange(true, std::memory_order_relaxed); }

    std::mutex mutex_;
    std::deque<store::LogLine> lines_;
    std::uint64_t first_ = 1;  // the place of lines_.front(): places are counted through
    std::size_t bytes_ = 0;
    std::int64_t dropped_ = 0;
    std::atomic<bool> waiting_{false};    // written with mutex_ held
    std::atomic<bool> half_full_{false};  // likewise
};

}  // namespace leat::runtime
