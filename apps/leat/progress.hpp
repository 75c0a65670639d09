#pragma once
// When and how to tell the progress of a long operation. No clock and no terminal in here: both come from outside.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leat::cli {

class Progress {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // `what` is counted ("tasks"). On a terminal one line is rewritten often, elsewhere a line is added now and then.
    Progress(std::string_view what, bool terminal, TimePoint start)
        : what_(what), terminal_(terminal), start_(start), told_(start) {}

    // The text to write to stderr now, if any. `share`: how much of the whole is done, 0 to 1; none: unknown.
    [[nodiscard]] std::optional<std::string> update(std::int64_t count, std::optional<double> share, TimePoint now);
    // What wipes the rewritten line, so that other output can follow; empty where there is none.
    [[nodiscard]] std::string clear();

  private:
    std::string what_;
    bool terminal_;
    TimePoint start_;
    TimePoint told_;
    bool drawn_ = false;
};

// Things per second, 0 where no time has passed.
[[nodiscard]] std::int64_t rate_of(std::int64_t count, std::chrono::nanoseconds elapsed) noexcept;

}  // namespace leat::cli
