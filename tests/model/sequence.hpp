#pragma once
// Runs a sequence of transitions against a real server and against the model, in an order that a seed gives.
#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

#include "core/random.hpp"
#include "model/model.hpp"
#include "runtime/adoption.hpp"
#include "store/audit_walk.hpp"
#include "store/store_fixture.hpp"
#include "support/keyspace.hpp"
#include "support/sentence.hpp"
#include "tasks/judge.hpp"

namespace leat::model {

using store::Delivery;
using store::Settlement;
using store::SettleVerdict;
using testing::sentence;

inline constexpr std::size_t kLookEvery = 25;  // steps between looks at the whole keyspace
inline constexpr std::size_t kIds = 12;        // few, so that everything meets everything
inline constexpr std::size_t kConsumers = 4;
inline constexpr std::size_t kKept = 60;       // deliveries whose verdicts may still come, in time or too late
inline constexpr std::size_t kToldSteps = 15;  // of a failed sequence
inline constexpr int kMaxCrashes = 3;

inline std::string const kFront = "tasks";

// A delivery that somebody has, or had, and what it said about it.
struct Known {
    std::string consumer;
    Delivery delivery;
    std::optional<Settlement> sent{};

    [[nodiscard]] store::Held held() const {
        return {delivery.lane, delivery.entry_id, delivery.count, delivery.message.task_id};
    }
};

class ModelTest : public store::StoreFixture {
  protected:
    void run(std::uint64_t seed, std::size_t steps) {
        random = core::Random(seed);
        model = Model();
        known.clear();
        letters.clear();
        told.clear();
        ask({"FLUSHALL"});
        ASSERT_TRUE(wait(store.register_agent(space, keys, std::chrono::seconds(30))));
        for (std::size_t i = 1; i <= steps; ++i) {
            model.begin_call();
            step();
            if (i % kLookEvery == 0 || i == steps) look();
            if (!HasFailure()) continue;
            std::string last;
            for (auto const& line : told)
                last += "  " + line + "\n";
            FAIL() << "LEAT_MODEL_SEED=" << seed << " fails at step " << i << "; the last steps:\n" << last;
        }
    }

    Model model;

  private:
    using Operation = void (ModelTest::*)();

    void step() {
        static constexpr std::array<std::pair<Operation, int>, 27> kOperations{{
            {&ModelTest::dispatch, 14},      {&ModelTest::fetch, 14},
            {&ModelTest::settle, 16},        {&ModelTest::settle_again, 5},
            {&ModelTest::renew, 5},          {&ModelTest::release, 6},
            {&ModelTest::reclaim, 6},        {&ModelTest::lapse, 6},
            {&ModelTest::promote, 7},        {&ModelTest::cancel, 4},
            {&ModelTest::reprioritise, 6},   {&ModelTest::replay, 5},
            {&ModelTest::forget, 2},         {&ModelTest::hand_in, 2},
            {&ModelTest::prune, 2},          {&ModelTest::disturb, 1},
            {&ModelTest::look_at_a_task, 6}, {&ModelTest::settle_some, 4},
            {&ModelTest::renew_some, 2},     {&ModelTest::release_some, 2},
            {&ModelTest::inherit, 3},        {&ModelTest::restore, 3},
            {&ModelTest::audit, 2},          {&ModelTest::damage, 3},
            {&ModelTest::go_ahead, 1},       {&ModelTest::come_by_the_front_door, 3},
            {&ModelTest::keep_house, 2},
        }};
        auto sum = 0;
        for (auto const& [operation, weight] : kOperations)
            sum += weight;
        auto pick = static_cast<int>(random.below(static_cast<std::uint64_t>(sum)));
        for (auto const& [operation, weight] : kOperations) {
            pick -= weight;
            if (pick < 0) return (this->*operation)();
        }
    }

    // --- choices ----------------------------------------------------------------------------------------------------

    bool chance(std::uint64_t one_in) { return random.below(one_in) == 0; }
    std::string some_id() { return "t" + std::to_string(random.below(kIds)); }
    std::string some_consumer() { return "w" + std::to_string(random.below(kConsumers)); }
    std::int64_t some_priority() { return chance(2) ? 0 : static_cast<std::int64_t>(random.below(4)) - 1; }
    Lane some_lane() { return lane_of_priority(some_priority()); }
    // One of the tasks for which it holds; empty where there is none.
    std::string some_task(bool (*holds)(ModelTask const&)) {
        std::vector<std::string> ids;
        for (auto const& [id, task] : model.tasks()) {
            if (holds(task)) ids.push_back(id);
        }
        return ids.empty() ? std::string() : ids[random.below(ids.size())];
    }
    template <class... Values>
    void tell(std::string_view text, Values const&... values) {
        told.push_back(sentence(text, values...));
        if (told.size() > kToldSteps) told.pop_front();
    }

