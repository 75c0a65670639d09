#pragma once
// Notices that the data of Redis are not those of a moment ago: emptied, replaced, or put back to an older state.
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leat::runtime {

class DataEpoch {
  public:
    // The epoch's id and its number of beats, as read with a heartbeat. Answers what happened since the last look,
    // once; nothing where all is as it was. Numbers only grow: every worker adds one with each of its beats.
    [[nodiscard]] std::optional<std::string_view> observe(std::string_view id, std::int64_t beats) {
        auto const first = id_.empty();
        auto const replaced = !first && id != id_;
        auto const older = !first && !replaced && beats <= beats_;
        id_ = id;
        beats_ = beats;
        if (replaced) return "the data of Redis were deleted or replaced: tasks may be gone";
        if (older) return "Redis has gone back to older data: tasks may be gone or run again";
        return std::nullopt;
    }

    // When these data began, as the epoch's id says: "<server clock, ms>-<consumer>". 0: it does not say.
    [[nodiscard]] std::int64_t begun_ms() const noexcept {
        std::int64_t ms = 0;
        auto const read = std::from_chars(id_.data(), id_.data() + id_.size(), ms);
        return read.ec == std::errc{} ? ms : 0;
    }

  private:
    std::string id_;
    std::int64_t beats_ = 0;
};

}  // namespace leat::runtime
