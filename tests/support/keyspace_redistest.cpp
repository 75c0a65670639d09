// The checker of invariants must find what is wrong: each breach is planted in a keyspace that has everything.
#include "support/keyspace.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class KeyspaceTest : public StoreFixture {
  protected:
    // Tasks in every state, by the real transitions.
    void populate() {
        ASSERT_TRUE(wait(store.register_agent(space, keys, std::chrono::seconds(30))));
        auto const succeeded = start("w1", {.id = "succeeded", .payload = "{}"});
        ASSERT_EQ(settle("w1", verdict(succeeded, SettleVerdict::success, "1")), SettleStatus::settled);
        for (auto const* const id : {"dead", "replayed"}) {
            auto const died = start("w1", {.id = id, .payload = "{}"});
            ASSERT_EQ(settle("w1", verdict(died, SettleVerdict::dead, "it broke")), SettleStatus::settled);
        }
        std::array const letters{ReplayItem{newest(keys.dead).at("id"), "replayed"}};
        ASSERT_EQ(wait(store.replay(keys, letters)).value().at(0), ReplayStatus::replayed);
        auto again = fetch("w2").at(0);
        ASSERT_TRUE(release("w2", again));
        auto const retried = start("w1", {.id = "retried", .payload = "{}"});
        auto later = verdict(retried, SettleVerdict::retry, "it broke");
        later.delay_ms = 60'000;
        later.retry_count = 1;
        ASSERT_EQ(settle("w1", later), SettleStatus::settled);
        add({.id = "scheduled", .delay_ms = 60'000, .payload = "{}"});
        add({.id = "cancelled", .payload = "{}"});
        ASSERT_EQ(wait(store.cancel(keys, "cancelled")), CancelStatus::cancelled);
        running_ = start("w1", {.id = "running", .payload = "{}"});
        add({.id = "ready", .lane = Lane::high, .priority = 1, .payload = "{}"});
        ask({"XADD", keys.lane(Lane::low), "*", "payload", "{}"});
        ask({"XADD", "tasks", "*", "agent_type", "sentiment"});
        ask({"XGROUP", "CREATE", "tasks", "leat", "0"});
    }
    testing::Keyspace keyspace(testing::KeyspaceOptions options = {.fronts = {"tasks"}}) const {
        return testing::Keyspace::read([this](auto const& command) { return ask(command); }, std::move(options));
    }
    std::string entry_of(std::string const& id) const {
        auto const text = record(id);
        auto const slash = text.find('/');
        return text.substr(slash + 1, text.find('"', slash) - slash - 1);
    }

    Delivery running_;
};

TEST_F(KeyspaceTest, finds_nothing_wrong_where_nothing_is) {
    EXPECT_THAT(keyspace().violations(), IsEmpty());
    populate();
    EXPECT_THAT(keyspace().violations(), IsEmpty());
    ask({"DEBUG", "RELOAD"});
    EXPECT_THAT(keyspace().violations(), IsEmpty());
}

TEST_F(KeyspaceTest, counts_tasks_by_state) {
    populate();
    auto const counts = keyspace().counts("sentiment");
    testing::TaskCounts expected;
    expected.ready = 2;  // one was given back
    expected.running = 1;
    expected.scheduled = 2;
    expected.succeeded = expected.dead = expected.cancelled = 1;
    expected.foreign = 1;
    EXPECT_EQ(counts, expected);
    EXPECT_EQ(counts.live(), 5);
    EXPECT_EQ(keyspace().tasks("sentiment").at("running"), "running");
    EXPECT_EQ(keyspace().tasks("sentiment").at("replayed"), "ready");
    EXPECT_EQ(keyspace().agents(), std::set<std::string>{"sentiment"});
    EXPECT_EQ(keyspace().counts("nobody"), testing::TaskCounts());
}

TEST_F(KeyspaceTest, tells_what_is_not_at_rest) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    add({.id = "t2", .delay_ms = 60'000, .payload = "{}"});
    ask({"XADD", "tasks", "*", "agent_type", "sentiment"});
    auto const unrest = keyspace().unrest();
    EXPECT_THAT(unrest, Contains("task t1 of agent sentiment is ready, held by w1"));
    EXPECT_THAT(unrest, Contains("task t2 of agent sentiment is scheduled"));
    EXPECT_THAT(unrest, Contains("front door tasks has 1 entries"));
    ASSERT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
    ASSERT_EQ(wait(store.cancel(keys, "t2")), CancelStatus::cancelled);
    ask({"DEL", "tasks"});
    EXPECT_THAT(keyspace().unrest(), IsEmpty());
}

TEST_F(KeyspaceTest, accepts_what_was_trimmed_and_what_has_expired) {
    populate();
    ask({"XTRIM", keys.results, "MAXLEN", "0"});
    ask({"XTRIM", keys.dead, "MAXLEN", "0"});
    ask({"DEL", keys.task("succeeded")});
    EXPECT_THAT(keyspace().violations(), IsEmpty());
}

TEST_F(KeyspaceTest, follows_the_names_in_the_control_hash) {
    auto const shared = space.agent("other", "leat:all_results", "every_letter");
    ASSERT_TRUE(wait(store.register_agent(space, shared, std::chrono::seconds(30))));
    std::array const items{DispatchItem{.id = "t1", .payload = "{}"}};
    ASSERT_TRUE(wait(store.dispatch(shared, items, {})));
    std::array const credits{LaneCredit{Lane::normal, 1}};
    auto const delivery = wait(store.fetch(shared, "w1", credits)).value().at(0);
    std::array const verdicts{verdict(delivery, SettleVerdict::dead, "it broke")};
    ASSERT_TRUE(wait(store.settle(shared, "w1", verdicts, {}, kMinute, {})));
    EXPECT_THAT(keyspace().violations(), IsEmpty());
    ask({"DEL", "every_letter"});
    EXPECT_THAT(keyspace().violations(), Contains(HasSubstr("names the dead letter")));
}

class PlantedTest : public KeyspaceTest {
  protected:
    void expect_found(std::string const& name, std::string const& expected, std::function<void()> const& spoil) {
        SCOPED_TRACE(name);
        ask({"FLUSHALL"});
        populate();
        ASSERT_THAT(keyspace().violations(), IsEmpty());
        spoil();
        EXPECT_THAT(keyspace().violations(), Contains(HasSubstr(expected)));
    }
    std::string const& normal() const { return keys.lane(Lane::normal); }
};

TEST_F(PlantedTest, tasks_that_are_lost) {
    expect_found("message deleted", "I1: task ready of sentiment is lost: its message", [&] {
        ask({"XDEL", keys.lane(Lane::high), entry_of("ready")});
    });
    expect_found("lane deleted", "I1: task ready of sentiment is lost", [&] { ask({"DEL", keys.lane(Lane::high)}); });
    expect_found("schedule forgot it", "I1: task scheduled of sentiment is lost: parked", [&] {
        ask({"ZREM", keys.scheduled, "scheduled"});
    });
    expect_found("record deleted", "has no record (task ready)", [&] { ask({"DEL", keys.task("ready")}); });
    expect_found("record of a parked task deleted", "scheduled of sentiment is in the schedule, but no task", [&] {
        ask({"DEL", keys.task("scheduled")});
    });
    expect_found("acknowledged, not deleted", "was handed out, is not pending and still there", [&] {
        ask({"XACK", normal(), "workers", entry_of("running")});
    });
    expect_found("consumer deleted", "was handed out, is not pending", [&] {
        ask({"XGROUP", "DELCONSUMER", normal(), "workers", "w1"});
    });
    expect_found("group set too far", "was handed out, is not pending", [&] {
        ask({"XGROUP", "SETID", keys.lane(Lane::high), "workers", "$"});
    });
    expect_found("live record expires", "expires while it is ready", [&] {
        ask({"EXPIRE", keys.task("ready"), "99"});
    });
    expect_found("record is no record", "the record of task ready of sentiment is no JSON object", [&] {
        ask({"SET", keys.task("ready"), "nonsense"});
    });
    expect_found("unknown state", "has the unknown state", [&] { ask({"SET", keys.task("x"), R"({"state":"odd"})"}); });
}

TEST_F(PlantedTest, tasks_in_two_places) {
    auto const again = [&](std::string const& id) {
        ask({"XADD", normal(), "*", "v", "1", "task_id", id, "payload", "{}"});
    };
    expect_found("a second message", "but message normal/", [&] { again("ready"); });
    expect_found("a finished task waits", "task succeeded of sentiment is succeeded", [&] { again("succeeded"); });
    expect_found("a message of nobody", "has no record (task nobody)", [&] { again("nobody"); });
    expect_found("ready and scheduled", "is ready and scheduled at once", [&] {
        ask({"ZADD", keys.scheduled, "1", "ready"});
    });
    expect_found("two due times", "by the schedule", [&] { ask({"ZADD", keys.scheduled, "1", "scheduled"}); });
    expect_found("another's message", "the message of task", [&] {
        ask({"SET", keys.task("ready"), R"({"state":"ready","at":"n/)" + entry_of("running") + R"("})"});
    });
    expect_found("the sum", "I7: ", [&] { again("nobody"); });
}

TEST_F(PlantedTest, outcomes_that_are_wrong) {
    auto const end = [&](std::string const& id, std::string const& status, std::string const& delivery) {
        ask({"XADD", keys.results, "*", "task_id", id, "status", status, "processed_by", "w9", "agent_type",
             "sentiment", "run", "1 0 0" + delivery});
    };
    expect_found("result deleted", "names the result", [&] { ask({"DEL", keys.results}); });
    expect_found("letter deleted", "names the dead letter", [&] { ask({"DEL", keys.dead}); });
    expect_found("record stays", "stays for ever", [&] { ask({"PERSIST", keys.task("succeeded")}); });
    expect_found("another's result", "names the result of task cancelled", [&] {
        ask({"SET", keys.task("succeeded"), R"({"state":"succeeded","at":")" + newest(keys.results).at("id") + R"("})",
             "EX", "99"});
    });
    expect_found("two ends of one message", "has more than one recorded end", [&] {
        end("x", "retry", " 1-1/1");
        end("x", "retry", " 1-1/2");
    });
    expect_found("two outcomes", "went on after its outcome", [&] {
        end("x", "cancelled", " 1-1/1");
        end("x", "cancelled", " 2-1/1");
    });
    expect_found("a gap in the attempts", "follows attempt 1", [&] {
        end("x", "retry", " 1-1/1");
        end("x", "retry", " 2-1/1");
    });
    expect_found("a death without letter", "but has 0 dead letters", [&] { end("x", "dead", " 1-1/1"); });
    expect_found("no delivery", "names no delivery", [&] { end("x", "success", ""); });
    expect_found("no run", "does not say how it ran", [&] {
        ask({"XADD", keys.results, "*", "task_id", "x", "status", "expired", "agent_type", "sentiment", "run", "1 0"});
    });
    expect_found("an unclear letter", "does not say what died", [&] {
        ask({"XADD", keys.dead, "*", "task_id", "x", "agent_type", "sentiment", "error", "", "reason", "failed"});
    });
}

TEST_F(PlantedTest, counts_and_limits) {
    expect_found("dispatched", "I7: agent sentiment counts", [&] { ask({"HINCRBY", keys.stats, "dispatched", "1"}); });
    expect_found("succeeded", "the archive has 1 with status success", [&] {
        ask({"HINCRBY", keys.stats, "succeeded", "1"});
    });
    expect_found("a minute", "the minutes of agent sentiment have", [&] {
        ask({"HINCRBY", keys.stats_minute(kMinute), "dead", "9"});
    });
    expect_found("no number", "no count", [&] { ask({"HSET", keys.stats, "dead", "many"}); });
    expect_found("too many retries", "I4: task x", [&] {
        ask({"XADD", normal(), "*", "v", "1", "task_id", "x", "retry_count", "4", "max_retries", "3"});
    });
    expect_found("too many crashes", "ended without a verdict, the limit is 3", [&] {
        ask({"XCLAIM", normal(), "workers", "w1", "0", entry_of("running"), "RETRYCOUNT", "6", "JUSTID"});
    });
}

TEST_F(PlantedTest, keys_without_owner) {
    expect_found("a minute for ever", "has no time to live", [&] { ask({"PERSIST", keys.stats_minute(kMinute)}); });
    expect_found("a worker for ever", "leat:worker:w1 has no time to live", [&] {
        ask({"HSET", space.worker("w1"), "name", "w1"});
    });
    expect_found("an auditor for ever", "the auditor of sentiment has no time to live", [&] {
        ask({"SET", keys.auditor, "w1"});
    });
    expect_found("a log for ever", "the log of sentiment has no time to live", [&] {
        ask({"XADD", keys.log, "*", "task_id", "t1", "attempt", "1", "log", "x"});
    });
    expect_found("a strange key", "leat:odd (string) belongs to nothing", [&] { ask({"SET", "leat:odd", "1"}); });
    expect_found("a strange key of an agent", "leat:{sentiment}:odd (string) belongs to nothing", [&] {
        ask({"SET", "leat:{sentiment}:odd", "1"});
    });
    expect_found("a strange lane", "belongs to nothing", [&] {
        ask({"XADD", "leat:{sentiment}:ready:x", "*", "a", "b"});
    });
    expect_found("a wrong type", "leat:{sentiment}:stats is a string, not a hash", [&] {
        ask({"SET", keys.stats, "1"});
    });
    expect_found("an agent that nobody sees", "is not in the registry", [&] { ask({"DEL", space.agents()}); });
    expect_found("a front door entry beyond reach", "in tasks was handed out, is not pending", [&] {
        ask({"XREADGROUP", "GROUP", "leat", "w1", "STREAMS", "tasks", ">"});
        ask({"XGROUP", "DELCONSUMER", "tasks", "leat", "w1"});
    });
    expect_found("pending, but deleted", "of sentiment is pending with w1, but does not exist", [&] {
        ask({"XDEL", normal(), entry_of("running")});
    });
}

TEST_F(KeyspaceTest, says_so_where_it_cannot_read) {
    EXPECT_THROW((void)testing::Keyspace::read([](auto const&) { return "ERR no"; }), std::runtime_error);
}

}  // namespace
}  // namespace leat::store
