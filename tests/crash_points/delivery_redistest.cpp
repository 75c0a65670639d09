// What workers do with deliveries, with a connection that breaks at every point.
#include <gmock/gmock.h>

#include "crash_points/crash_fixture.hpp"

namespace leat::crash_points {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::IsEmpty;

class CrashPointsOfDelivery : public CrashFixture {
  protected:
    static auto recorded() { return Each(AnyOf(SettleStatus::settled, SettleStatus::already)); }

    // Takes t1 and settles it; afterwards it must be in this state.
    void settles(SettleVerdict verdict, std::int64_t delay_ms, std::string const& state) {
        every_point({.before = [&] { add({.id = "t1", .payload = "{}"}); },
                     .act =
                         [&](Actor& actor) {
                             auto const delivery = actor.take(1).at(0);
                             EXPECT_THAT(actor.settle({ruled(delivery, verdict, delay_ms)}), recorded());
                         },
                     .after = [&] { expect_end("t1", state); }});
    }
    static std::vector<store::Held> all_held(std::vector<Delivery> const& deliveries) {
        std::vector<store::Held> all;
        for (auto const& delivery : deliveries)
            all.push_back(held(delivery));
        return all;
    }
    // How many results of a status the archive has.
    [[nodiscard]] std::ptrdiff_t results(std::string_view status) const {
        auto const now = keyspace();
        return std::ranges::count_if(now.snapshot().at(keys.results).entries,
                                     [status](auto const& entry) { return entry.field("status") == status; });
    }
};

TEST_F(CrashPointsOfDelivery, success) {
    settles(SettleVerdict::success, 0, "succeeded");
}

TEST_F(CrashPointsOfDelivery, retry_at_once) {
    settles(SettleVerdict::retry, 0, "ready");
}

TEST_F(CrashPointsOfDelivery, retry_later) {
    settles(SettleVerdict::retry, 60'000, "scheduled");
}

TEST_F(CrashPointsOfDelivery, dead) {
    settles(SettleVerdict::dead, 0, "dead");
}

TEST_F(CrashPointsOfDelivery, cancelled) {
    settles(SettleVerdict::cancelled, 0, "cancelled");
}

TEST_F(CrashPointsOfDelivery, expired) {
    settles(SettleVerdict::expired, 0, "expired");
}

TEST_F(CrashPointsOfDelivery, a_batch_of_all_verdicts) {
    every_point({.before =
                     [&] {
                         for (auto const* const id : {"t1", "t2", "t3", "t4", "t5"})
                             add({.id = id, .payload = "{}"});
                     },
                 .act =
                     [&](Actor& actor) {
                         auto const deliveries = actor.take(5);
                         std::vector<Settlement> settlements;
                         for (auto const& delivery : deliveries) {
                             auto const id = delivery.message.task_id;
                             auto const verdict = id == "t1"   ? SettleVerdict::success
                                                  : id == "t2" ? SettleVerdict::retry
                                                  : id == "t3" ? SettleVerdict::dead
                                                  : id == "t4" ? SettleVerdict::cancelled
                                                               : SettleVerdict::retry;
                             settlements.push_back(ruled(delivery, verdict, id == "t5" ? 60'000 : 0));
                         }
                         EXPECT_THAT(actor.settle(settlements), recorded());
                     },
                 .after =
                     [&] {
                         expect_end("t1", "succeeded");
                         expect_end("t2", "ready");
                         expect_end("t3", "dead");
                         expect_end("t4", "cancelled");
                         expect_end("t5", "scheduled");
                         EXPECT_EQ(results("retry"), 2);
                     }});
}

// The last attempt that its retries allow, each verdict with the numbers of the one before.
TEST_F(CrashPointsOfDelivery, all_attempts_to_the_end) {
    every_point({.before = [&] { add({.id = "t1", .max_retries = 1, .payload = "{}"}); },
                 .act =
                     [&](Actor& actor) {
                         auto const first = actor.take(1).at(0);
                         EXPECT_THAT(actor.settle({ruled(first, SettleVerdict::retry)}), recorded());
                         auto const second = actor.take(1).at(0);
                         EXPECT_EQ(second.message.attempts, 1);
                         EXPECT_THAT(actor.settle({ruled(second, SettleVerdict::dead)}), recorded());
                     },
                 .after = [&] { expect_end("t1", "dead"); }});
}

TEST_F(CrashPointsOfDelivery, renewal) {
    every_point({.before =
                     [&] {
                         add({.id = "t1", .payload = "{}"});
                         add({.id = "t2", .lane = Lane::high, .payload = "{}"});
                     },
                 .act =
                     [&](Actor& actor) {
                         auto deliveries = actor.take(1);
                         deliveries.push_back(actor.take(1, Lane::high).at(0));
                         age_all(keyspace());
                         auto const held = all_held(deliveries);
                         using Statuses = std::vector<store::RenewStatus>;
                         auto const renewed =
                             actor.sure<Statuses>([&] { return actor.store().renew(keys, actor.consumer, held); });
                         EXPECT_THAT(renewed, Each(store::RenewStatus::renewed));
                         EXPECT_THAT(reclaim("w2"), IsEmpty());  // the lease has begun again
                         std::vector<Settlement> settlements;
                         for (auto const& delivery : deliveries)
                             settlements.push_back(ruled(delivery, SettleVerdict::success));
                         EXPECT_THAT(actor.settle(settlements), recorded());
                     },
                 .after = [&] { EXPECT_EQ(results("success"), 2); }});
}

// I2: what was taken over cannot be settled by the one who had it, however often that one tries.
TEST_F(CrashPointsOfDelivery, takeover_of_what_a_silent_worker_holds) {
    Delivery lapsed;
    every_point({.before =
                     [&] {
                         lapsed = start("w1", {.id = "t1", .payload = "{}"});
                         age(lapsed, "w1");
                     },
                 .act =
                     [&](Actor& actor) {
                         auto taken = actor.reclaim();
                         if (taken.empty()) taken = actor.take(1);  // the reply was lost: its own lease lapses first
                         EXPECT_GT(taken.at(0).count, lapsed.count);
                         EXPECT_EQ(settle("w1", ruled(lapsed, SettleVerdict::success)), SettleStatus::stale);
                         EXPECT_THAT(actor.settle({ruled(taken.at(0), SettleVerdict::dead)}), recorded());
                         EXPECT_EQ(settle("w1", ruled(lapsed, SettleVerdict::success)), SettleStatus::stale);
                     },
                 .after = [&] { expect_end("t1", "dead"); }});
}

// I4: the delivery beyond the crash limit is recorded as dead, not run.
TEST_F(CrashPointsOfDelivery, poison) {
    every_point({.before =
                     [&] {
                         auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
                         ask({"XCLAIM", keys.lane(Lane::normal), "workers", "w1", "0", delivery.entry_id, "IDLE",
                              "3600000", "RETRYCOUNT", "4", "JUSTID"});
                     },
                 .act =
                     [&](Actor& actor) {
                         auto taken = actor.reclaim();
                         if (taken.empty()) taken = actor.take(1);
                         auto verdict = ruled(taken.at(0), SettleVerdict::dead);
                         verdict.dead_kind = "poison";
                         EXPECT_THAT(actor.settle({verdict}), recorded());
                     },
                 .after = [&] { expect_end("t1", "dead"); }});
}

TEST_F(CrashPointsOfDelivery, giving_back) {
    every_point({.before =
                     [&] {
                         add({.id = "t1", .payload = "{}"});
                         add({.id = "t2", .payload = "{}"});
                     },
                 .act =
                     [&](Actor& actor) {
                         auto const deliveries = actor.take(2);
                         auto const held = all_held(deliveries);
                         using Statuses = std::vector<bool>;
                         actor.sure<Statuses>([&] { return actor.store().release(keys, actor.consumer, held); });
                         // Nothing was counted, and anybody gets them at once.
                         auto const taken = reclaim("w2");
                         ASSERT_EQ(taken.size(), 2U);
                         for (std::size_t i = 0; i < 2; ++i)
                             EXPECT_EQ(taken[i].count, deliveries[i].count);
                     },
                 .after = [&] { EXPECT_EQ(total("released"), "2"); }});
}

TEST_F(CrashPointsOfDelivery, adoption_of_a_foreign_message) {
    every_point({.before =
                     [&] {
                         ask({"XADD", keys.lane(Lane::normal), "*", "task_id", "t1", "payload", "{}"});
                     },
                 .act =
                     [&](Actor& actor) {
                         auto const foreign = actor.take(1).at(0);
                         ASSERT_TRUE(foreign.message.foreign);
                         (void)actor.dispatch({{.id = "t1", .payload = "{}"}});
                         auto const held_here = held(foreign);
                         actor.sure<bool>([&] {
                             return actor.store().remove(keys, actor.consumer, held_here, store::RemovalKind::adopted,
                                                         {});
                         });
                     },
                 .after =
                     [&] {
                         expect_end("t1", "ready");
                         EXPECT_EQ(keyspace().counts("sentiment").foreign, 0);
                         EXPECT_EQ(total("adopted"), "1");
                     }});
}

TEST_F(CrashPointsOfDelivery, quarantine_of_what_is_no_message) {
    every_point({.before =
                     [&] {
                         ask({"XADD", keys.lane(Lane::normal), "*", "colour", "blue"});
                     },
                 .act =
                     [&](Actor& actor) {
                         auto const malformed = actor.take(1).at(0);
                         ASSERT_NE(malformed.malformed, "");
                         auto const held_here = held(malformed);
                         actor.sure<bool>([&] {
                             return actor.store().remove(keys, actor.consumer, held_here,
                                                         store::RemovalKind::quarantined, malformed.malformed);
                         });
                     },
                 .after =
                     [&] {
                         EXPECT_EQ(length(keys.dead), "1");
                         EXPECT_EQ(total("quarantined"), "1");
                     }});
}

TEST_F(CrashPointsOfDelivery, a_lane_whose_group_was_lost) {
    every_point({.before =
                     [&] {
                         add({.id = "t1", .payload = "{}"});
                         ask({"XGROUP", "DESTROY", keys.lane(Lane::normal), "workers"});
                     },
                 .act =
                     [&](Actor& actor) {
                         auto const delivery = actor.take(1).at(0);
                         EXPECT_THAT(actor.settle({ruled(delivery, SettleVerdict::success)}), recorded());
                     },
                 .after = [&] { expect_end("t1", "succeeded"); }});
}

TEST_F(CrashPointsOfDelivery, scheduled_tasks_that_become_due) {
    every_point({.before =
                     [&] {
                         add({.id = "t1", .lane = Lane::high, .priority = 1, .delay_ms = 60'000, .payload = "{}"});
                         add({.id = "t2", .delay_ms = 60'000, .payload = "{}"});
                         add({.id = "t3", .delay_ms = 60'000, .payload = "{}"});
                         make_due("t1");
                         make_due("t2");
                     },
                 .act =
                     [&](Actor& actor) {
                         std::vector<std::string> due;
                         do {
                             auto const reply =
                                 actor.sure<store::PromoteReply>([&] { return actor.store().promote(keys, due); });
                             due = reply.due;
                         } while (!due.empty());
                     },
                 .after =
                     [&] {
                         expect_end("t1", "ready");
                         expect_end("t2", "ready");
                         expect_end("t3", "scheduled");
                         EXPECT_EQ(total("promoted"), "2");
                     }});
}

}  // namespace
}  // namespace leat::crash_points
