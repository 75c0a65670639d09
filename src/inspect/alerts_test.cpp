#include "inspect/alerts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::inspect {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An agent that one live worker serves, with nothing in its way.
AgentInfo healthy(std::string name = "mail") {
    AgentInfo agent;
    agent.agent = std::move(name);
    agent.registered = true;
    agent.workers = 1;
    agent.slots = 64;
    agent.control.lease_ms = 30'000;
    return agent;
}

Overview overview_of(AgentInfo agent = healthy()) {
    Overview overview;
    overview.agents.push_back(std::move(agent));
    overview.server.maxmemory_policy = "noeviction";
    return overview;
}

class AlertsTest : public ::testing::Test {
  protected:
    // "no_worker mail firing", for each change.
    std::vector<std::string> step(Overview const& overview, std::chrono::milliseconds later = 0ms) {
        return texts(alerts.step(&overview, {}, after(later)));
    }
    std::vector<std::string> step_without_redis(std::chrono::milliseconds later = 0ms) {
        return texts(alerts.step(nullptr, "connection refused", after(later)));
    }
    // The kinds that fire after a look that found the same for long enough.
    std::vector<std::string> kinds(Overview const& overview) {
        Alerts fresh(rules);
        std::vector<std::string> names;
        fresh.step(&overview, {}, {});
        fresh.step(&overview, {}, {.at = TimePoint{rules.hold}, .wall_ms = 1});
        for (auto const& alert : fresh.firing())
            names.emplace_back(to_string(alert.kind));
        return names;
    }

    using TimePoint = std::chrono::steady_clock::time_point;
    AlertRules rules{};
    Alerts alerts{rules};

  private:
    AlertTime after(std::chrono::milliseconds later) {
        now_ += later;
        return {.at = TimePoint{now_}, .wall_ms = 1'000'000 + now_.count()};
    }
    static std::vector<std::string> texts(std::vector<Alert> const& changes) {
        std::vector<std::string> all;
        for (auto const& alert : changes)
            all.push_back(std::string(to_string(alert.kind)) + " " + alert.agent + " " +
                          std::string(to_string(alert.state)));
        return all;
    }
    std::chrono::milliseconds now_{0};
};

Overview unserved() {
    auto agent = healthy();
    agent.workers = 0;
    agent.depth.lanes[0].ready = 3;
    return overview_of(agent);
}

TEST_F(AlertsTest, AHealthyInstallationHasNone) {
    EXPECT_THAT(kinds(overview_of()), IsEmpty());
    EXPECT_THAT(kinds(Overview{}), IsEmpty());
}

TEST_F(AlertsTest, AConditionFiresOnceItHasLasted) {
    EXPECT_THAT(step(unserved()), IsEmpty());
    ASSERT_EQ(alerts.active().size(), 1U);
    EXPECT_EQ(alerts.active()[0].state, AlertState::pending);
    EXPECT_THAT(alerts.firing(), IsEmpty());
    EXPECT_THAT(step(unserved(), 29s), IsEmpty());
    EXPECT_THAT(step(unserved(), 1s), ElementsAre("no_worker mail firing"));
    EXPECT_THAT(step(unserved(), 1s), IsEmpty()) << "told once";
    auto const alert = alerts.firing().at(0);
    EXPECT_EQ(alert.severity, AlertSeverity::critical);
    EXPECT_EQ(alert.text, "No live worker serves mail: 3 tasks cannot go on.");
    EXPECT_EQ(alert.since, 1'000'000);
    EXPECT_EQ(alert.fired_at, 1'030'000);
}

TEST_F(AlertsTest, AConditionThatComesAndGoesNeverFires) {
    for (int i = 0; i < 100; ++i) {
        EXPECT_THAT(step(unserved(), 20s), IsEmpty());
        EXPECT_THAT(step(overview_of(), 20s), IsEmpty());
    }
    EXPECT_THAT(alerts.active(), IsEmpty());
}

