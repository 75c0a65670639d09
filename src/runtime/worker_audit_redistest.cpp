// What people and failing servers do to the data while workers run: found, repaired or reported, never silent.
#include <atomic>

#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

class WorkerAuditTest : public WorkerFixture {
  protected:
    std::unique_ptr<WorkerThread> start_echo() {
        return start([](Worker& w) {
            w.handle(
                "echo", [](Task const& task, Context&) -> json { return task.payload(); }, quick());
        });
    }

    store::AgentKeys keys = space.agent("echo");
};

TEST_F(WorkerAuditTest, AStartingWorkerRepairsWhatItFinds) {
    auto const id = dispatch("echo", 5, {.delay = 1ms});
    ask({"DEL", keys.scheduled});
    auto const worker = start_echo();
    EXPECT_EQ(outcome("echo", id).result(), json(5));
    EXPECT_TRUE(events.wait_for(EventKind::audit_repaired));
    EXPECT_EQ(events.last_detail(EventKind::audit_repaired), "rescheduled");
    EXPECT_EQ(ask({"HGET", keys.stats, "audit_rescheduled"}), "1");
    EXPECT_EQ(ask({"EXISTS", keys.auditor}), "1") << "other workers have other turns";
}

TEST_F(WorkerAuditTest, ATaskWhoseMessageWasDeletedIsReported) {
    auto const id = dispatch("echo", 5);
    ask({"XTRIM", keys.lane(Lane::normal), "MAXLEN", "0"});
    auto const worker = start_echo();
    ASSERT_TRUE(events.wait_for(EventKind::audit_found));
    EXPECT_EQ(events.last_detail(EventKind::audit_found), "missing");
}

TEST_F(WorkerAuditTest, EveryTaskWhoseMessageWasDeletedIsReportedById) {
    std::vector<std::string> deleted;
    for (int i = 0; i < 3; ++i)
        deleted.push_back(dispatch("echo", i));
    ask({"XTRIM", keys.lane(Lane::normal), "MAXLEN", "0"});
    auto const worker = start_echo();
    for (auto const& id : deleted)
        EXPECT_TRUE(eventually([&] { return events.told(EventKind::audit_found).find(id) != std::string::npos; }))
            << id;
}

TEST_F(WorkerAuditTest, EmptiedDataAreToldOnceAndWorkGoesOn) {
    auto const worker = start_echo();
    EXPECT_EQ(outcome("echo", dispatch("echo", 1)).result(), json(1));
    ask({"FLUSHALL"});
    ASSERT_TRUE(events.wait_for(EventKind::data_reset));
    EXPECT_EQ(outcome("echo", dispatch("echo", 2)).result(), json(2));
    EXPECT_TRUE(eventually([&] { return ask({"HGET", keys.control, "v"}) == "1"; })) << "registered again";
    EXPECT_TRUE(eventually([&] { return ask({"HGET", space.epoch(), "beats"}) >= "2"; })) << "looked once more";
    EXPECT_EQ(events.count(EventKind::data_reset), 1);
}

TEST_F(WorkerAuditTest, AGroupThatIsDestroyedUnderLoadLosesNothing) {
    auto const worker = start_echo();
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    for (int i = 0; i < 20; ++i) {
        dispatch_empty("echo", 20);
        ask({"XGROUP", "DESTROY", keys.lane(Lane::normal), std::string(store::kGroup)});
    }
    EXPECT_TRUE(eventually([&] { return ask({"XLEN", keys.lane(Lane::normal)}) == "0"; }));
    EXPECT_EQ(ask({"HGET", keys.stats, "succeeded"}), "400");
    EXPECT_GE(events.count(EventKind::groups_mended), 1);
}

TEST_F(WorkerAuditTest, AStreamThatIsRenamedAwayIsCreatedAgainAndItsTasksAreReported) {
    auto const worker = start_echo();
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    client();
    auto const keep = space.agent("echo").lane(Lane::low) + ":renamed";
    // In one script, so that the worker cannot take the task first.
    ask({"EVAL",
         "local id = redis.call('XADD', KEYS[1], '*', 'v', '1', 'task_id', 'gone', 'agent_type', 'echo', 'payload', "
         "'1') "
         "redis.call('SET', KEYS[2], '{\"state\":\"ready\",\"at\":\"l/' .. id .. '\"}') "
         "redis.call('RENAME', KEYS[1], KEYS[3]) return 1",
         "3", keys.lane(Lane::low), keys.task("gone"), keep});
    ASSERT_TRUE(events.wait_for(EventKind::groups_mended));
    ASSERT_TRUE(events.wait_for(EventKind::audit_found));
    EXPECT_EQ(events.last_detail(EventKind::audit_found), "missing");
    EXPECT_EQ(outcome("echo", dispatch("echo", 3, {.priority = -1})).result(), json(3));
}

TEST_F(WorkerAuditTest, AGroupThatIsAheadOfItsStreamIsSetBack) {
    auto const worker = start_echo();
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    ask({"XGROUP", "SETID", keys.lane(Lane::normal), std::string(store::kGroup), "9999999999999-0"});
    auto const id = dispatch("echo", 4);
    ASSERT_TRUE(events.wait_for(EventKind::groups_mended));
    EXPECT_EQ(outcome("echo", id).result(), json(4));
}

TEST_F(WorkerAuditTest, ADueTimeThatSomebodyRemovesIsFoundLongBeforeTheNextPass) {
    auto const worker = start_echo();
    ASSERT_TRUE(eventually([&] { return ask({"EXISTS", keys.auditor}) == "1"; }));
    auto const id = dispatch("echo", 6, {.delay = 1h});
    ask({"DEL", keys.scheduled, keys.auditor});  // as if the last pass were a while ago
    ASSERT_TRUE(events.wait_for(EventKind::audit_repaired));
    EXPECT_EQ(events.last_detail(EventKind::audit_repaired), "rescheduled");
    EXPECT_EQ(ask({"ZCARD", keys.scheduled}), "1");
}

TEST_F(WorkerAuditTest, ATaskWhoseConsumerSomebodyDeletedRunsLongBeforeTheNextPass) {
    auto const worker = start_echo();
    ASSERT_TRUE(eventually([&] { return ask({"EXISTS", keys.auditor}) == "1"; }));
    // In one script, so that the worker cannot take the task first.
    ask({"EVAL",
         "local id = redis.call('XADD', KEYS[1], '*', 'v', '1', 'task_id', 'left', 'agent_type', 'echo', 'payload', "
         "'7', "
         "'priority', '0', 'created_at', '1', 'retry_count', '0', 'max_retries', '3') "
         "redis.call('SET', KEYS[2], '{\"state\":\"ready\",\"at\":\"l/' .. id .. '\"}') "
         "redis.call('XREADGROUP', 'GROUP', 'workers', 'ghost', 'STREAMS', KEYS[1], '>') "
         "redis.call('XGROUP', 'DELCONSUMER', KEYS[1], 'workers', 'ghost') return 1",
         "2", keys.lane(Lane::low), keys.task("left")});
    EXPECT_EQ(outcome("echo", "left").result(), json(7));
    EXPECT_EQ(ask({"HGET", keys.stats, "audit_stranded"}), "1");
}

}  // namespace
}  // namespace leat::runtime
