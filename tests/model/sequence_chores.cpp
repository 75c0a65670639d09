// Operations on several deliveries at once, and those of services that keep order.
#include "model/sequence.hpp"
#include "store/store_front.hpp"
#include "store/store_worker.hpp"

namespace leat::model {

using namespace std::chrono_literals;
using store::AuditMode;

// --- several at once ------------------------------------------------------------------------------------------------

std::vector<Known*> ModelTest::some_of_one() {
    std::vector<Known*> some;
    auto const consumer = some_consumer();
    std::set<std::string> tasks;
    for (auto& one : known) {
        if (one.consumer != consumer || some.size() == 5 || !chance(2)) continue;
        if (tasks.insert(one.delivery.message.task_id).second) some.push_back(&one);
    }
    return some;
}

void ModelTest::settle_some() {
    std::vector<Settlement> settlements;
    std::vector<store::SettleStatus> expected;
    auto const some = some_of_one();
    for (auto* const one : some) {
        auto const& message = one->delivery.message;
        bool const again = message.retry_count < message.max_retries && chance(2);
        auto settlement =
            StoreFixture::verdict(one->delivery, again ? SettleVerdict::retry : SettleVerdict::success, "the text");
        settlement.attempt = message.attempts + 1;
        settlement.crashes = tasks::crashes_so_far(message, one->delivery.count);
        settlement.retry_count = message.retry_count + (again ? 1 : 0);
        settlement.delay_ms = chance(2) ? 60'000 : 0;
        tell("settle, with others, {} by {}", message.task_id, one->consumer);
        settlements.push_back(settlement);
        expected.push_back(model.settle(one->consumer, settlement));
        if (!one->sent) one->sent = settlement;
    }
    if (some.empty()) return;
    auto const statuses = wait(store.settle(keys, some.front()->consumer, settlements, {}, kMinute, {}));
    ASSERT_TRUE(statuses) << statuses.error().message();
    EXPECT_EQ(*statuses, expected);
}

void ModelTest::renew_some() {
    std::vector<store::Held> held;
    std::vector<store::RenewStatus> expected;
    auto const some = some_of_one();
    for (auto const* const one : some) {
        tell("renew, with others, {}", fence_of(one->consumer, one->held()));
        held.push_back(one->held());
        expected.push_back(model.renew(one->consumer, one->held()));
    }
    if (some.empty()) return;
    auto const statuses = wait(store.renew(keys, some.front()->consumer, held));
    ASSERT_TRUE(statuses) << statuses.error().message();
    EXPECT_EQ(*statuses, expected);
}

void ModelTest::release_some() {
    std::vector<store::Held> held;
    std::vector<bool> expected;
    auto const some = some_of_one();
    for (auto const* const one : some) {
        tell("release, with others, {}", fence_of(one->consumer, one->held()));
        held.push_back(one->held());
        expected.push_back(model.release(one->consumer, one->held()));
    }
    if (some.empty()) return;
    auto const released = wait(store.release(keys, some.front()->consumer, held));
    ASSERT_TRUE(released) << released.error().message();
    EXPECT_EQ(*released, expected);
}

// --- taking over and putting back -----------------------------------------------------------------------------------

void ModelTest::inherit() {
    auto const consumer = some_consumer();
    auto const owner = some_consumer();
    auto const lane = some_lane();
    if (owner == consumer) return;
    tell("{} inherits from {} in {}", consumer, owner, to_string(lane));
    auto reply = wait(store.inherit(keys, lane, consumer, owner, 100));
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(model.inherited(consumer, owner, lane, reply->deliveries), "");
    take(consumer, std::move(reply->deliveries));
}

// Somebody deletes a message, and the worker that holds it puts it back.
void ModelTest::restore() {
    if (known.empty()) return;
    auto const& one = known[random.below(known.size())];
    if (!model.holds(one.consumer, one.held())) return;
    auto message = one.delivery.message;
    message.crashes = tasks::crashes_so_far(message, one.delivery.count);
    std::chrono::milliseconds const delay = chance(2) ? 60s : 0s;
    tell("the message of {} is deleted, and put back by {}", message.task_id, one.consumer);
    ask({"XDEL", keys.lane(one.delivery.lane), one.delivery.entry_id});
    model.restore(message.task_id, message.crashes, delay > 0s);
    EXPECT_EQ(wait(store.restore(keys, one.held(), message, message.payload, delay)), true);
}

// --- audit ----------------------------------------------------------------------------------------------------------

std::vector<std::string> ModelTest::audit_pass() {
    store::AuditWalk walk(client.connection(), keys, AuditMode::repair, 1h);
    walk.restart();
    std::vector<std::string> found;
    while (!walk.finished()) {
        auto const step = wait(walk.step({}));
        EXPECT_TRUE(step) << step.error().message();
        if (!step) break;
        for (auto const& finding : *step)
            found.push_back(std::string(to_string(finding.status)) + " " + finding.task_id);
    }
    return found;
}

void ModelTest::audit() {
    tell("audit");
    EXPECT_THAT(audit_pass(), ::testing::IsEmpty()) << "transitions leave nothing to repair";
    auto const tally = wait(store::tally(client.connection(), keys));
    ASSERT_TRUE(tally);
    EXPECT_EQ(tally->drift(), model.foreign()) << "what waits to be adopted is not counted yet";
}

// One thing is spoiled, and found.
void ModelTest::damage() {
    auto const scheduled = some_task([](ModelTask const& task) { return task.state == TaskState::scheduled; });
    auto const live = some_task([](ModelTask const& task) { return task.live(); });
    auto const ended = some_task([](ModelTask const& task) { return !task.live(); });
    std::string expected;
    if (!scheduled.empty() && chance(2)) {
        ask({"ZREM", keys.scheduled, scheduled});
        expected = "rescheduled " + scheduled;
    } else if (!live.empty() && chance(2)) {
        ask({"EXPIRE", keys.task(live), "1000"});
        expected = "persisted " + live;
    } else if (!ended.empty()) {
        ask({"PERSIST", keys.task(ended)});
        expected = "expiring " + ended;
    } else {
        return;
    }
    tell("damage: {}", expected);
    EXPECT_THAT(audit_pass(), ::testing::ElementsAre(expected));
}

// A group is set ahead of its stream, and mended; what it has read past is handed out again.
void ModelTest::go_ahead() {
    auto const lane = some_lane();
    if (model.foreign() > 0 || ask({"EXISTS", keys.lane(lane)}) == "0") return;
    tell("the group of {} goes ahead", to_string(lane));
    ASSERT_TRUE(wait(store::mend(client.connection(), keys)));  // where it was lost before
    ask({"XGROUP", "SETID", keys.lane(lane), "workers", "99999999999999-0"});
    auto const mended = wait(store::mend(client.connection(), keys));
    ASSERT_TRUE(mended) << mended.error().message();
    EXPECT_EQ(mended->set_back, 1);
    std::vector<std::string> expected;
    for (auto const& id : model.strand(lane))
        expected.push_back("stranded " + id);
    EXPECT_THAT(audit_pass(), ::testing::UnorderedElementsAreArray(expected));
}

// --- others ---------------------------------------------------------------------------------------------------------

void ModelTest::come_by_the_front_door() {
    auto const id = some_id();
    auto const consumer = some_consumer();
    tell("{} comes by the front door", id);
    auto& connection = client.connection();
    ASSERT_TRUE(wait(store::front_open(connection, kFront)));
    ask({"XADD", kFront, "*", "agent_type", "sentiment", "task_id", id, "payload", "{}", "priority",
         std::to_string(some_priority())});
    auto const entries = wait(store::front_fetch(connection, kFront, consumer, 10, 1ms));
    ASSERT_TRUE(entries && entries->size() == 1U);
    auto const task = runtime::front_task_of(entries->front());
    ASSERT_TRUE(task);
    dispatch(task->item, std::nullopt);
    std::array const ids{entries->front().entry_id};
    ASSERT_TRUE(wait(store::front_done(connection, space, kFront, ids)));
    EXPECT_EQ(length(kFront), "0");
}

// The janitor's sweep and the pause button change no task.
void ModelTest::keep_house() {
    bool const paused = chance(2);
    tell("a sweep; {}", paused ? "paused" : "resumed");
    std::array const agents{&std::as_const(keys)};
    EXPECT_TRUE(wait(store::sweep(client.connection(), space, agents, 24h, 7 * 24h)));
    EXPECT_TRUE(wait(store.set_paused(keys, paused)));
    auto const control = wait(store.control(keys));
    ASSERT_TRUE(control);
    EXPECT_EQ(control->paused, paused);
}

}  // namespace leat::model
