#include "log_listener.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

#include "core/clock.hpp"
#include "leat/json.hpp"

namespace leat::cli {
namespace {

using namespace std::chrono_literals;

// A listener that writes bare lines into a string.
struct Log {
    std::ostringstream text;
    core::ManualClock clock;
    LogListener listener;

    explicit Log(LogForm form, spdlog::level::level_enum level = spdlog::level::info)
        : listener(make_logger(text, level), form, clock) {}

    static std::shared_ptr<spdlog::logger> make_logger(std::ostringstream& text, spdlog::level::level_enum level) {
        auto logger = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text));
        logger->set_pattern("%l %v");
        logger->set_level(level);
        return logger;
    }
};

TEST(LogListener, WritesEventsWithTheirFields) {
    Log log(LogForm::text);
    log.listener({.kind = EventKind::task_dead,
                  .agent = "sentiment",
                  .task = "order-17",
                  .detail = "no \"model\"",
                  .attempt = 4});
    EXPECT_EQ(log.text.str(),
              "warning task_dead agent=sentiment task=order-17 attempt=4 detail=\"no \\\"model\\\"\"\n");
}

TEST(LogListener, WritesJsonObjects) {
    Log log(LogForm::json);
    log.listener({.kind = EventKind::disconnected, .detail = "\x1b[2Jgone\xff", .count = 3});
    EXPECT_EQ(log.text.str().find('\x1b'), std::string::npos);
    auto const object = json::parse(log.text.str().substr(log.text.str().find('{')));
    EXPECT_EQ(object, json({{"event", "disconnected"}, {"count", 3}, {"detail", "\x1b[2Jgone\uFFFD"}}));
}

TEST(LogListener, EscapesWhatIsUntrusted) {
    Log log(LogForm::text);
    log.listener({.kind = EventKind::task_log, .agent = "a", .detail = "\x1b[31mred\nnext line"});
    EXPECT_EQ(log.text.str(), "info task_log agent=a detail=\"\\\\u{1b}[31mred\\\\nnext line\"\n");
}

TEST(LogListener, LeavesOutWhatIsBelowItsLevel) {
    Log log(LogForm::text);
    log.listener({.kind = EventKind::task_succeeded, .agent = "a"});
    EXPECT_EQ(log.text.str(), "");
}

TEST(LogListener, WritesOneLinePerCauseAndSecond) {
    Log log(LogForm::text);
    for (int i = 0; i < 1'000; ++i)
        log.listener({.kind = EventKind::service_error, .agent = "a", .detail = "down"});
    log.listener({.kind = EventKind::service_error, .agent = "b", .detail = "down"});
    log.clock.advance(1s);
    log.listener({.kind = EventKind::service_error, .agent = "a", .detail = "down"});
    EXPECT_EQ(log.text.str(),
              "error service_error agent=a detail=\"down\"\n"
              "error service_error agent=b detail=\"down\"\n"
              "error service_error agent=a detail=\"down\" (999 more like this)\n");
}

TEST(LogListener, NeverHoldsBackTheLinesOfATask) {
    Log log(LogForm::text);
    log.listener({.kind = EventKind::task_log, .detail = "one"});
    log.listener({.kind = EventKind::task_log, .detail = "two"});
    EXPECT_EQ(log.text.str(), "info task_log detail=\"one\"\ninfo task_log detail=\"two\"\n");
}

TEST(LogLimiter, StaysBounded) {
    LogLimiter limiter;
    LogLimiter::TimePoint const now{};
    for (int i = 0; i < 5'000; ++i)
        EXPECT_TRUE(limiter.admit("cause " + std::to_string(i), now));
}

}  // namespace
}  // namespace leat::cli
