// Payloads of many MiB: no reply is too large for its connection, and nobody holds more than its slots. Many that are
// due together.
#include <sstream>
#include <string>

#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

// A reply with twelve of these is more than a connection takes.
constexpr int kHeavyMiB = 11;
constexpr int kTooManyHeavy = 12;

class WorkerLoad : public WorkerFixture {
  protected:
    // As a dispatch would write them, without its care for what is in a payload: that takes long for so many bytes.
    void add_large(std::string const& agent, int count) {
        auto const keys = space.agent(agent);
        ask({"EVAL",
             "local payload = '\"' .. string.rep(string.rep('x', 1048576), ARGV[1]) .. '\"' "
             "for i = 1, tonumber(ARGV[2]) do "
             "  local name = 'large-' .. i "
             "  local id = redis.call('XADD', KEYS[1], '*', 'v', '1', 'task_id', name, 'agent_type', ARGV[3], "
             "    'payload', payload, 'priority', '0', 'created_at', '1', 'retry_count', '0', 'max_retries', '3') "
             "  redis.call('SET', KEYS[2] .. name, '{\"state\":\"ready\",\"at\":\"n/' .. id .. '\"}') "
             "end",
             "2", keys.lane(Lane::normal), keys.task(""), std::to_string(kHeavyMiB), std::to_string(count), agent});
    }
};

TEST_F(WorkerLoad, ABacklogOfLargeTasksIsReadByTheFew) {
    add_large("heavy", 2 * kTooManyHeavy);
    AgentOptions options = quick();
    options.concurrency = 3 * kTooManyHeavy;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "heavy", [](Task const& task, Context&) -> json { return task.crashes; }, options);
    });
    ASSERT_TRUE(succeeded("heavy", 2 * kTooManyHeavy));
    EXPECT_EQ(events.count(EventKind::service_error), 0) << events.last_detail(EventKind::service_error);
    EXPECT_EQ(events.count(EventKind::delivery_found), 0);
}

TEST_F(WorkerLoad, AReplyThatWasTooLargeLeavesAWorkerNoMoreThanItsSlots) {
    Gate small;
    Gate gate;
    AgentOptions options = quick();
    options.concurrency = kTooManyHeavy;
    options.lane_order = LaneOrder::strict;  // all slots for one lane
    // Small ones first, as many as there are slots: nothing tells of what comes.
    dispatch_empty("heavy", kTooManyHeavy);
    auto const worker = start([&](Worker& w) {
        w.handle(
            "heavy",
            [&](Task const& task, Context&) -> json {
                (task.payload_text().size() > 2 ? gate : small).pass();
                return task.crashes;
            },
            options);
    });
    ASSERT_TRUE(small.wait_arrived(kTooManyHeavy));
    set_paused("heavy", true);
    ASSERT_TRUE(events.wait_for(EventKind::paused));
    small.open();
    ASSERT_TRUE(succeeded("heavy", kTooManyHeavy));
    add_large("heavy", 2 * kTooManyHeavy);
    set_paused("heavy", false);
    ASSERT_TRUE(gate.wait_arrived(kTooManyHeavy));
    auto const keys = space.agent("heavy");
    EXPECT_EQ(ask({"HGET", keys.stats, "released"}), "") << "nothing was taken that had to be given back";
    std::istringstream pending(ask({"XPENDING", keys.lane(Lane::normal), std::string(store::kGroup)}));
    int held = 0;
    pending >> held;
    EXPECT_EQ(held, kTooManyHeavy);
    EXPECT_GE(events.count(EventKind::delivery_found), kTooManyHeavy)
        << "the reply was not too large: this shows nothing";
    gate.open();
    ASSERT_TRUE(succeeded("heavy", 3 * kTooManyHeavy));
    EXPECT_EQ(events.count(EventKind::reclaimed), 0);
}

// More than one reply names, each reply for several calls under way together.
TEST_F(WorkerLoad, TasksThatAreDueTogetherAreMovedOnceEach) {
    constexpr std::size_t kDue = 3 * store::kPromoteTold + 1;
    std::vector<NewTask> tasks(kDue, NewTask{"{}", {.delay = std::chrono::hours(1)}});
    for (auto const& receipt : client().dispatch_many("later", std::move(tasks)))
        ASSERT_TRUE(receipt) << receipt.error().message();
    auto const keys = space.agent("later");
    ask({"ZUNIONSTORE", keys.scheduled, "1", keys.scheduled, "WEIGHTS", "0"});  // all due long ago
    auto const worker = start([](Worker& w) { w.handle("later", [](Task const&, Context&) -> json { return 1; }); });
    ASSERT_TRUE(succeeded("later", kDue));
    EXPECT_EQ(ask({"HGET", keys.stats, "promoted"}), std::to_string(kDue));
    EXPECT_EQ(ask({"HGET", keys.stats, "orphaned"}), "");
    EXPECT_EQ(ask({"XLEN", keys.results}), std::to_string(kDue));
    EXPECT_EQ(events.count(EventKind::service_error), 0) << events.last_detail(EventKind::service_error);
}

TEST_F(WorkerLoad, AnEntryThatNoConnectionTakesIsPutAsideUnread) {
    auto const worker = start([](Worker& w) { w.handle("heavy", [](Task const&, Context&) -> json { return 1; }); });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    auto const keys = space.agent("heavy");
    ask({"EVAL",
         "redis.call('XADD', KEYS[1], '*', 'task_id', 'huge', 'payload', string.rep(string.rep('x', 1048576), 65))",
         "1", keys.lane(Lane::normal)});
    ASSERT_TRUE(events.wait_for(EventKind::quarantined));
    EXPECT_NE(events.last_detail(EventKind::quarantined).find("too large"), std::string::npos);
    EXPECT_EQ(outcome("heavy", dispatch("heavy", nullptr)).state, TaskState::succeeded) << "the worker lives on";
    EXPECT_EQ(ask({"XLEN", keys.lane(Lane::normal)}), "0");
    EXPECT_LT(ask({"XRANGE", keys.dead, "-", "+"}).size(), 1'000U) << "its letter can be read";
}

}  // namespace
}  // namespace leat::runtime
