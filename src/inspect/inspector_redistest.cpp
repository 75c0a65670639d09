#include "inspect/inspector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "store/store_fixture.hpp"
#include "store/store_worker.hpp"

namespace leat::inspect {
namespace {

using store::Delivery;
using store::SettleVerdict;
using ::testing::HasSubstr;

class InspectorTest : public store::StoreFixture {
  protected:
    using StoreFixture::StoreFixture;

    void task(std::string const& id, Lane lane = Lane::normal, std::int64_t delay_ms = 0) {
        add({.id = id, .lane = lane, .priority = priority_of_lane(lane), .delay_ms = delay_ms, .payload = "{\"n\":1}"});
    }
    Delivery running(std::string const& id, std::string_view consumer = "w1") {
        return start(consumer, {.id = id, .payload = "{\"n\":1}"});
    }
    // A task that ended with `verdict`.
    void finished(std::string const& id, SettleVerdict how, std::string_view text) {
        auto const settled = settle("w1", verdict(running(id), how, text));
        ASSERT_TRUE(settled);
    }
    void dead(std::string const& id, std::string_view error = "boom") { finished(id, SettleVerdict::dead, error); }

    // Ids of all pages of a state, pages of `limit`.
    std::vector<std::string> ids(TaskState state, std::int64_t limit = 2) {
        std::vector<std::string> all;
        std::string cursor;
        do {
            auto page = wait(inspector.tasks("sentiment", {.state = state, .cursor = cursor, .limit = limit}));
            EXPECT_TRUE(page) << (page ? "" : page.error().message());
            if (!page) break;
            EXPECT_LE(std::ssize(page->rows), limit);
            for (auto const& row : page->rows)
                all.push_back(row.id);
            cursor = page->cursor;
        } while (!cursor.empty());
        return all;
    }
    AgentInfo agent(std::string const& name = "sentiment") {
        auto info = wait(inspector.agent(name));
        EXPECT_TRUE(info);
        return info ? *info : AgentInfo{};
    }

