// Entries that other programs wrote, in ready streams and at the front door.
#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

TEST_F(WorkerFixture, AStrangersEntryInAReadyStreamBecomesATask) {
    auto const worker =
        start([](Worker& w) { w.handle("open", [](Task const& task, Context&) -> json { return task.payload(); }); });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    auto const keys = space.agent("open");
    ask({"XADD", keys.lane(Lane::normal), "*", "task_id", "by-hand", "agent_type", "open", "payload", "{\"n\":1}",
         "priority", "0", "created_at", "2026-01-01T00:00:00", "retry_count", "0", "max_retries", "3"});
    ASSERT_TRUE(events.wait_for(EventKind::adopted));
    EXPECT_EQ(outcome("open", "by-hand").result(), (json{{"n", 1}}));
    EXPECT_EQ(ask({"XLEN", keys.lane(Lane::normal)}), "0");
}

TEST_F(WorkerFixture, RubbishInAReadyStreamIsQuarantined) {
    auto const worker = start([](Worker& w) { w.handle("open", [](Task const&, Context&) -> json { return 1; }); });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    auto const keys = space.agent("open");
    ask({"XADD", keys.lane(Lane::high), "*", "v", "1", "hello", "world"});
    ASSERT_TRUE(events.wait_for(EventKind::quarantined));
    EXPECT_TRUE(eventually([&] { return ask({"XLEN", keys.lane(Lane::high)}) == "0"; }));
    EXPECT_EQ(ask({"XLEN", keys.dead}), "1");
    EXPECT_EQ(outcome("open", dispatch("open", nullptr)).state, TaskState::succeeded) << "the worker lives on";
}

TEST_F(WorkerFixture, TheFrontDoorMakesOneTaskPerId) {
    auto options = worker_options();
    options.front_door.enabled = true;
    WorkerThread const worker(options, [](Worker& w) {
        w.handle("sentiment", [](Task const& task, Context&) -> json { return task.payload().at("n"); });
    });
    for (int i = 0; i < 2; ++i) {
        ask({"XADD", "tasks", "*", "task_id", "f-1", "agent_type", "sentiment", "payload", "{\"n\":5}", "priority", "0",
             "created_at", "2026-01-01T00:00:00", "retry_count", "0", "max_retries", "3"});
    }
    ask({"XADD", "tasks", "*", "agent_type", "sentiment", "payload", "{\"n\":6}"});
    ask({"XADD", "tasks", "*", "payload", "{}"});
    ask({"XADD", "tasks", "*", "agent_type", "sentiment", "payload", "no json"});
    ASSERT_TRUE(events.wait_for(EventKind::quarantined, 2));
    ASSERT_TRUE(eventually([&] { return ask({"HGET", space.agent("sentiment").stats, "succeeded"}) == "2"; }));
    EXPECT_EQ(outcome("sentiment", "f-1").result(), json(5));
    EXPECT_TRUE(eventually([&] { return ask({"XLEN", "tasks"}) == "0"; }));
    EXPECT_EQ(ask({"XLEN", space.front_dead()}), "2");
    EXPECT_EQ(ask({"HGET", space.agent("sentiment").stats, "dispatched"}), "2");
}

TEST_F(WorkerFixture, ATaskWhoseRecordIsSomebodyElsesIsKeptAsADeadLetter) {
    auto options = worker_options();
    options.front_door.enabled = true;
    WorkerThread const worker(options,
                              [](Worker& w) { w.handle("open", [](Task const&, Context&) -> json { return 1; }); });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    auto const keys = space.agent("open");
    ask({"SET", keys.task("taken"), "somebody else's"});
    ask({"XADD", "tasks", "*", "task_id", "taken", "agent_type", "open", "payload", "{}"});
    ASSERT_TRUE(events.wait_for(EventKind::quarantined, 1));
    ask({"XADD", keys.lane(Lane::low), "*", "task_id", "taken", "agent_type", "open", "payload", "{}"});
    ASSERT_TRUE(events.wait_for(EventKind::quarantined, 2));
    EXPECT_EQ(ask({"XLEN", space.front_dead()}), "1");
    EXPECT_EQ(ask({"XLEN", keys.dead}), "1");
    auto const refused = client().dispatch("open", nullptr, {.id = "taken"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace leat::runtime
