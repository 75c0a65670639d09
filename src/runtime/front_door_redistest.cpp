// The front door under entries that are large, broken or for a broken agent: nobody else's wait for them.
#include <string>

#include "runtime/limits.hpp"
#include "runtime/worker_fixture.hpp"
#include "store/store_front.hpp"

namespace leat::runtime {
namespace {

// A reply with twelve of these is more than a connection takes.
constexpr int kLargeMiB = 12;
constexpr int kTooMany = 12;

class FrontDoorLoad : public WorkerFixture {
  protected:
    std::unique_ptr<WorkerThread> open_door(std::string const& agent) {
        auto options = worker_options();
        options.front_door.enabled = true;
        return std::make_unique<WorkerThread>(
            options, [&](Worker& w) { w.handle(agent, [](Task const&, Context&) -> json { return 1; }); });
    }
    void hand_in(std::string const& agent, std::string const& id) {
        ask({"XADD", "tasks", "*", "task_id", id, "agent_type", agent, "payload", "{}"});
    }
    // In one step: first small entries, then large ones, by a field that nobody reads.
    void hand_in_many(std::string const& agent, int small, int large) {
        ask({"EVAL",
             "local pad = string.rep(string.rep('x', 1048576), ARGV[4]) "
             "for i = 1, ARGV[2] + ARGV[3] do "
             "  redis.call('XADD', KEYS[1], '*', 'agent_type', ARGV[1], 'payload', '1', 'pad', "
             "    i > tonumber(ARGV[2]) and pad or '') "
             "end",
             "1", "tasks", agent, std::to_string(small), std::to_string(large), std::to_string(kLargeMiB)});
    }
    // Gives what is in the stream to somebody who left it lying for long.
    void leave_lying(int count) {
        auto const group = std::string(store::kFrontGroup);
        ask({"XGROUP", "CREATE", "tasks", group, "0"});
        // The ids only: these entries together are more than a reply should hold.
        ask({"EVAL",
             "for _ = 1, tonumber(ARGV[3]) do "
             "  local id = redis.call('XREADGROUP', 'GROUP', ARGV[1], 'gone', 'COUNT', 1, 'STREAMS', KEYS[1], "
             "'>')[1][2][1][1] "
             "  redis.call('XCLAIM', KEYS[1], ARGV[1], 'gone', 0, id, 'IDLE', ARGV[2], 'JUSTID') "
             "end",
             "1", "tasks", group, "3600000", std::to_string(count)});
    }
};

TEST_F(FrontDoorLoad, LargeEntriesThatSomebodyLeftAreTakenOverByTheFew) {
    hand_in_many("heavy", 0, kTooMany);
    leave_lying(kTooMany);
    auto const worker = open_door("heavy");
    ASSERT_TRUE(succeeded("heavy", kTooMany));
    EXPECT_EQ(events.count(EventKind::service_error), 0) << events.last_detail(EventKind::service_error);
    EXPECT_EQ(events.count(EventKind::disconnected), 0) << events.last_detail(EventKind::disconnected);
    EXPECT_TRUE(eventually([&] { return ask({"XLEN", "tasks"}) == "0"; }));
}

TEST_F(FrontDoorLoad, AReplyThatWasTooLargeIsReadAgainInParts) {
    constexpr int kSmall = 300;
    auto const worker = open_door("heavy");
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    hand_in_many("heavy", kSmall, kTooMany);  // the small ones tell nothing of what comes
    ASSERT_TRUE(succeeded("heavy", kSmall + kTooMany));
    EXPECT_GE(events.count(EventKind::service_error), 1) << "no reply was too large: this shows nothing";
    EXPECT_EQ(events.count(EventKind::disconnected), 0) << "the others' connection has nothing to do with it";
    EXPECT_TRUE(eventually([&] { return ask({"XLEN", "tasks"}) == "0"; }));
}

TEST_F(FrontDoorLoad, AnEntryThatNoConnectionTakesIsRefusedUnread) {
    auto const worker = open_door("open");
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    ask({"EVAL",
         "redis.call('XADD', KEYS[1], '*', 'agent_type', 'open', 'payload', string.rep(string.rep('x', 1048576), 65))",
         "1", "tasks"});
    hand_in("open", "behind");
    ASSERT_TRUE(events.wait_for(EventKind::quarantined));
    ASSERT_TRUE(events.wait_for(EventKind::adopted));
    EXPECT_EQ(outcome("open", "behind").state, TaskState::succeeded);
    EXPECT_NE(events.last_detail(EventKind::quarantined).find("too large"), std::string::npos);
    EXPECT_TRUE(eventually([&] { return ask({"XLEN", "tasks"}) == "0"; }));
    EXPECT_EQ(ask({"XLEN", space.front_dead()}), "1");
}

TEST_F(FrontDoorLoad, ABrokenAgentKeepsNobodyElsesEntriesWaiting) {
    auto const broken = space.agent("broken");
    ask({"SET", broken.lane(Lane::normal), "no stream"});
    auto const worker = open_door("open");
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    // In one step, so that they come in one read: the broken one is the first by its name and by its place.
    ask({"EVAL",
         "redis.call('XADD', KEYS[1], '*', 'task_id', 'stuck', 'agent_type', 'broken', 'payload', '1') "
         "redis.call('XADD', KEYS[1], '*', 'task_id', 'beside', 'agent_type', 'open', 'payload', '1')",
         "1", "tasks"});
    ASSERT_TRUE(events.wait_for(EventKind::adopted, 1));
    EXPECT_EQ(outcome("open", "beside").state, TaskState::succeeded);
    hand_in("broken", "stuck-2");
    hand_in("open", "behind");
    ASSERT_TRUE(events.wait_for(EventKind::adopted, 2));
    EXPECT_EQ(outcome("open", "behind").state, TaskState::succeeded);
    EXPECT_GE(events.count(EventKind::service_error), 1) << "nothing is silent";
    auto const group = std::string(store::kFrontGroup);
    EXPECT_TRUE(eventually([&] { return ask({"XPENDING", "tasks", group}).starts_with("2\n"); })) << "they are kept";
    EXPECT_EQ(ask({"XLEN", "tasks"}), "2");
}

TEST_F(FrontDoorLoad, AnEntryOfABrokenAgentIsHandedInOnceTheAgentIsMended) {
    auto const broken = space.agent("broken");
    ask({"SET", broken.lane(Lane::normal), "no stream"});
    hand_in("broken", "stuck");
    {
        auto const worker = open_door("open");
        ASSERT_TRUE(events.wait_for(EventKind::service_error));
    }
    ask({"DEL", broken.lane(Lane::normal)});
    auto const group = std::string(store::kFrontGroup);
    auto const pending = ask({"XPENDING", "tasks", group, "-", "+", "1"});
    ask({"XCLAIM", "tasks", group, "gone", "0", pending.substr(0, pending.find('\n')), "IDLE", "3600000", "JUSTID"});
    auto const worker = open_door("broken");
    ASSERT_TRUE(events.wait_for(EventKind::adopted));
    EXPECT_EQ(outcome("broken", "stuck").state, TaskState::succeeded);
}

}  // namespace
}  // namespace leat::runtime
