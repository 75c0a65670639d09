#pragma once
// The deliveries that a worker knows of, so that one which shows up again is told from one whose reply was lost.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "leat/task.hpp"

namespace leat::runtime {

class InHand {
  public:
    // Notes a delivery; false where it is known already. One with another count is another delivery of the same entry.
    bool take(Lane lane, std::string_view entry_id, std::int64_t count) {
        auto name = key(lane, entry_id);
        if (auto const late = late_.find(name); late != late_.end() && late->second == count) return false;
        auto const [known, fresh] = counts_.try_emplace(std::move(name), count);
        if (!fresh && known->second == count) return false;
        known->second = count;
        return true;
    }
    // Forgets a delivery that may be handed out again; nothing where another one of the entry has taken its place.
    void drop(Lane lane, std::string_view entry_id, std::int64_t count) {
        auto const name = key(lane, entry_id);
        if (erase(counts_, name, count)) erase(found_, name, count);
    }
    // The reply that handed out this delivery was missing: it may come after all, even after the delivery's end.
    void expect_late(Lane lane, std::string_view entry_id, std::int64_t count) {
        found_.insert_or_assign(key(lane, entry_id), count);
    }
    // Forgets a delivery that will not be handed out again: it was settled, or is somebody else's.
    void end(Lane lane, std::string_view entry_id, std::int64_t count) {
        auto name = key(lane, entry_id);
        if (erase(counts_, name, count) && erase(found_, name, count)) remember(std::move(name), count);
    }
    // Forgets a delivery that was begun and given up without a word to the server: there it still looks like ours until
    // its lease lapses, which counts what we began.
    void abandon(Lane lane, std::string_view entry_id, std::int64_t count) {
        auto name = key(lane, entry_id);
        if (!erase(counts_, name, count)) return;
        erase(found_, name, count);
        remember(std::move(name), count);
    }
    [[nodiscard]] bool holds(Lane lane, std::string_view entry_id, std::int64_t count) const {
        auto const known = counts_.find(key(lane, entry_id));
        return known != counts_.end() && known->second == count;
    }
    // Whether it is in hand, or was, and is not to be taken again.
    [[nodiscard]] bool knows(Lane lane, std::string_view entry_id, std::int64_t count) const {
        auto const late = late_.find(key(lane, entry_id));
        return (late != late_.end() && late->second == count) || holds(lane, entry_id, count);
    }
    [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }

    // Ended deliveries that may still show up: the latest are remembered.
    static constexpr std::size_t kLateMax = 4'096;

  private:
    using Counts = std::unordered_map<std::string, std::int64_t>;

    void remember(std::string name, std::int64_t count) {
        late_.insert_or_assign(name, count);
        late_order_.push_back(std::move(name));
        if (late_order_.size() <= kLateMax) return;
        late_.erase(late_order_.front());
        late_order_.pop_front();
    }
    static bool erase(Counts& from, std::string const& name, std::int64_t count) {
        auto const known = from.find(name);
        if (known == from.end() || known->second != count) return false;
        from.erase(known);
        return true;
    }
    static std::string key(Lane lane, std::string_view entry_id) {
        std::string text(1, static_cast<char>('0' + static_cast<int>(lane)));
        return text.append(entry_id);
    }

    Counts counts_;
    Counts found_;  // part of counts_: those whose replies may still come
    Counts late_;   // ended, and may still show up
    std::deque<std::string> late_order_;
};

}  // namespace leat::runtime
