#include "log_listener.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>

#include "core/escape.hpp"
#include "inspect/model_json.hpp"
#include "leat/task.hpp"
#include "text.hpp"

namespace leat::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kOncePer = 1s;
constexpr std::size_t kCausesMax = 1'000;  // beyond it the limiter starts anew

// Events that are normal at any rate when wanted at all, and never held back: each is about its own task.
bool is_about_one_task(EventKind kind) noexcept {
    return kind == EventKind::task_started || kind == EventKind::task_succeeded || kind == EventKind::task_log ||
           kind == EventKind::task_progress;
}

std::string with_plural(std::int64_t held_back) {
    return std::to_string(held_back) + (held_back == 1 ? " more like it" : " more like this");
}

}  // namespace

std::optional<std::int64_t> LogLimiter::admit(std::string const& cause, TimePoint now) {
    auto found = causes_.find(cause);
    if (found == causes_.end()) {
        if (causes_.size() >= kCausesMax) causes_.clear();
        causes_.emplace(cause, Cause{.last = now, .held_back = 0});
        return 0;
    }
    auto& [last, held_back] = found->second;
    if (now - last < kOncePer) {
        ++held_back;
        return std::nullopt;
    }
    last = now;
    return std::exchange(held_back, 0);
}

spdlog::level::level_enum level_of(EventKind kind) noexcept {
    switch (kind) {
        case EventKind::task_started:
        case EventKind::task_succeeded:
        case EventKind::task_progress:
        case EventKind::task_released:
        case EventKind::promoted:
        case EventKind::adopted:
            return spdlog::level::debug;
        case EventKind::worker_started:
        case EventKind::worker_draining:
        case EventKind::worker_stopped:
        case EventKind::connected:
        case EventKind::task_log:
        case EventKind::task_retried:
        case EventKind::task_cancelled:
        case EventKind::paused:
        case EventKind::resumed:
        case EventKind::consumer_pruned:
            return spdlog::level::info;
        case EventKind::disconnected:
        case EventKind::failover:
        case EventKind::server_warning:
        case EventKind::task_dead:
        case EventKind::task_stale:
        case EventKind::lease_lost:
        case EventKind::handler_stuck:
        case EventKind::reclaimed:
        case EventKind::poisoned:
        case EventKind::quarantined:
        case EventKind::message_missing:
        case EventKind::watchdog_restart:
        case EventKind::audit_found:
        case EventKind::audit_repaired:
        case EventKind::groups_mended:
        case EventKind::task_restored:
        case EventKind::delivery_found:
        case EventKind::claims_held:
        case EventKind::traceparent_ignored:
            return spdlog::level::warn;
        case EventKind::data_reset:
        case EventKind::service_error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string text_of(Event const& event, std::int64_t held_back) {
    std::string text(to_string(event.kind));
    auto const add = [&text](std::string_view name, std::string const& value) {
        text.append(" ").append(name).append("=").append(value);
    };
    if (!event.agent.empty()) add("agent", core::printable(event.agent));
    if (!event.task.empty()) add("task", core::printable(event.task));
    if (event.attempt != 0) add("attempt", std::to_string(event.attempt));
    if (event.count != 0) add("count", std::to_string(event.count));
    if (event.value != 0) add("value", std::to_string(event.value));
    if (!event.detail.empty()) add("detail", quoted(event.detail, Limits::error_bytes));
    if (held_back > 0) text += " (" + with_plural(held_back) + ")";
    return text;
}

std::string json_of(Event const& event, std::int64_t held_back) {
    json object = {{"event", to_string(event.kind)}};
    if (!event.agent.empty()) object["agent"] = event.agent;
    if (!event.task.empty()) object["task"] = event.task;
    if (event.attempt != 0) object["attempt"] = event.attempt;
    if (event.count != 0) object["count"] = event.count;
    if (event.value != 0) object["value"] = event.value;
    if (!event.detail.empty()) object["detail"] = core::sanitize_utf8(event.detail, Limits::error_bytes);
    if (held_back > 0) object["held_back"] = held_back;
    return inspect::dump(object);
}

void LogListener::operator()(Event const& event) {
    auto const level = level_of(event.kind);
    if (!logger_->should_log(level)) return;
    std::lock_guard const lock(mutex_);
    std::int64_t held_back = 0;
    if (!is_about_one_task(event.kind)) {
        auto const admitted =
            limiter_.admit(std::string(to_string(event.kind)) + "/" + std::string(event.agent), clock_.now());
        if (!admitted) return;
        held_back = *admitted;
    }
    logger_->log(level, form_ == LogForm::json ? json_of(event, held_back) : text_of(event, held_back));
}

std::shared_ptr<spdlog::logger> stderr_logger(LogForm form, spdlog::level::level_enum level) {
    auto logger = std::make_shared<spdlog::logger>("leat", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    // In JSON the time and the level are put around the object: {"time": …, "level": …, "log": {…}}.
    logger->set_pattern(form == LogForm::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","log":%v})"
                                              : "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v",
                        spdlog::pattern_time_type::utc);
    logger->set_level(level);
    return logger;
}

EventListener stderr_log(LogForm form, spdlog::level::level_enum level) {
    auto const listener = std::make_shared<LogListener>(stderr_logger(form, level), form, core::machine_clock());
    return [listener](Event const& event) { (*listener)(event); };
}

}  // namespace leat::cli
