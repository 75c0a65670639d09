// What puts spoiled data right, with a connection that breaks at every point.
#include <gmock/gmock.h>

#include "crash_points/crash_fixture.hpp"
#include "store/audit_walk.hpp"
#include "store/store_worker.hpp"

namespace leat::crash_points {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;

class CrashPointsOfRepair : public CrashFixture {
  protected:
    [[nodiscard]] std::string const& normal() const { return keys.lane(Lane::normal); }
    [[nodiscard]] std::string entry_of(std::string const& id) const {
        auto const text = record(id);
        auto const slash = text.find('/');
        return text.substr(slash + 1, text.find('"', slash) - slash - 1);
    }
    // Somebody deletes the message that the actor holds; the actor finds out with its verdict and puts it back.
    void restores(std::chrono::milliseconds delay, std::string const& state) {
        every_point({.before = [&] { add({.id = "t1", .max_retries = 1, .payload = "{}"}); },
                     .act =
                         [&](Actor& actor) {
                             auto const delivery = actor.take(1).at(0);
                             ask({"XDEL", normal(), delivery.entry_id});
                             auto const verdict = ruled(delivery, SettleVerdict::retry);
                             EXPECT_THAT(actor.settle({verdict}), ::testing::ElementsAre(SettleStatus::missing));
                             auto message = delivery.message;
                             message.crashes = verdict.crashes;
                             auto const place = held(delivery);
                             actor.sure<bool>(
                                 [&] { return actor.store().restore(keys, place, message, message.payload, delay); });
                         },
                     .after =
                         [&] {
                             expect_end("t1", state);
                             EXPECT_EQ(total("restored"), "1");
                         },
                     .damaged = true});
    }
    void pass(Actor& actor, store::AuditWalk& walk, store::AuditWalk::Time now) {
        walk.restart();
        while (!walk.finished())
            actor.sure<std::vector<store::AuditFinding>>([&] { return walk.step(now); });
    }
};

TEST_F(CrashPointsOfRepair, puts_a_deleted_message_back) {
    restores(0ms, "ready");
}

TEST_F(CrashPointsOfRepair, puts_a_deleted_message_back_for_later) {
    restores(60s, "scheduled");
}

// One of each kind of harm that the audit repairs.
TEST_F(CrashPointsOfRepair, audits) {
    every_point({.before =
                     [&] {
                         add({.id = "parked", .delay_ms = 60'000, .payload = "{}"});
                         ask({"DEL", keys.scheduled});
                         add({.id = "expiring", .payload = "{}"});
                         ask({"EXPIRE", keys.task("expiring"), "100"});
                         add({.id = "unrecorded", .payload = "{}"});
                         ask({"DEL", keys.task("unrecorded")});
                         (void)start("gone", {.id = "left", .lane = Lane::low, .payload = "{}"});
                         ask({"XGROUP", "DELCONSUMER", keys.lane(Lane::low), "workers", "gone"});
                         add({.id = "lost", .lane = Lane::high, .payload = "{}"});
                         ask({"XDEL", keys.lane(Lane::high), entry_of("lost")});
                     },
                 .act =
                     [&](Actor& actor) {
                         store::AuditWalk walk(actor.connection(), keys, store::AuditMode::repair, 1min);
                         pass(actor, walk, {});
                         pass(actor, walk, store::AuditWalk::Time(1h));  // what is still missing is closed
                     },
                 .after =
                     [&] {
                         for (auto const* const id : {"expiring", "unrecorded", "left"})
                             expect_end(id, "ready");
                         expect_end("parked", "scheduled");
                         expect_end("lost", "dead");
                         EXPECT_EQ(ttl(keys.task("expiring")), "-1");
                         auto const violations = keyspace().violations();
                         EXPECT_TRUE(violations.empty()) << testing::joined(violations);
                     },
                 .damaged = true});
}

TEST_F(CrashPointsOfRepair, mends_groups) {
    every_point(
        {.before =
             [&] {
                 add({.id = "waits", .payload = "{}"});
                 (void)start("w1", {.id = "runs", .lane = Lane::low, .payload = "{}"});
                 ask({"XGROUP", "DESTROY", keys.lane(Lane::low), "workers"});
                 ask({"XGROUP", "SETID", normal(), "workers", "99999999999999-0"});
             },
         .act = [&](Actor& actor) { actor.sure<store::Mended>([&] { return store::mend(actor.connection(), keys); }); },
         .after =
             [&] {
                 EXPECT_EQ(total("groups_created"), "1");
                 EXPECT_EQ(total("groups_set_back"), "1");
                 EXPECT_EQ(StoreFixture::fetch("w2", Lane::low).size(), 1U);
             },
         .damaged = true});
}

TEST_F(CrashPointsOfRepair, books_what_the_counters_are_off_by) {
    every_point(
        {.before =
             [&] {
                 add({.id = "waits", .payload = "{}"});
                 ask({"HINCRBY", keys.stats, "dispatched", "2"});
             },
         .act = [&](Actor& actor) { actor.sure<bool>([&] { return store::balance(actor.connection(), keys, -2); }); },
         .after = [&] { EXPECT_EQ(total("unaccounted"), "-2"); },
         .damaged = true});
}

// What was taken with a reply that was lost belongs to the actor, and is found when its lease has lapsed.
TEST_F(CrashPointsOfRepair, inherits_from_a_worker_that_is_gone) {
    every_point({.before =
                     [&] {
                         (void)start("gone", {.id = "t1", .payload = "{}"});
                         (void)start("gone", {.id = "t2", .payload = "{}"});
                         (void)start("lives", {.id = "t3", .payload = "{}"});
                     },
                 .act =
                     [&](Actor& actor) {
                         auto const taken = actor.sure<store::ReclaimReply>(
                             [&] { return actor.store().inherit(keys, Lane::normal, actor.consumer, "gone", 10); });
                         EXPECT_THAT(taken.deliveries.size(), AnyOf(2U, 0U)) << "all of it, once";
                     },
                 .after =
                     [&] {
                         auto const owners = wait(store.owners(space, keys, "nobody"));
                         ASSERT_TRUE(owners);
                         std::set<std::string> names;
                         for (auto const& owner : *owners)
                             names.insert(owner.consumer);
                         EXPECT_EQ(names, (std::set<std::string>{"actor", "lives"}));
                     }});
}

TEST_F(CrashPointsOfRepair, an_epoch_only_goes_on) {
    every_point({.act =
                     [&](Actor& actor) {
                         auto const look = [&] { return store::touch_epoch(actor.connection(), space, "1-actor"); };
                         auto const first = actor.sure<store::Epoch>(look);
                         auto const second = actor.sure<store::Epoch>(look);
                         EXPECT_EQ(second.id, first.id);
                         EXPECT_GT(second.beats, first.beats);
                     },
                 .after =
                     [&] {
                         EXPECT_EQ(ask({"HGET", space.epoch(), "id"}), "1-actor");
                     }});
}

}  // namespace
}  // namespace leat::crash_points
