// What operators do, and the housekeeping, with a connection that breaks at every point.
#include <gmock/gmock.h>

#include "crash_points/crash_fixture.hpp"
#include "store/store_worker.hpp"

namespace leat::crash_points {
namespace {

using ::testing::AnyOf;
using ::testing::Not;
using namespace std::chrono_literals;

class CrashPointsOfOperator : public CrashFixture {
  protected:
    CancelStatus cancel(Actor& actor, std::string const& id) {
        return actor.sure<CancelStatus>([this, &actor, id] { return actor.store().cancel(keys, id); });
    }
    store::ReprioritiseStatus reprioritise(Actor& actor, std::string const& id, std::int64_t priority) {
        return actor.sure<store::ReprioritiseStatus>(
            [this, &actor, id, priority] { return actor.store().reprioritise(keys, id, priority); });
    }
    // A task that died once.
    void add_dead(std::string const& id) {
        auto const delivery = start("w1", {.id = id, .payload = "{}"});
        ASSERT_EQ(settle("w1", ruled(delivery, SettleVerdict::dead)), SettleStatus::settled);
    }
};

TEST_F(CrashPointsOfOperator, cancels_a_task_that_waits) {
    every_point({.before = [&] { add({.id = "t1", .payload = "{}"}); },
                 .act =
                     [&](Actor& actor) {
                         EXPECT_THAT(cancel(actor, "t1"), AnyOf(CancelStatus::cancelled, CancelStatus::terminal));
                     },
                 .after = [&] { expect_end("t1", "cancelled"); }});
}

TEST_F(CrashPointsOfOperator, cancels_a_scheduled_task) {
    every_point({.before = [&] { add({.id = "t1", .delay_ms = 60'000, .payload = "{}"}); },
                 .act =
                     [&](Actor& actor) {
                         EXPECT_THAT(cancel(actor, "t1"), AnyOf(CancelStatus::cancelled, CancelStatus::terminal));
                     },
                 .after = [&] { expect_end("t1", "cancelled"); }});
}

// The wish is in the record: the worker's next renewal tells it, and a retry becomes the end.
TEST_F(CrashPointsOfOperator, cancels_a_running_task) {
    Delivery running;
    every_point({.before = [&] { running = start("w1", {.id = "t1", .payload = "{}"}); },
                 .act = [&](Actor& actor) { EXPECT_EQ(cancel(actor, "t1"), CancelStatus::requested); },
                 .after =
                     [&] {
                         std::array const items{held(running)};
                         EXPECT_EQ(wait(store.renew(keys, "w1", items)).value().at(0),
                                   store::RenewStatus::cancel_requested);
                         EXPECT_EQ(settle("w1", ruled(running, SettleVerdict::retry)), SettleStatus::cancelled);
                         expect_end("t1", "cancelled");
                     }});
}

TEST_F(CrashPointsOfOperator, replays_dead_letters) {
    every_point({.before =
                     [&] {
                         add_dead("t1");
                         add_dead("t2");
                     },
                 .act =
                     [&](Actor& actor) {
                         auto const now = keyspace();
                         std::vector<store::ReplayItem> items;
                         for (auto const& letter : now.snapshot().at(keys.dead).entries)
                             items.push_back({letter.id, std::string(letter.field("task_id"))});
                         using Statuses = std::vector<store::ReplayStatus>;
                         auto const replayed = actor.sure<Statuses>([&] { return actor.store().replay(keys, items); });
                         EXPECT_THAT(replayed, ::testing::Each(store::ReplayStatus::replayed));
                     },
                 .after =
                     [&] {
                         expect_end("t1", "ready");
                         expect_end("t2", "ready");
                         EXPECT_EQ(total("replayed"), "2");
                     }});
}

TEST_F(CrashPointsOfOperator, reprioritises_tasks_that_wait) {
    using enum store::ReprioritiseStatus;
    every_point({.before =
                     [&] {
                         add({.id = "ready", .payload = "{}"});
                         add({.id = "scheduled", .delay_ms = 60'000, .payload = "{}"});
                         auto const delivery = start("w1", {.id = "released", .lane = Lane::low, .payload = "{}"});
                         ASSERT_TRUE(release("w1", delivery));
                     },
                 .act =
                     [&](Actor& actor) {
                         for (auto const* const id : {"ready", "scheduled", "released"})
                             EXPECT_THAT(reprioritise(actor, id, 2), AnyOf(moved, unchanged));
                     },
                 .after =
                     [&] {
                         EXPECT_EQ(length(keys.lane(Lane::critical)), "2");
                         expect_end("ready", "ready");
                         expect_end("released", "ready");
                         expect_end("scheduled", "scheduled");
                     }});
}

TEST_F(CrashPointsOfOperator, pauses_and_resumes) {
    every_point({.before = [&] { add({.id = "t1", .payload = "{}"}); },
                 .act =
                     [&](Actor& actor) {
                         actor.sure<void>([&] { return actor.store().set_paused(keys, true); });
                         EXPECT_TRUE(wait(store.control(keys)).value().paused);
                         actor.sure<void>([&] { return actor.store().set_paused(keys, false); });
                     },
                 .after = [&] { EXPECT_FALSE(wait(store.control(keys)).value().paused); }});
}

class CrashPointsOfHousekeeping : public CrashPointsOfOperator {};

TEST_F(CrashPointsOfHousekeeping, an_agent_is_registered) {
    every_point(
        {.before = [&] { ask({"FLUSHALL"}); },
         .act = [&](Actor& actor) { actor.sure<void>([&] { return actor.store().register_agent(space, keys, 30s); }); },
         .after =
             [&] {
                 EXPECT_EQ(keyspace().agents().count("sentiment"), 1U);
                 EXPECT_EQ(ask({"SISMEMBER", space.agents(), "sentiment"}), "1");
             }});
}

// Every beat leaves a key that goes away by itself, wherever it stops.
TEST_F(CrashPointsOfHousekeeping, a_worker_beats_and_leaves) {
    every_point({.act =
                     [&](Actor& actor) {
                         store::WorkerBeat worker;
                         worker.consumer = actor.consumer;
                         worker.agents = {{.agent = "sentiment", .slots = 4}};
                         actor.sure<std::int64_t>([&] { return store::beat(actor.connection(), space, worker, 20s); });
                         actor.sure<void>(
                             [&] { return store::forget_worker(actor.connection(), space, actor.consumer); });
                     },
                 .after =
                     [&] {
                         EXPECT_EQ(ask({"EXISTS", space.worker("actor"), space.workers()}), "0");
                     }});
}

TEST_F(CrashPointsOfHousekeeping, silent_consumers_are_pruned_where_they_hold_nothing) {
    every_point({.before =
                     [&] {
                         auto const done = start("idle", {.id = "t1", .payload = "{}"});
                         ASSERT_EQ(settle("idle", ruled(done, SettleVerdict::success)), SettleStatus::settled);
                         (void)start("busy", {.id = "t2", .payload = "{}"});
                     },
                 .act =
                     [&](Actor& actor) {
                         using Names = std::vector<std::string>;
                         auto const silent = actor.sure<Names>(
                             [&] { return store::silent_consumers(actor.connection(), space, keys, 0ms); });
                         EXPECT_THAT(silent, ::testing::UnorderedElementsAre("idle", "busy"));
                         for (auto const& name : silent)
                             actor.sure<std::int64_t>([&] { return actor.store().prune_consumer(keys, name); });
                     },
                 .after =
                     [&] {
                         auto const now = keyspace();
                         auto const& group = now.snapshot().at(keys.lane(Lane::normal)).groups.at(0);
                         EXPECT_THAT(group.consumers, ::testing::ElementsAre("busy"));
                         expect_end("t2", "running");
                     }});
}

// What is old goes; live tasks and the counters of all stay.
TEST_F(CrashPointsOfHousekeeping, the_janitor_sweeps) {
    every_point({.before =
                     [&] {
                         ask({"ZADD", space.workers(), "1", "long gone"});
                         for (int i = 0; i < 3; ++i)
                             add_dead("t" + std::to_string(i));
                         add({.id = "live", .payload = "{}"});
                     },
                 .act =
                     [&](Actor& actor) {
                         std::array const agents{&std::as_const(keys)};
                         actor.sure<void>(
                             [&] { return store::sweep(actor.connection(), space, agents, 24h, 7 * 24h); });
                     },
                 .after =
                     [&] {
                         EXPECT_EQ(ask({"EXISTS", space.workers()}), "0");
                         EXPECT_EQ(length(keys.dead), "3");  // these are young
                         expect_end("live", "ready");
                     }});
}

// The archive and the letters at their limit, records that expire at once: the live tasks do not mind.
TEST_F(CrashPointsOfHousekeeping, finished_tasks_are_forgotten) {
    store::SettlePolicy const strict{.retention_s = 1, .results_kept = 0, .dead_kept = 0};
    every_point({.before =
                     [&] {
                         add({.id = "t1", .payload = "{}"});
                         add({.id = "t2", .payload = "{}"});
                         add({.id = "live", .delay_ms = 60'000, .payload = "{}"});
                     },
                 .act =
                     [&](Actor& actor) {
                         auto const deliveries = actor.take(2);
                         (void)actor.settle({ruled(deliveries.at(0), SettleVerdict::success),
                                             ruled(deliveries.at(1), SettleVerdict::dead)},
                                            strict);
                         EXPECT_THAT(ttl(keys.task("t1")), Not("-1"));
                         EXPECT_THAT(ttl(keys.task("t2")), Not("-1"));
                     },
                 .after =
                     [&] {
                         ask({"XTRIM", keys.results, "MAXLEN", "0"});
                         ask({"XTRIM", keys.dead, "MAXLEN", "0"});
                         ask({"DEL", keys.task("t1"), keys.task("t2")});
                         expect_end("live", "scheduled");
                     }});
}

}  // namespace
}  // namespace leat::crash_points
