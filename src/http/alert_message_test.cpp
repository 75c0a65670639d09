#include "http/alert_message.hpp"

#include <gtest/gtest.h>

#include "leat/json.hpp"

namespace leat::http {
namespace {

TEST(AlertMessage, TellsTheAlertAndWhatItIsAbout) {
    inspect::Alert alert{.kind = inspect::AlertKind::full, .agent = "mail"};
    alert.state = inspect::AlertState::firing;
    alert.severity = inspect::AlertSeverity::critical;
    alert.text = "mail holds 3 tasks of at most 3: further ones are refused.";
    alert.value = 3;
    alert.limit = 3;
    alert.since = 5;
    alert.fired_at = 7;
    EXPECT_EQ(webhook_body(alert, "leat", 9),
              R"({"agent":"mail","alert":"full","event":"firing","fired_at":7,"id":"full/mail/7","limit":3,)"
              R"("prefix":"leat","resolved_at":null,"sent_at":9,"severity":"critical","since":5,)"
              R"("text":"mail holds 3 tasks of at most 3: further ones are refused.","value":3})");
}

TEST(AlertMessage, OfTheInstallationNamesNoAgent) {
    inspect::Alert alert{.kind = inspect::AlertKind::redis_down, .state = inspect::AlertState::resolved};
    alert.fired_at = 7;
    alert.resolved_at = 8;
    auto const body = json::parse(webhook_body(alert, "shop", 9));
    EXPECT_EQ(body["agent"], nullptr);
    EXPECT_EQ(body["event"], "resolved");
    EXPECT_EQ(body["id"], "redis_down/7") << "the same as when it fired";
}

// From RFC 4231, test case 2.
TEST(AlertMessage, IsSignedWithHmacSha256) {
    EXPECT_EQ(webhook_signature("Jefe", "what do ya want for nothing?"),
              "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace leat::http
