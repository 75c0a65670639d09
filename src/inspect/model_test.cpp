#include "inspect/model.hpp"

#include <gtest/gtest.h>

namespace leat::inspect {
namespace {

TEST(AgentInfo, TellsWhyTasksDoNotMove) {
    AgentInfo agent;
    EXPECT_EQ(agent.condition(), AgentCondition::unknown);
    agent.depth.lanes[2].ready = 1;
    EXPECT_EQ(agent.condition(), AgentCondition::unserved);
    agent.workers = 1;
    EXPECT_EQ(agent.condition(), AgentCondition::served);
    agent.control.paused = true;
    EXPECT_EQ(agent.condition(), AgentCondition::paused);
}

TEST(AgentInfo, AnAgentThatOnceHadAWorkerIsKnown) {
    AgentInfo agent;
    agent.registered = true;
    EXPECT_EQ(agent.condition(), AgentCondition::unserved);
}

TEST(AgentPending, SumsItsWorkers) {
    AgentPending const pending{.agent = "a", .workers = {{"w1", 3, 500, 1, 600}, {"w2", 4, 200, 2, 900}}};
    EXPECT_EQ(pending.count(), 7);
    EXPECT_EQ(pending.oldest_idle_ms(), 500);
    EXPECT_EQ(pending.oldest_running_ms(), 900);
}

TEST(Depth, SumsItsLanes) {
    store::Depth depth;
    EXPECT_EQ(depth.oldest_ready_ms(), std::nullopt);
    depth.lanes[0] = {.ready = 1, .running = 2, .oldest_ready_ms = 30, .oldest_idle_ms = std::nullopt};
    depth.lanes[3] = {.ready = 4, .running = 8, .oldest_ready_ms = 20, .oldest_idle_ms = 7};
    EXPECT_EQ(depth.ready(), 5);
    EXPECT_EQ(depth.running(), 10);
    EXPECT_EQ(depth.oldest_ready_ms(), 30);
    EXPECT_EQ(depth.oldest_idle_ms(), 7);
}

}  // namespace
}  // namespace leat::inspect