TEST_F(AlertsTest, WhatFiresIsResolvedOnceItHasBeenOverForAsLong) {
    step(unserved());
    step(unserved(), 30s);
    for (int i = 0; i < 10; ++i) {  // gone for less than the hold time, and back: still the same alert
        EXPECT_THAT(step(overview_of(), 1s), IsEmpty());
        EXPECT_THAT(step(overview_of(), 29s), IsEmpty());
        EXPECT_THAT(step(unserved(), 500ms), IsEmpty());
    }
    EXPECT_THAT(step(overview_of(), 1s), IsEmpty());
    EXPECT_THAT(step(overview_of(), 30s), ElementsAre("no_worker mail resolved"));
    EXPECT_THAT(alerts.active(), IsEmpty());
    ASSERT_EQ(alerts.resolved().size(), 1U);
    EXPECT_GT(alerts.resolved().front().resolved_at, alerts.resolved().front().fired_at);
    EXPECT_THAT(step(unserved(), 1s), IsEmpty()) << "it has to last again";
}

TEST_F(AlertsTest, AValueMustFallWellBelowItsLimitToBeOver) {
    auto agent = healthy();
    agent.depth.lanes[1].oldest_ready_ms = 290'000;
    EXPECT_THAT(step(overview_of(agent)), IsEmpty()) << "near the limit nothing begins to fire";
    EXPECT_THAT(alerts.active(), IsEmpty());
    agent.depth.lanes[1].oldest_ready_ms = 301'000;
    EXPECT_THAT(step(overview_of(agent)), ElementsAre("backlog_old mail firing")) << "an age has lasted by itself";
    agent.depth.lanes[1].oldest_ready_ms = 280'000;
    for (int i = 0; i < 10; ++i)
        EXPECT_THAT(step(overview_of(agent), 1min), IsEmpty()) << "and near it nothing is resolved";
    agent.depth.lanes[1].oldest_ready_ms = 100'000;
    step(overview_of(agent), 1s);
    EXPECT_THAT(step(overview_of(agent), 30s), ElementsAre("backlog_old mail resolved"));
}

TEST_F(AlertsTest, AnAgentThatIsGoneResolvesItsAlerts) {
    step(unserved());
    step(unserved(), 30s);
    step(Overview{}, 1s);
    EXPECT_THAT(step(Overview{}, 30s), ElementsAre("no_worker mail resolved"));
}

TEST_F(AlertsTest, WhileRedisIsAwayNothingIsSaidAboutAgents) {
    step(unserved());
    step(unserved(), 30s);
    EXPECT_THAT(step_without_redis(1s), IsEmpty());
    EXPECT_THAT(step_without_redis(30s), ElementsAre("redis_down  firing"));
    EXPECT_THAT(step_without_redis(1h), IsEmpty());
    ASSERT_EQ(alerts.firing().size(), 2U) << "nobody knows that there is a worker now";
    EXPECT_THAT(alerts.firing()[1].text, HasSubstr("connection refused"));
    EXPECT_THAT(step(overview_of(), 1s), IsEmpty());
    EXPECT_THAT(step(overview_of(), 30s), ElementsAre("no_worker mail resolved", "redis_down  resolved"));
}

TEST_F(AlertsTest, WhatWasPendingWhenRedisWentAwayHasToLastAnew) {
    step(unserved());
    step_without_redis(29s);
    EXPECT_THAT(step(unserved(), 29s), IsEmpty());
}

