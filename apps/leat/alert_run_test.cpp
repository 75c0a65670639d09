#include "alert_run.hpp"

#include <gtest/gtest.h>

#include "leat/json.hpp"

namespace leat::cli {
namespace {

using namespace std::chrono_literals;

TEST(AlertRun, TheConfigurationBecomesRules) {
    config::Config config;
    config.alerts.pending = 50;
    config.alerts.overdue = std::nullopt;
    config.agents["slow"].alerts = {.pending = 0, .ready_age = 7'200, .running_age = std::nullopt, .dead = 1};
    auto const options = alert_options(config);
    ASSERT_TRUE(options);
    auto const& rules = options->rules;
    EXPECT_EQ(rules.limits.pending, 50);
    EXPECT_EQ(rules.limits.ready_age, 5min);
    EXPECT_EQ(rules.limits.overdue, 0ms);
    auto const& slow = rules.limits_of("slow");
    EXPECT_EQ(slow.pending, 0);
    EXPECT_EQ(slow.ready_age, 2h);
    EXPECT_EQ(slow.running_age, rules.limits.running_age);
    EXPECT_EQ(slow.dead, 1);
    EXPECT_EQ(&rules.limits_of("other"), &rules.limits);
}

TEST(AlertRun, TheDefaultsAreThoseOfTheRules) {
    auto const options = alert_options(config::Config{});
    ASSERT_TRUE(options);
    inspect::AlertRules const rules;
    EXPECT_EQ(options->rules.limits.pending, rules.limits.pending);
    EXPECT_EQ(options->rules.limits.ready_age, rules.limits.ready_age);
    EXPECT_EQ(options->rules.limits.running_age, rules.limits.running_age);
    EXPECT_EQ(options->rules.limits.overdue, rules.limits.overdue);
    EXPECT_EQ(options->rules.limits.unrenewed, rules.limits.unrenewed);
    EXPECT_EQ(options->rules.limits.dead, rules.limits.dead);
    EXPECT_EQ(options->rules.limits.dead_share, rules.limits.dead_share);
    EXPECT_EQ(options->rules.memory, rules.memory);
    EXPECT_EQ(options->rules.hold, rules.hold);
    EXPECT_EQ(options->rules.dead_window, rules.dead_window);
}

TEST(AlertRun, AMissingSecretIsToldBeforeAnythingStarts) {
    config::Config config;
    config.alerts.webhook_secret_file = "/nonexistent/secret";
    auto const options = alert_options(config);
    ASSERT_FALSE(options);
    EXPECT_EQ(options.error().code, ErrorCode::not_found);
}

inspect::Alert alert() {
    inspect::Alert alert{.kind = inspect::AlertKind::corrupt, .agent = "mail"};
    alert.severity = inspect::AlertSeverity::critical;
    alert.text = "mail cannot be read: \x1b[31m\"red\"\n.";
    return alert;
}

TEST(AlertRun, LinesOfTheLogAreEscaped) {
    auto const one = alert();
    EXPECT_EQ(alert_text({.event = "firing", .alert = one}),
              "alert_firing alert=corrupt agent=mail severity=critical detail=\"mail cannot be read: "
              "\\\\u{1b}[31m\\\"red\\\"\\\\n.\"");
    auto const object = json::parse(alert_json({.event = "post_failed", .alert = one, .detail = "no answer"}));
    EXPECT_EQ(object["event"], "alert_post_failed");
    EXPECT_EQ(object["detail"], "no answer");
    EXPECT_EQ(object["agent"], "mail");
}

}  // namespace
}  // namespace leat::cli
