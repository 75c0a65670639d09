// New tasks, and the front door, with a connection that breaks at every point.
#include <gmock/gmock.h>

#include "crash_points/crash_fixture.hpp"
#include "runtime/adoption.hpp"
#include "store/store_front.hpp"

namespace leat::crash_points {
namespace {

class CrashPointsOfDispatch : public CrashFixture {
  protected:
    static bool is_there(store::DispatchReply const& reply) {
        return reply.status == DispatchStatus::created || reply.status == DispatchStatus::duplicate;
    }
};

TEST_F(CrashPointsOfDispatch, one_task) {
    every_point({.act =
                     [&](Actor& actor) {
                         auto const replies = actor.dispatch({{.id = "t1", .payload = "{}"}});
                         EXPECT_TRUE(is_there(replies.at(0)));
                     },
                 .after = [&] { expect_end("t1", "ready"); }});
}

TEST_F(CrashPointsOfDispatch, a_task_that_is_there_already) {
    every_point({.before = [&] { add({.id = "t1", .payload = "{}"}); },
                 .act =
                     [&](Actor& actor) {
                         auto const replies = actor.dispatch({{.id = "t1", .payload = "{}"}});
                         EXPECT_EQ(replies.at(0).status, DispatchStatus::duplicate);
                     },
                 .after = [&] { expect_end("t1", "ready"); }});
}

TEST_F(CrashPointsOfDispatch, a_batch_in_all_lanes_with_delays_and_the_same_id_twice) {
    every_point({.act =
                     [&](Actor& actor) {
                         auto const replies =
                             actor.dispatch({{.id = "t1", .lane = Lane::critical, .priority = 2, .payload = "{}"},
                                             {.id = "t2", .lane = Lane::high, .priority = 1, .payload = "{}"},
                                             {.id = "t3", .payload = "{}"},
                                             {.id = "t4", .lane = Lane::low, .priority = -1, .payload = "{}"},
                                             {.id = "t5", .delay_ms = 60'000, .payload = "{}"},
                                             {.id = "t3", .payload = "{}"}});
                         for (auto const& reply : replies)
                             EXPECT_TRUE(is_there(reply));
                         EXPECT_EQ(replies.at(5).status, DispatchStatus::duplicate);
                     },
                 .after =
                     [&] {
                         expect_end("t4", "ready");
                         expect_end("t5", "scheduled");
                     }});
}

// No retries, one and many: what a task may run is counted by its own limit.
TEST_F(CrashPointsOfDispatch, tasks_with_limits_of_their_own) {
    every_point({.act =
                     [&](Actor& actor) {
                         actor.dispatch({{.id = "none", .max_retries = 0, .payload = "{}"},
                                         {.id = "one", .max_retries = 1, .payload = "{}"}});
                         auto const deliveries = actor.take(2);
                         for (auto const& delivery : deliveries) {
                             bool const again = delivery.message.max_retries > delivery.message.retry_count;
                             (void)actor.settle({ruled(delivery, again ? SettleVerdict::retry : SettleVerdict::dead)});
                         }
                     },
                 .after = [&] { expect_end("none", "dead"); }});
}

// The call and the WAIT behind it: whatever is lost, the task is there once.
TEST_F(CrashPointsOfDispatch, a_durable_batch) {
    every_point({.act =
                     [&](Actor& actor) {
                         auto const replies = actor.dispatch_durably(
                             {{.id = "t1", .payload = "{}"}, {.id = "t2", .delay_ms = 60'000, .payload = "{}"}});
                         for (auto const& reply : replies)
                             EXPECT_TRUE(is_there(reply));
                     },
                 .after =
                     [&] {
                         expect_end("t1", "ready");
                         expect_end("t2", "scheduled");
                     }});
}

TEST_F(CrashPointsOfDispatch, beyond_the_limit) {
    every_point({.act =
                     [&](Actor& actor) {
                         std::array const items{DispatchItem{.id = "t1", .payload = "{}"},
                                                DispatchItem{.id = "t2", .payload = "{}"}};
                         auto const replies = actor.sure<std::vector<store::DispatchReply>>(
                             [&] { return actor.store().dispatch(keys, items, 1); });
                         EXPECT_TRUE(is_there(replies.at(0)));
                         EXPECT_EQ(replies.at(1).status, DispatchStatus::full);
                     },
                 .after = [&] { EXPECT_FALSE(keyspace().tasks("sentiment").contains("t2")); }});
}

// The steps of the front door, as runtime::FrontDoor takes them.
class CrashPointsOfFrontDoor : public CrashPointsOfDispatch {
  protected:
    // Until nothing is left that could be read or taken over.
    void admit(Actor& actor) {
        actor.sure<void>([&] { return store::front_open(actor.connection(), kFront); });
        for (int round = 0; round < kRounds && length(kFront) != "0"; ++round) {
            auto entries = actor.once(store::front_fetch(actor.connection(), kFront, actor.consumer, 100, kBlock));
            if (!entries || entries->empty()) {
                age_all(keyspace());
                entries = actor.once(store::front_reclaim(actor.connection(), kFront, actor.consumer, 100, kIdle));
            }
            if (entries) admit(actor, *entries);
        }
    }
    void admit(Actor& actor, std::vector<store::FrontEntry> const& entries) {
        for (auto const& entry : entries) {
            auto task = runtime::front_task_of(entry);
            if (!task) {
                bool const refused = actor.once(
                    store::front_refuse(actor.connection(), space, kFront, space.front_dead(), entry, task.error()));
                if (!refused) return;
                continue;
            }
            std::array const items{task->item};
            auto const replies = actor.once(actor.store().dispatch(keys, items, std::nullopt));
            if (!replies) return;
            EXPECT_TRUE(is_there(replies->at(0)));
            std::array const ids{entry.entry_id};
            bool const done = actor.once(store::front_done(actor.connection(), space, kFront, ids));
            if (!done) return;
        }
    }
    void hand_in(std::vector<std::string> fields) const {
        fields.insert(fields.begin(), {"XADD", kFront, "*"});
        ask(fields);
    }

    static constexpr int kRounds = 8;  // more than the cuts of one point
    static constexpr std::chrono::milliseconds kBlock{1};
    static constexpr std::chrono::milliseconds kIdle = std::chrono::minutes(1);
};

TEST_F(CrashPointsOfFrontDoor, takes_tasks_in) {
    every_point({.before =
                     [&] {
                         hand_in({"agent_type", "sentiment", "task_id", "t1", "payload", "{}"});
                         hand_in({"agent_type", "sentiment", "task_id", "t2", "payload", "{}"});
                     },
                 .act = [&](Actor& actor) { admit(actor); },
                 .after =
                     [&] {
                         expect_end("t1", "ready");
                         expect_end("t2", "ready");
                     }});
}

TEST_F(CrashPointsOfFrontDoor, refuses_what_is_no_task) {
    every_point({.before =
                     [&] {
                         hand_in({"agent_type", "sentiment", "payload", "no JSON"});
                     },
                 .act = [&](Actor& actor) { admit(actor); },
                 .after = [&] { EXPECT_NE(length(space.front_dead()), "0"); }});
}

TEST_F(CrashPointsOfFrontDoor, is_left_by_a_worker_that_stops) {
    every_point({.before =
                     [&] {
                         hand_in({"agent_type", "sentiment", "task_id", "t1", "payload", "{}"});
                     },
                 .act =
                     [&](Actor& actor) {
                         admit(actor);
                         actor.sure<void>(
                             [&] { return store::front_leave(actor.connection(), kFront, actor.consumer); });
                     },
                 .after = [&] { expect_end("t1", "ready"); }});
}

}  // namespace
}  // namespace leat::crash_points