TEST_F(AlertsTest, WhatOthersToldGoesOnAndIsResolvedHere) {
    alerts.adopt(AlertKind::no_worker, "mail", 5'000);
    alerts.adopt(AlertKind::full, "gone", 6'000);
    EXPECT_THAT(step(unserved()), IsEmpty()) << "it is no news";
    EXPECT_EQ(alerts.firing().at(0).fired_at, 5'000);
    EXPECT_THAT(step(unserved(), 30s), ElementsAre("full gone resolved"));
}

TEST_F(AlertsTest, WhatIsTurnedOffIsNotLookedFor) {
    rules.enabled = false;
    EXPECT_THAT(kinds(unserved()), IsEmpty());
    rules.enabled = true;
    rules.limits.no_worker = false;
    EXPECT_THAT(kinds(unserved()), IsEmpty());
    rules.limits = {};
    rules.redis = false;
    auto evicting = overview_of();
    evicting.server.maxmemory_policy = "allkeys-lru";
    EXPECT_THAT(kinds(evicting), IsEmpty());
}

TEST_F(AlertsTest, NobodyServesTasksThatWait) {
    auto agent = healthy();
    agent.workers = 0;
    agent.depth.scheduled = 4;
    agent.depth.next_due_in_ms = 60'000;
    EXPECT_THAT(kinds(overview_of(agent)), IsEmpty()) << "nothing waits yet";
    agent.depth.next_due_in_ms = -1;
    EXPECT_THAT(kinds(overview_of(agent)), ElementsAre("no_worker"));
    agent.control.paused = true;
    EXPECT_THAT(kinds(overview_of(agent)), IsEmpty()) << "somebody wanted that";
}

// As the article that Leat comes from has it; not the default, as an agent with more slots is just busy.
TEST_F(AlertsTest, MoreThanFiftyPendingIsToldWhereItIsWanted) {
    auto agent = healthy();
    agent.depth.lanes[2].running = 60;  // of 64 slots
    EXPECT_THAT(kinds(overview_of(agent)), IsEmpty());
    rules.limits.pending = 50;
    EXPECT_THAT(kinds(overview_of(agent)), ElementsAre("pending_high"));
    agent.depth.lanes[2].running = 50;
    EXPECT_THAT(kinds(overview_of(agent)), IsEmpty());
}

TEST_F(AlertsTest, LeasesMustBeRenewed) {
    auto agent = healthy();
    agent.depth.lanes[2].oldest_idle_ms = 24'000;
    EXPECT_THAT(kinds(overview_of(agent)), IsEmpty());
    agent.depth.lanes[2].oldest_idle_ms = 24'001;
    EXPECT_THAT(kinds(overview_of(agent)), ElementsAre("renewals_stalled"));
    agent.control.lease_ms.reset();
    EXPECT_THAT(kinds(overview_of(agent)), IsEmpty()) << "nobody knows the lease";
}

TEST_F(AlertsTest, AgesAreWatched) {
    auto agent = healthy();
    agent.oldest_running_ms = 3'600'001;
    EXPECT_THAT(kinds(overview_of(agent)), ElementsAre("running_long"));
    agent = healthy();
    agent.depth.next_due_in_ms = -60'001;
    EXPECT_THAT(kinds(overview_of(agent)), ElementsAre("scheduler_late"));
    agent = healthy();
    agent.depth.lanes[3].oldest_ready_ms = 3'600'000;
    agent.control.paused = true;
    EXPECT_THAT(kinds(overview_of(agent)), IsEmpty()) << "paused tasks grow old on purpose";
}

TEST_F(AlertsTest, AFullAgentRefusesTasks) {
    auto agent = healthy();
    agent.control.max_waiting = 2;
    agent.depth.lanes[2].ready = 1;
    EXPECT_THAT(kinds(overview_of(agent)), IsEmpty());
    agent.depth.scheduled = 1;
    EXPECT_THAT(kinds(overview_of(agent)), ElementsAre("full"));
}

TEST_F(AlertsTest, ACorruptAgentIsToldWithItsReason) {
    Overview overview;
    overview.agents.push_back({.agent = "mail", .problem = "control: WRONGTYPE"});
    EXPECT_THAT(step(overview), ElementsAre("corrupt mail firing"));
    EXPECT_EQ(alerts.firing()[0].text, "mail cannot be read: control: WRONGTYPE.");
}

TEST_F(AlertsTest, TheServerIsWatched) {
    auto overview = overview_of();
    overview.server.maxmemory_bytes = 100;
    overview.server.used_memory_bytes = 80;
    EXPECT_THAT(kinds(overview), IsEmpty());
    overview.server.used_memory_bytes = 81;
    EXPECT_THAT(kinds(overview), ElementsAre("memory_high"));
    overview = overview_of();
    overview.server.save_ok = false;
    EXPECT_THAT(kinds(overview), ElementsAre("write_failed"));
    overview.server.maxmemory_policy = "allkeys-lru";
    EXPECT_THAT(kinds(overview), ElementsAre("eviction_possible", "write_failed"));
}

TEST_F(AlertsTest, AgentsHaveLimitsOfTheirOwn) {
    rules.agents["slow"] = {.ready_age = 1h};
    rules.agents["quiet"] = {.ready_age = 0ms};
    auto agent = healthy("slow");
    agent.depth.lanes[0].oldest_ready_ms = 1'800'000;
    EXPECT_THAT(kinds(overview_of(agent)), IsEmpty());
    agent.agent = "quiet";
    EXPECT_THAT(kinds(overview_of(agent)), IsEmpty());
    agent.agent = "mail";
    EXPECT_THAT(kinds(overview_of(agent)), ElementsAre("backlog_old"));
}

Overview ended(std::int64_t dead, std::int64_t succeeded) {
    auto agent = healthy();
    agent.totals = {{"dead", dead}, {"succeeded", succeeded}};
    return overview_of(agent);
}

TEST_F(AlertsTest, DeathsCountWithinTheirWindow) {
    EXPECT_THAT(step(ended(1'000, 1'000)), IsEmpty()) << "of long ago";
    EXPECT_THAT(step(ended(1'005, 1'000), 1min), IsEmpty()) << "a few";
    EXPECT_THAT(step(ended(1'006, 1'000), 1min), ElementsAre("dead_rate mail firing"));
    EXPECT_THAT(alerts.firing()[0].text, "6 tasks of mail died within 10 min, 100 % of what ended.");
    EXPECT_THAT(step(ended(1'006, 1'000), 5min), IsEmpty());
    for (int i = 0; i < 8; ++i)
        step(ended(1'006, 1'000), 30s);
    EXPECT_THAT(step(ended(1'006, 1'000), 90s), ElementsAre("dead_rate mail resolved"));
}

TEST_F(AlertsTest, AFewDeathsAmongManySuccessesAreNoAlert) {
    step(ended(0, 0));
    EXPECT_THAT(step(ended(50, 1'000), 1min), IsEmpty());
    EXPECT_THAT(step(ended(60, 1'000), 1min), ElementsAre("dead_rate mail firing"));
}

TEST_F(AlertsTest, ANewAgentsDeathsAllCount) {
    step(Overview{});
    EXPECT_THAT(step(ended(6, 0), 5s), ElementsAre("dead_rate mail firing"));
}

TEST_F(AlertsTest, CountersOfOtherDataStartAnew) {
    step(ended(10, 10));
    EXPECT_THAT(step(ended(2, 0), 1min), IsEmpty());
    EXPECT_THAT(step(ended(8, 0), 1min), ElementsAre("dead_rate mail firing"));
}

TEST_F(AlertsTest, KeepsABoundedHistory) {
    for (std::size_t i = 0; i < 2 * Alerts::kResolvedKept; ++i) {
        step(unserved(), 1min);
        step(unserved(), 1min);
        step(overview_of(), 1min);
        step(overview_of(), 1min);
    }
    EXPECT_EQ(alerts.resolved().size(), Alerts::kResolvedKept);
}

TEST(AlertKinds, HaveNames) {
    for (std::size_t i = 0; i < kAlertKinds; ++i) {
        auto const kind = static_cast<AlertKind>(i);
        EXPECT_EQ(alert_kind_from_string(to_string(kind)), kind);
    }
    EXPECT_EQ(alert_kind_from_string("nonsense"), std::nullopt);
}

TEST(AlertJson, IsStable) {
    Alert alert{.kind = AlertKind::memory_high, .severity = AlertSeverity::critical, .state = AlertState::firing};
    alert.text = "x";
    alert.value = 0.97;
    alert.limit = 0.8;
    alert.since = 5;
    EXPECT_EQ(json_of(alert).dump(),
              R"({"agent":null,"alert":"memory_high","fired_at":null,"limit":0.8,"resolved_at":null,)"
              R"("severity":"critical","since":5,"state":"firing","text":"x","value":0.97})");
}

}  // namespace
}  // namespace leat::inspect
