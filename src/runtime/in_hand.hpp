#pragma once
// The deliveries that a worker knows of, so that one which shows up again is told from one whose reply was lost.
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "leat/task.hpp"

namespace leat::runtime {

class InHand {
  public:
    // Notes a delivery; false where it is known already. One with another count is another delivery of the same entry.
    bool take(Lane lane, std::string_view entry_id, std::int64_t count) {
        auto const [known, fresh] = counts_.try_emplace(key(lane, entry_id), count);
        if (!fresh && known->second == count) return false;
        known->second = count;
        return true;
    }
    // Forgets a delivery; nothing where another one of the entry has taken its place.
    void drop(Lane lane, std::string_view entry_id, std::int64_t count) {
        auto const known = counts_.find(key(lane, entry_id));
        if (known != counts_.end() && known->second == count) counts_.erase(known);
    }
    [[nodiscard]] bool holds(Lane lane, std::string_view entry_id, std::int64_t count) const {
        auto const known = counts_.find(key(lane, entry_id));
        return known != counts_.end() && known->second == count;
    }
    [[nodiscard]] std::size_t size() const noexcept { return counts_.size(); }

  private:
    static std::string key(Lane lane, std::string_view entry_id) {
        std::string text(1, static_cast<char>('0' + static_cast<int>(lane)));
        return text.append(entry_id);
    }

    std::unordered_map<std::string, std::int64_t> counts_;
};

}  // namespace leat::runtime
