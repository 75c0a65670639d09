#pragma once
// The program's log: events of the library as lines on stderr, for people or as JSON.
#include <spdlog/logger.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/clock.hpp"
#include "leat/event.hpp"
#include "leat/options.hpp"

namespace leat::cli {

enum class LogForm : std::uint8_t { text, json };

// Lets one event per cause and second through and counts the rest, so that a fault that repeats does not fill a disk.
class LogLimiter {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // How many of the same cause were held back since the last one that was let through; nothing: hold this one back,
    // too.
    [[nodiscard]] std::optional<std::int64_t> admit(std::string const& cause, TimePoint now);

  private:
    struct Cause {
        TimePoint last{};
        std::int64_t held_back = 0;
    };
    std::map<std::string, Cause, std::less<>> causes_;
};

// How loud an event is.
[[nodiscard]] spdlog::level::level_enum level_of(EventKind kind) noexcept;
// "task_dead agent=sentiment task=order-17 attempt=4 detail=\"…\""; everything untrusted is escaped.
[[nodiscard]] std::string text_of(Event const& event, std::int64_t held_back);
// The same as a JSON object: {"event": "task_dead", "agent": …}, absent fields left out.
[[nodiscard]] std::string json_of(Event const& event, std::int64_t held_back);

// Writes to one logger. Thread-safe.
class LogListener {
  public:
    LogListener(std::shared_ptr<spdlog::logger> logger, LogForm form, core::Clock const& clock)
        : logger_(std::move(logger)), form_(form), clock_(clock) {}

    void operator()(Event const& event);

  private:
    std::shared_ptr<spdlog::logger> logger_;
    LogForm form_;
    core::Clock const& clock_;
    std::mutex mutex_;
    LogLimiter limiter_;  // guarded by mutex_
};

// Writes to stderr in that form; a message in LogForm::json must be one JSON value.
[[nodiscard]] std::shared_ptr<spdlog::logger> stderr_logger(LogForm form, spdlog::level::level_enum level);
// A listener that writes to stderr, lines below `level` left out ("debug", "info", "warning", "error").
[[nodiscard]] EventListener stderr_log(LogForm form, spdlog::level::level_enum level);

}  // namespace leat::cli
