#pragma once
// What was told of tasks before anybody waited for them. No I/O.
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "leat/task.hpp"

namespace leat::client {

// The last word on a task, as far as it was told.
struct TaskWord {
    bool ended = false;
    std::string entry{};                  // succeeded: where the archive has the result
    std::optional<TaskResult> outcome{};  // succeeded, and small enough to be told
};

// One thread only.
class RecentTasks {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    static constexpr std::size_t kKept = 1'000;
    // Shorter than the shortest retention: an id that is used again has no older word here.
    static constexpr std::chrono::milliseconds kKeptFor{500};

    void dispatched(std::string const& task_id, TimePoint now) { add(task_id, {}, now); }
    void ended(std::string const& task_id, TaskWord word, TimePoint now) {
        word.ended = true;
        add(task_id, std::move(word), now);
    }
    // What was told of this task a moment ago, if anything was.
    [[nodiscard]] std::optional<TaskWord> find(std::string const& task_id, TimePoint now) {
        drop_old(now);
        auto const found = tasks_.find(task_id);
        if (found == tasks_.end()) return std::nullopt;
        return found->second.word;
    }
    void clear() {
        tasks_.clear();
        order_.clear();
    }

  private:
    struct Known {
        TaskWord word;
        TimePoint at;
    };
    void add(std::string const& task_id, TaskWord word, TimePoint now) {
        drop_old(now);
        auto const [place, is_new] = tasks_.try_emplace(task_id);
        if (is_new) order_.push_back(task_id);
        // A quick task ends before its dispatcher knows that it was stored.
        if (!is_new && place->second.word.ended && !word.ended) return;
        place->second = {std::move(word), now};
    }
    void drop_old(TimePoint now) {
        while (!order_.empty()) {
            auto const oldest = tasks_.find(order_.front());
            if (order_.size() < kKept && now - oldest->second.at <= kKeptFor) return;
            tasks_.erase(oldest);
            order_.pop_front();
        }
    }

    std::unordered_map<std::string, Known> tasks_;
    std::deque<std::string> order_;  // ids, in the order in which they came
};

}  // namespace leat::client