    Inspector inspector{client.connection()};
};

using Names = std::vector<std::string>;

TEST_F(InspectorTest, AnAgentNobodyKnows) {
    auto const info = agent("nobody");
    EXPECT_EQ(info.condition(), AgentCondition::unknown);
    EXPECT_FALSE(info.registered);
    EXPECT_FALSE(info.depth.group_exists);
    EXPECT_EQ(wait(inspector.agent("bad name")).error().code, ErrorCode::invalid_input);
}

TEST_F(InspectorTest, DepthCountsEachTaskOnce) {
    dead("d");
    task("a");
    task("b");
    task("c", Lane::critical);
    task("later", Lane::normal, 60'000);
    EXPECT_EQ(fetch("w1", Lane::normal, 1).size(), 1U);
    auto const depth = agent().depth;
    EXPECT_EQ(depth.ready(), 2);
    EXPECT_EQ(depth.running(), 1);
    EXPECT_EQ(depth.scheduled, 1);
    EXPECT_EQ(depth.dead, 1);
    EXPECT_EQ(depth.results, 1);
    EXPECT_EQ(depth.lanes[0].ready, 1);
    EXPECT_TRUE(depth.lanes[0].oldest_ready_ms);
    EXPECT_FALSE(depth.lanes[1].oldest_ready_ms);
    EXPECT_FALSE(depth.lanes[0].oldest_idle_ms);
    EXPECT_TRUE(depth.lanes[2].oldest_idle_ms);
    EXPECT_GT(*depth.next_due_in_ms, 0);
}

// A worker that is gone is found however many older deliveries others hold.
TEST_F(InspectorTest, TheSilenceOfEachWorkerIsSeen) {
    for (int i = 0; i < 120; ++i)
        task("busy" + std::to_string(i));
    ASSERT_EQ(fetch("alive", Lane::normal, 200).size(), 120U);
    age(running("lost", "gone"), "gone");
    EXPECT_GE(agent().depth.oldest_idle_ms().value_or(0), 3'600'000);
}

TEST_F(InspectorTest, TheLongestRunIsThatOfALiveWorkersAttempt) {
    (void)running("a");
    EXPECT_FALSE(agent().oldest_running_ms);  // handed out to nobody who lives
    auto const now = wait(store.server_time());
    ASSERT_TRUE(now);
    store::WorkerBeat beat;
    for (auto const& [consumer, started] : {std::pair{"w1", *now - 90'000}, std::pair{"w2", *now - 5'000}}) {
        beat.consumer = consumer;
        beat.agents = {{.agent = "sentiment", .slots = 4, .running = 1, .oldest_started_at = started}};
        ASSERT_TRUE(wait(store::beat(client.connection(), space, beat, std::chrono::seconds(60))));
    }
    auto const longest = agent().oldest_running_ms.value_or(0);
    EXPECT_GE(longest, 90'000);
    EXPECT_LT(longest, 150'000);
}

TEST_F(InspectorTest, WhatWasGivenBackIsReadyAgain) {
    auto const delivery = running("a");
    std::array const items{held(delivery)};
    ASSERT_TRUE(wait(store.release(keys, "w1", items)));
    task("b");
    auto const depth = agent().depth;
    EXPECT_EQ(depth.ready(), 2);
    EXPECT_EQ(depth.running(), 0);
    EXPECT_TRUE(depth.oldest_ready_ms());
    EXPECT_EQ(ids(TaskState::ready), (Names{"a", "b"}));
    EXPECT_EQ(ids(TaskState::running), Names{});
    EXPECT_TRUE(wait(inspector.pending("sentiment"))->front().workers.empty());
}

TEST_F(InspectorTest, ALiveWorkerServesItsAgents) {
    task("a");
    EXPECT_EQ(agent().condition(), AgentCondition::unserved);
    store::WorkerBeat beat{.consumer = "w1", .host = "box"};
    beat.agents.push_back({.agent = "sentiment", .slots = 16, .running = 0});
    ASSERT_TRUE(wait(store::beat(client.connection(), space, beat, std::chrono::seconds(20))));
    EXPECT_EQ(agent().condition(), AgentCondition::served);
    EXPECT_EQ(agent().slots, 16);
    auto const page = wait(inspector.workers(10));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->workers.size(), 1U);
    EXPECT_EQ(page->workers[0].host, "box");
    EXPECT_GE(page->now, page->workers[0].beat_at);
}

TEST_F(InspectorTest, PausingIsSeen) {
    ASSERT_TRUE(wait(inspector.set_paused("sentiment", true)));
    EXPECT_EQ(agent().condition(), AgentCondition::paused);
    ASSERT_TRUE(wait(inspector.set_paused("sentiment", false)));
    EXPECT_EQ(agent().condition(), AgentCondition::unserved);
}

TEST_F(InspectorTest, AgentsComeInPagesByName) {
    for (auto const* const name : {"c", "a", "b"})
        ask({"SADD", space.agents(), name});
    ask({"SADD", space.agents(), "not a name\n"});
    auto const first = wait(inspector.agents("", 3));
    ASSERT_TRUE(first);
    ASSERT_EQ(first->agents.size(), 3U);
    EXPECT_EQ(first->agents[0].agent, "a");
    EXPECT_EQ(first->cursor, "c");
    auto const second = wait(inspector.agents(first->cursor, 3));
    ASSERT_TRUE(second);
    ASSERT_EQ(second->agents.size(), 1U);
    EXPECT_EQ(second->agents[0].agent, "sentiment");
    EXPECT_EQ(second->cursor, "");
}

TEST_F(InspectorTest, ReadyTasksComeLaneByLaneOldestFirst) {
    task("n1");
    task("low", Lane::low);
    task("n2");
    task("n3");
    task("top", Lane::critical);
    EXPECT_EQ(ids(TaskState::ready), (Names{"top", "n1", "n2", "n3", "low"}));
    EXPECT_EQ(ids(TaskState::ready, 100), (Names{"top", "n1", "n2", "n3", "low"}));
    auto const page = wait(inspector.tasks("sentiment", {.state = TaskState::ready, .cursor = "", .limit = 1}));
    EXPECT_EQ(page->rows[0].lane, Lane::critical);
    EXPECT_EQ(page->rows[0].payload, "{\"n\":1}");
    EXPECT_GT(page->rows[0].created_at, 0);
}

TEST_F(InspectorTest, MorePendingAndReadyThanOneRead) {
    Names expected;
    for (int i = 100; i < 200; ++i) {
        expected.push_back("t" + std::to_string(i));
        task(expected.back());
    }
    EXPECT_EQ(ids(TaskState::ready, 33), expected);
    EXPECT_EQ(fetch("w1", Lane::normal, 70).size(), 70U);
    EXPECT_EQ(ids(TaskState::running, 33), Names(expected.begin(), expected.begin() + 70));
    EXPECT_EQ(ids(TaskState::ready, 33), Names(expected.begin() + 70, expected.end()));
}

TEST_F(InspectorTest, RunningTasksNameTheirWorker) {
    running("a", "w1");
    running("b", "w2");
    auto const page = wait(inspector.tasks("sentiment", {.state = TaskState::running, .cursor = "", .limit = 10}));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->rows.size(), 2U);
    EXPECT_EQ(page->rows[1].id, "b");
    EXPECT_EQ(page->rows[1].consumer, "w2");
    EXPECT_EQ(page->rows[1].deliveries, 1);
}

TEST_F(InspectorTest, ARunningTaskWhoseMessageWasDeletedStaysVisible) {
    auto const delivery = running("a");
    ask({"XDEL", keys.lane(Lane::normal), delivery.entry_id});
    EXPECT_EQ(ids(TaskState::running), Names{""});
}

TEST_F(InspectorTest, ScheduledTasksComeByDueTime) {
    task("c", Lane::normal, 3'000'000);
    task("a", Lane::normal, 1'000'000);
    task("b", Lane::normal, 2'000'000);
    EXPECT_EQ(ids(TaskState::scheduled), (Names{"a", "b", "c"}));
    auto const page = wait(inspector.tasks("sentiment", {.state = TaskState::scheduled, .cursor = "", .limit = 2}));
    EXPECT_NEAR(static_cast<double>(page->rows[0].due_in_ms), 1e6, 6e4);
    EXPECT_EQ(page->rows[0].payload, "{\"n\":1}");
    // The cursor also works where the task it names has gone.
    ask({"ZREM", keys.scheduled, "b"});
    auto const rest =
        wait(inspector.tasks("sentiment", {.state = TaskState::scheduled, .cursor = page->cursor, .limit = 2}));
    ASSERT_EQ(rest->rows.size(), 1U);
    EXPECT_EQ(rest->rows[0].id, "c");
}

TEST_F(InspectorTest, FinishedTasksComeNewestFirst) {
    finished("s1", SettleVerdict::success, "1");
    finished("s2", SettleVerdict::success, "2");
    dead("d1");
    task("x");
    ASSERT_TRUE(wait(inspector.cancel("sentiment", "x")));
    finished("r1", SettleVerdict::retry, "again");
    EXPECT_EQ(ids(TaskState::succeeded, 1), (Names{"s2", "s1"}));
    EXPECT_EQ(ids(TaskState::cancelled), Names{"x"});
    EXPECT_EQ(ids(TaskState::expired), Names{});
    EXPECT_EQ(ids(TaskState::dead), Names{"d1"});
}

TEST_F(InspectorTest, BadCursorsAreRefused) {
    for (auto const state :
         {TaskState::ready, TaskState::running, TaskState::scheduled, TaskState::succeeded, TaskState::dead}) {
        for (auto const* const cursor : {"x", "normal/q/1-1", "normal/r/", "7/", "/", "-", "\n"}) {
            auto const page = wait(inspector.tasks("sentiment", {.state = state, .cursor = cursor, .limit = 5}));
            ASSERT_FALSE(page) << cursor;
            EXPECT_EQ(page.error().code, ErrorCode::invalid_input);
        }
    }
}

TEST_F(InspectorTest, KeysOfAWrongTypeAreToldAsCorrupt) {
    ask({"SET", keys.lane(Lane::normal), "x"});
    EXPECT_EQ(wait(inspector.agent("sentiment")).error().code, ErrorCode::corrupt);
    EXPECT_EQ(wait(inspector.tasks("sentiment", {.state = TaskState::ready, .cursor = "", .limit = 5})).error().code,
              ErrorCode::corrupt);
    EXPECT_EQ(wait(inspector.pending("sentiment")).error().code, ErrorCode::corrupt);
}

TEST_F(InspectorTest, ForeignEntriesInALaneAreListed) {
    ask({"XADD", keys.lane(Lane::normal), "*", "anything", "\x1b[2J"});
    EXPECT_EQ(ids(TaskState::ready), Names{""});
}

TEST_F(InspectorTest, PendingIsCountedByWorker) {
    running("a", "w1");
    running("b", "w1");
    auto const old = running("c", "w2");
    age(old, "w2");
    auto const agents = wait(inspector.pending(""));
    ASSERT_TRUE(agents);
    ASSERT_EQ(agents->size(), 1U);
    auto const& workers = agents->front().workers;
    ASSERT_EQ(workers.size(), 2U);
    EXPECT_EQ(workers[0].consumer, "w1");
    EXPECT_EQ(workers[0].count, 2);
    EXPECT_EQ(workers[1].count, 1);
    EXPECT_GE(workers[1].oldest_idle_ms, 3'600'000);
    EXPECT_LT(workers[1].oldest_running_ms, 3'600'000) << "its message is young, however long its worker was silent";
    // A message of the year 2001, which w1 renews: no silence, but a great age.
    ask({"XADD", keys.lane(Lane::low), "1000000000000-1", "payload", "{}"});
    EXPECT_EQ(fetch("w1", Lane::low).size(), 1U);
    auto const aged = wait(inspector.pending("sentiment"));
    ASSERT_TRUE(aged);
    EXPECT_GT(aged->front().workers[0].oldest_running_ms, 631'000'000'000);
    EXPECT_LT(aged->front().workers[0].oldest_idle_ms, 3'600'000);
    EXPECT_EQ(aged->front().oldest_running_ms(), aged->front().workers[0].oldest_running_ms);
    EXPECT_EQ(agents->front().count(), 3);
}

TEST_F(InspectorTest, ResultsAreReadBackwardsAndFollowed) {
    for (auto const* const id : {"a", "b", "c"})
        finished(id, SettleVerdict::success, "[1]");
    auto const newest = wait(inspector.results("sentiment", "", 2));
    ASSERT_TRUE(newest);
    ASSERT_EQ(newest->entries.size(), 2U);
    EXPECT_EQ(newest->entries[0].task_id, "c");
    EXPECT_EQ(newest->entries[0].result_text, "[1]");
    EXPECT_EQ(newest->entries[0].status, "success");
    auto const rest = wait(inspector.results("sentiment", newest->cursor, 2));
    ASSERT_EQ(rest->entries.size(), 1U);
    EXPECT_EQ(rest->cursor, "");

    auto const after =
        wait(inspector.results_after("sentiment", rest->entries[0].entry, 10, std::chrono::milliseconds(0)));
    ASSERT_TRUE(after);
    ASSERT_EQ(after->entries.size(), 2U);
    EXPECT_EQ(after->entries[0].task_id, "b");
    auto const nothing = wait(inspector.results_after("sentiment", after->cursor, 10, std::chrono::milliseconds(1)));
    ASSERT_TRUE(nothing);
    EXPECT_TRUE(nothing->entries.empty());
    EXPECT_EQ(nothing->cursor, after->cursor);
}

TEST_F(InspectorTest, DeadLettersTellWhatHasBecomeOfTheirTask) {
    dead("a", "model timeout");
    dead("b", "rate limit");
    dead("c", "rate limit");
    ask({"DEL", keys.task("c")});
    ASSERT_EQ(wait(inspector.replay("sentiment", "a")), store::ReplayStatus::replayed);
    auto const page = wait(inspector.dead("sentiment", "", 10));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->letters.size(), 3U);
    EXPECT_EQ(page->letters[0].state, store::LetterState::forgotten);
    EXPECT_EQ(page->letters[1].state, store::LetterState::open);
    EXPECT_EQ(page->letters[2].state, store::LetterState::replayed);
    EXPECT_EQ(page->letters[2].error, "model timeout");
    EXPECT_EQ(page->letters[2].attempts, 1);
    EXPECT_GT(page->letters[2].failed_at, 0);
    EXPECT_EQ(ids(TaskState::dead), (Names{"c", "b"}));
    EXPECT_EQ(ids(TaskState::ready), Names{"a"});
}

TEST_F(InspectorTest, ALetterIsFoundByItsOwnIdAndByItsTask) {
    dead("a");
    auto const by_task = wait(inspector.dead_letter("sentiment", "a"));
    ASSERT_TRUE(by_task);
    auto const by_entry = wait(inspector.dead_letter("sentiment", by_task->entry));
    ASSERT_TRUE(by_entry);
    EXPECT_EQ(by_entry->task_id, "a");
    EXPECT_EQ(wait(inspector.dead_letter("sentiment", "1-1")).error().code, ErrorCode::not_found);
    EXPECT_EQ(wait(inspector.dead_letter("sentiment", "nope")).error().code, ErrorCode::not_found);
    task("waiting");
    EXPECT_EQ(wait(inspector.dead_letter("sentiment", "waiting")).error().code, ErrorCode::not_found);
}

TEST_F(InspectorTest, RetryBringsOnlyDeadTasksBack) {
    dead("a");
    auto const reply = wait(inspector.retry("sentiment", "a"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, RetryStatus::replayed);
    auto const again = wait(inspector.retry("sentiment", "a"));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, RetryStatus::not_dead);
    EXPECT_EQ(again->state, TaskState::ready);
    EXPECT_EQ(wait(inspector.retry("sentiment", "nope")).error().code, ErrorCode::not_found);
}

TEST_F(InspectorTest, ReplayTakesWhatTheFilterNames) {
    for (int i = 0; i < 5; ++i) {
        dead("limit" + std::to_string(i), "rate limit");
        dead("other" + std::to_string(i), "bad input");
    }
    int calls = 0;
    auto const count = [&](ReplayReport const&) { ++calls; };
    ReplayRequest request{.agent = "sentiment", .error_contains = "rate", .dry_run = true};
    auto const dry = wait(inspector.replay_all(request, count));
    ASSERT_TRUE(dry);
    EXPECT_EQ(dry->matched, 5);
    EXPECT_EQ(dry->replayed, 0);
    EXPECT_EQ(agent().depth.ready(), 0);

    request.dry_run = false;
    request.rate = 40;  // batches of 4
    auto const done = wait(inspector.replay_all(request, count));
    ASSERT_TRUE(done);
    EXPECT_EQ(done->looked_at, 10);
    EXPECT_EQ(done->replayed, 5);
    EXPECT_GE(calls, 3);
    EXPECT_EQ(agent().depth.ready(), 5);

    auto const again = wait(inspector.replay_all(request, {}));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->matched, 0);
}

TEST_F(InspectorTest, ReplayOfNothing) {
    auto const report = wait(inspector.replay_all({.agent = "sentiment"}, {}));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->looked_at, 0);
}

TEST_F(InspectorTest, PurgeRemovesByAgeOrAll) {
    dead("a");
    dead("b");
    EXPECT_EQ(wait(inspector.purge("sentiment", std::chrono::hours(1))), 0);
    EXPECT_EQ(wait(inspector.purge("sentiment", std::nullopt)), 2);
    EXPECT_EQ(length(keys.dead), "0");
}

TEST_F(InspectorTest, AStreamThatAgentsShareShowsOnlyTheirOwn) {
    ask({"XADD", "shared:dead", "*", "task_id", "mine", "agent_type", "sentiment", "original_payload", "1", "error",
         "x"});
    ask({"XADD", "shared:dead", "*", "task_id", "other", "agent_type", "billing", "original_payload", "1", "error",
         "x"});
    ask({"HSET", keys.control, "dead", "shared:dead"});  // as a worker with a shared stream registers it
    auto const page = wait(inspector.dead("sentiment", "", 10));
    ASSERT_TRUE(page);
    ASSERT_EQ(page->letters.size(), 1U);
    EXPECT_EQ(page->letters[0].task_id, "mine");
}

TEST_F(InspectorTest, PurgeOfASharedStreamLeavesTheLettersOfOthers) {
    auto const letter = [this](std::string const& agent) {
        ask({"XADD", "shared:dead", "*", "task_id", "t", "agent_type", agent, "original_payload", "1", "error", "x"});
    };
    for (int i = 0; i < 150; ++i) {
        letter("sentiment");
        letter("billing");
    }
    ask({"XADD", "shared:dead", "*", "task_id", "t", "original_payload", "1", "error", "nobody's"});
    ask({"HSET", keys.control, "dead", "shared:dead"});
    EXPECT_EQ(wait(inspector.purge("sentiment", std::chrono::hours(1))), 0);
    EXPECT_EQ(wait(inspector.purge("sentiment", std::nullopt)), 150);
    EXPECT_EQ(length("shared:dead"), "151");
    EXPECT_EQ(wait(inspector.purge("sentiment", std::nullopt)), 0);
}

TEST_F(InspectorTest, OneCorruptAgentDoesNotHideTheOthers) {
    task("a");
    for (auto const* const broken : {"broken-control", "broken-lane"})
        ask({"SADD", space.agents(), broken});
    ask({"SET", space.agent("broken-control").control, "rubbish"});
    ask({"SET", space.agent("broken-lane").lane(Lane::low), "rubbish"});
    auto const page = wait(inspector.agents("", 10));
    ASSERT_TRUE(page) << page.error().message();
    ASSERT_EQ(page->agents.size(), 3U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(page->agents[i].condition(), AgentCondition::corrupt);
        EXPECT_THAT(page->agents[i].problem, HasSubstr("WRONGTYPE"));
    }
    EXPECT_EQ(page->agents[2].agent, "sentiment");
    EXPECT_EQ(page->agents[2].depth.ready(), 1);

    auto const pending = wait(inspector.pending(""));
    ASSERT_TRUE(pending) << pending.error().message();
    ASSERT_EQ(pending->size(), 3U);
    EXPECT_THAT((*pending)[0].problem, HasSubstr("WRONGTYPE"));
    EXPECT_EQ((*pending)[2].problem, "");
    EXPECT_EQ(wait(inspector.pending("broken-lane")).error().code, ErrorCode::corrupt) << "who asks for one is told";
}

TEST_F(InspectorTest, StatisticsByMinute) {
    finished("a", SettleVerdict::success, "1");
    EXPECT_EQ(agent().totals.at("dispatched"), 1);
    auto const minutes = wait(inspector.minutes("sentiment", 5));
    ASSERT_TRUE(minutes);
    EXPECT_EQ(minutes->size(), 5U);
    EXPECT_EQ(minutes->back().minute - minutes->front().minute, 4);
}

TEST_F(InspectorTest, MoveChangesTheLane) {
    task("a");
    EXPECT_EQ(wait(inspector.move("sentiment", "a", 2)), store::ReprioritiseStatus::moved);
    auto const info = wait(inspector.task("sentiment", "a"));
    ASSERT_TRUE(info);
    EXPECT_EQ(info->lane, Lane::critical);
    EXPECT_EQ(wait(inspector.move("sentiment", "nope", 2)).error().code, ErrorCode::not_found);
}

TEST_F(InspectorTest, TheServerTellsWhatItIs) {
    auto const facts = wait(inspector.server());
    ASSERT_TRUE(facts);
    EXPECT_FALSE(facts->version.empty());
}

}  // namespace
}  // namespace leat::inspect