    // --- operations -------------------------------------------------------------------------------------------------

    void dispatch() {
        store::DispatchItem item{.id = some_id(), .priority = some_priority(), .payload = "{}"};
        item.lane = lane_of_priority(item.priority);
        item.delay_ms = chance(3) ? 60'000 : 0;
        item.max_retries = static_cast<std::int64_t>(random.below(4));
        auto const limit = chance(8) ? std::optional<std::int64_t>(random.below(kIds)) : std::nullopt;
        dispatch(item, limit);
    }
    void dispatch(store::DispatchItem const& item, std::optional<std::int64_t> limit) {
        tell("dispatch {} priority {} delay {}", item.id, item.priority, item.delay_ms);
        auto const expected = model.dispatch(item, limit);
        auto const reply = StoreFixture::dispatch(item, limit);
        ASSERT_TRUE(reply) << reply.error().message();
        EXPECT_EQ(reply->status, expected.status);
        if (expected.status == DispatchStatus::full) return;
        EXPECT_EQ(reply->state, expected.state);
    }

    void fetch() {
        auto const consumer = some_consumer();
        auto const lane = some_lane();
        auto const credits = 1 + random.below(4);
        tell("fetch {} by {} from {}", credits, consumer, to_string(lane));
        auto deliveries = StoreFixture::fetch(consumer, lane, static_cast<std::int64_t>(credits));
        EXPECT_EQ(model.fetched(consumer, lane, credits, deliveries), "");
        take(consumer, std::move(deliveries));
    }
    void take(std::string const& consumer, std::vector<Delivery> deliveries) {
        for (auto& delivery : deliveries) {
            EXPECT_EQ(delivery.malformed, "");
            known.push_back({.consumer = consumer, .delivery = std::move(delivery)});
            auto& taken = known.back();
            if (taken.delivery.message.foreign) {
                adopt(taken);
                known.pop_back();
            } else if (tasks::crashes_so_far(taken.delivery.message, taken.delivery.count) > kMaxCrashes) {
                settle(taken, SettleVerdict::dead);  // poison: judged before a run
            }
        }
        while (known.size() > kKept)
            known.pop_front();
    }
    void adopt(Known const& foreign) {
        auto const& id = foreign.delivery.message.task_id;
        tell("adopt {}", id);
        auto const item = runtime::dispatch_item_of(foreign.delivery.message, keys.agent, foreign.delivery.entry_id);
        ASSERT_TRUE(item) << item.error();
        dispatch(*item, std::nullopt);
        auto const held = foreign.held();
        EXPECT_EQ(wait(store.remove(keys, foreign.consumer, held, store::RemovalKind::adopted, "")), true);
        model.adopted(id);
    }

    void settle() {
        if (known.empty()) return;
        auto& one = known[random.below(known.size())];
        static constexpr std::array kVerdicts{SettleVerdict::success, SettleVerdict::retry,     SettleVerdict::retry,
                                              SettleVerdict::dead,    SettleVerdict::cancelled, SettleVerdict::expired};
        settle(one, kVerdicts[random.below(kVerdicts.size())]);
    }
    void settle(Known& one, SettleVerdict verdict) {
        auto const& message = one.delivery.message;
        if (verdict == SettleVerdict::retry && message.retry_count >= message.max_retries)
            verdict = SettleVerdict::dead;
        auto settlement = StoreFixture::verdict(one.delivery, verdict, "the text");
        settlement.attempt = message.attempts + 1;
        settlement.crashes = tasks::crashes_so_far(message, one.delivery.count);
        settlement.retry_count = message.retry_count + (verdict == SettleVerdict::retry ? 1 : 0);
        settlement.delay_ms = chance(2) ? 60'000 : 0;
        send(one, settlement);
    }
    void settle_again() {
        if (known.empty()) return;
        auto& one = known[random.below(known.size())];
        if (one.sent) send(one, *one.sent);
    }
    void send(Known& one, Settlement const& settlement) {
        auto const& id = one.delivery.message.task_id;
        tell("settle {} by {} as {}, delay {}", fence_of(one.consumer, one.held()), id,
             static_cast<int>(settlement.verdict), settlement.delay_ms);
        auto const before = died_times();
        auto const task_before = model.tasks().contains(id) ? model.tasks().at(id) : ModelTask();
        auto const expected = model.settle(one.consumer, settlement);
        EXPECT_EQ(StoreFixture::settle(one.consumer, settlement), expected) << id;
        if (!one.sent) one.sent = settlement;
        if (died_times() == before) return;
        auto const letter = newest(keys.dead).at("id");
        auto task = task_before;
        task.attempts = settlement.attempt;
        letters.push_back({.entry = letter, .task_id = id, .task = task});
        model.buried(id, letter);
    }
    [[nodiscard]] std::int64_t died_times() const {
        auto const found = model.totals().find("dead");
        return found == model.totals().end() ? 0 : found->second;
    }

