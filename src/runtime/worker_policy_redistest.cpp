// The policy of an agent: what its workers register, and who goes by it.
#include <gmock/gmock.h>

#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

class WorkerPolicyTest : public WorkerFixture {
  protected:
    static AgentOptions policy() {
        auto options = quick();
        options.max_retries = 0;
        options.retention = std::chrono::hours(2);
        options.results_kept = 7;
        options.dead_kept = 8;
        return options;
    }
    static json fail(Task const&, Context&) { throw std::runtime_error("no"); }
    static json answer(Task const&, Context&) { return 1; }
    [[nodiscard]] bool registered(AgentOptions const& options) {
        return eventually([&] {
            return ask({"HGET", keys.control, "retention_s"}) == std::to_string(options.retention / 1s);
        });
    }
    std::int64_t lives(std::string const& id) { return std::stoll(ask({"TTL", keys.task(id)})); }

    store::AgentKeys keys = space.agent("a");
};

TEST_F(WorkerPolicyTest, TasksOfAllWaysInTakeItsRetries) {
    auto options = worker_options();
    options.front_door.enabled = true;
    WorkerThread const worker(std::move(options), [](Worker& w) { w.handle("a", fail, policy()); });
    ASSERT_TRUE(registered(policy()));
    ask({"XADD", "tasks", "*", "task_id", "front", "agent_type", "a", "payload", "{}"});
    ask({"XADD", keys.lane(Lane::normal), "*", "task_id", "foreign", "agent_type", "a", "payload", "{}"});
    dispatch("a", nullptr, {.id = "client"});
    dispatch("a", nullptr, {.id = "own", .max_retries = 1});
    for (auto const* const id : {"front", "foreign", "client"}) {
        ASSERT_TRUE(eventually([&] { return ask({"EXISTS", keys.task(id)}) == "1"; }));
        EXPECT_EQ(outcome("a", id).attempt, 1) << id;
    }
    EXPECT_EQ(outcome("a", "own").attempt, 2);
}

TEST_F(WorkerPolicyTest, ACancelledTaskIsRememberedAsLongAsOthers) {
    auto const worker = start([](Worker& w) { w.handle("a", answer, policy()); });
    ASSERT_TRUE(registered(policy()));
    auto const id = dispatch("a", nullptr, {.delay = 1h});
    ASSERT_EQ(client().cancel("a", id), CancelStatus::cancelled);
    EXPECT_THAT(lives(id), ::testing::AllOf(::testing::Gt(3'600), ::testing::Le(7'200)));
}

TEST_F(WorkerPolicyTest, TheWorkerThatStartsLastDecidesForAll) {
    Gate gate;
    auto const first = start([&](Worker& w) {
        w.handle(
            "a",
            [&](Task const&, Context&) {
                gate.pass();
                return json(1);
            },
            policy());
    });
    ASSERT_TRUE(registered(policy()));
    auto const id = dispatch("a", nullptr);
    ASSERT_TRUE(gate.wait_arrived(1));
    auto longer = policy();
    longer.retention = std::chrono::hours(5);
    auto const second = start([&](Worker& w) { w.handle("a", answer, longer); });
    ASSERT_TRUE(registered(longer));
    // Who has heard that the agent is paused has read all of the control hash.
    ask({"HSET", keys.control, "paused", "1"});
    ask({"PUBLISH", keys.control_channel, "paused"});
    ASSERT_TRUE(events.wait_for(EventKind::paused, 2));
    gate.open();
    (void)outcome("a", id);
    EXPECT_GT(lives(id), 7'200);
}

}  // namespace
}  // namespace leat::runtime