    void renew() {
        if (known.empty()) return;
        auto const& one = known[random.below(known.size())];
        tell("renew {}", fence_of(one.consumer, one.held()));
        std::array const held{one.held()};
        auto const expected = model.renew(one.consumer, held[0]);
        auto const statuses = wait(store.renew(keys, one.consumer, held));
        ASSERT_TRUE(statuses);
        EXPECT_EQ(statuses->at(0), expected);
    }

    void release() {
        if (known.empty()) return;
        auto const& one = known[random.below(known.size())];
        tell("release {}", fence_of(one.consumer, one.held()));
        bool const expected = model.release(one.consumer, one.held());
        EXPECT_EQ(StoreFixture::release(one.consumer, one.delivery), expected);
    }

    void lapse() {
        auto const id = some_task([](ModelTask const& task) { return task.running(); });
        if (id.empty()) return;
        auto const& task = model.tasks().at(id);
        tell("the lease of {} lapses", id);
        ask({"XCLAIM", keys.lane(task.lane), "workers", task.holder->consumer, "0", task.entry, "IDLE", "3600000",
             "JUSTID"});
        model.lapse(id);
    }

    void reclaim() {
        auto const consumer = some_consumer();
        auto const lane = some_lane();
        tell("reclaim by {} in {}", consumer, to_string(lane));
        auto deliveries = StoreFixture::reclaim(consumer, lane);
        EXPECT_EQ(model.reclaimed(consumer, lane, deliveries), "");
        take(consumer, std::move(deliveries));
    }

    void promote() {
        std::vector<std::string> due;
        for (auto const& [id, task] : model.tasks()) {
            if (task.state != TaskState::scheduled || !chance(2)) continue;
            tell("promote {}", id);
            auto parked = nlohmann::json::parse(record(id));
            parked["due"] = 1;
            ask({"SET", keys.task(id), parked.dump()});
            ask({"ZADD", keys.scheduled, "XX", "1", id});
            due.push_back(id);
        }
        auto const told_due = wait(store.promote(keys, {}));
        ASSERT_TRUE(told_due) << told_due.error().message();
        EXPECT_THAT(told_due->due, ::testing::UnorderedElementsAreArray(due));
        due.push_back(some_id());  // perhaps not due, perhaps not there
        std::int64_t expected = 0;
        for (auto const& id : due) {
            bool const named = std::ranges::find(told_due->due, id) != told_due->due.end();
            expected += named ? model.promote(id) : 0;
        }
        auto const reply = wait(store.promote(keys, due));
        ASSERT_TRUE(reply) << reply.error().message();
        EXPECT_EQ(reply->promoted, expected);
    }

    void cancel() {
        auto const id = some_id();
        tell("cancel {}", id);
        auto const expected = model.cancel(id);
        auto const status = wait(store.cancel(keys, id));
        EXPECT_EQ(status ? std::optional(*status) : std::nullopt, expected);
    }

    void reprioritise() {
        auto const id = some_id();
        auto const priority = some_priority();
        tell("reprioritise {} to {}", id, priority);
        auto const expected = model.reprioritise(id, priority);
        auto const status = wait(store.reprioritise(keys, id, priority));
        EXPECT_EQ(status ? std::optional(*status) : std::nullopt, expected);
    }

    void replay() {
        if (letters.empty()) return;
        auto const& letter = letters[random.below(letters.size())];
        // A letter outlives its task's record. Only what ended with it can be brought back then: the record is not
        // there to tell that the task went on.
        if (!model.tasks().contains(letter.task_id) && forgotten[letter.task_id] != letter.entry) return;
        tell("replay {} of {}", letter.entry, letter.task_id);
        auto const expected = model.replay(letter);
        std::array const items{store::ReplayItem{letter.entry, letter.task_id}};
        auto const statuses = wait(store.replay(keys, items));
        ASSERT_TRUE(statuses);
        EXPECT_EQ(statuses->at(0), expected);
    }

    void forget() {
        auto const id = some_task([](ModelTask const& task) { return !task.live(); });
        if (id.empty()) return;
        tell("forget {}", id);
        forgotten[id] = model.tasks().at(id).letter;
        model.forget(id);
        ask({"DEL", keys.task(id)});
    }

    void hand_in() {
        auto const id = some_id();
        if (model.is_foreign(id)) return;
        tell("hand in {}", id);
        ask({"XADD", keys.lane(Lane::normal), "*", "task_id", id, "payload", "{}"});
        model.add_foreign(Lane::normal, id);
    }

    void prune() {
        auto const consumer = some_consumer();
        tell("prune {}", consumer);
        EXPECT_EQ(wait(store.prune_consumer(keys, consumer)), model.held_by(consumer));
    }

    // What operators, restarts and accidents do to a server.
    void disturb() {
        auto const lane = some_lane();
        switch (random.below(3)) {
            case 0:
                tell("the scripts are gone");
                ask({"SCRIPT", "FLUSH"});
                break;
            case 1:
                tell("the server loads its data again");
                ask({"DEBUG", "RELOAD"});
                break;
            default:
                tell("the group of {} is gone", to_string(lane));
                ask({"XGROUP", "DESTROY", keys.lane(lane), "workers"});
                model.lose_group(lane);
        }
    }

    // --- of several at once, and of those who keep order (sequence_chores.cpp) ---------------------------------------

    std::vector<Known*> some_of_one();  // deliveries of different tasks to one consumer
    void settle_some();
    void renew_some();
    void release_some();
    void inherit();
    void restore();
    void audit();
    void damage();
    void go_ahead();
    void come_by_the_front_door();
    void keep_house();
    // "status id" of each finding of a whole pass.
    std::vector<std::string> audit_pass();

    // --- looks ------------------------------------------------------------------------------------------------------

    void look_at_a_task() {
        auto const id = some_id();
        auto const info = wait(store.task(keys, id));
        auto const found = model.tasks().find(id);
        ASSERT_EQ(info.has_value(), found != model.tasks().end()) << id;
        if (!info) return;
        EXPECT_EQ(to_string(info->state), model.states().at(id)) << id;
        if (!found->second.live()) return;
        EXPECT_EQ(info->attempts, found->second.attempts) << id;
        EXPECT_EQ(info->retry_count, found->second.retry_count) << id;
        if (found->second.state == TaskState::scheduled) return;
        EXPECT_EQ(info->lane, found->second.lane) << id;
    }

    void look() {
        auto const now =
            testing::Keyspace::read([this](auto const& command) { return ask(command); }, {.fronts = {kFront}});
        auto const violations = now.violations();
        EXPECT_TRUE(violations.empty()) << testing::joined(violations);
        EXPECT_EQ(now.tasks(keys.agent), model.states());
        auto const stats = now.snapshot().find(keys.stats);
        for (auto const* const name :
             {"dispatched", "duplicates", "succeeded", "retried", "dead", "cancelled", "expired", "stale", "released",
              "reclaimed", "promoted", "replayed", "adopted", "restored"}) {
            auto const expected = model.totals().find(name);
            auto const written = stats == now.snapshot().end() ? std::string() : value(stats->second.pairs, name);
            EXPECT_EQ(written, expected == model.totals().end() ? "" : std::to_string(expected->second)) << name;
        }
    }
    static std::string value(std::map<std::string, std::string> const& pairs, std::string const& name) {
        auto const found = pairs.find(name);
        return found == pairs.end() ? std::string() : found->second;
    }

    core::Random random{0};
    std::deque<Known> known;  // settlements point into it
    std::vector<Letter> letters;
    std::map<std::string, std::string> forgotten;  // the letter of the last end
    std::deque<std::string> told;
};

}  // namespace leat::model
