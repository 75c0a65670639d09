// The audit: what nobody's transition leaves behind is found and repaired, and nothing else is touched.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "store/audit_walk.hpp"
#include "store/place.hpp"
#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kConfirm = 1min;

class AuditTest : public StoreFixture {
  protected:
    // One pass; "status id" of each finding, in the order of the ids.
    std::vector<std::string> pass(AuditMode mode = AuditMode::repair) {
        AuditWalk walk(client.connection(), keys, mode, kConfirm);
        return pass(walk, {});
    }
    std::vector<std::string> pass(AuditWalk& walk, AuditWalk::Time now) {
        walk.restart();
        std::vector<std::string> found;
        while (!walk.finished()) {
            auto const slice = wait(walk.step(now));
            EXPECT_TRUE(slice) << slice.error().message();
            if (!slice) break;
            for (auto const& finding : *slice)
                found.push_back(std::string(to_string(finding.status)) + " " + finding.task_id);
        }
        std::ranges::sort(found);
        return found;
    }
    std::string place(Delivery const& delivery) const { return place_text(delivery.lane, delivery.entry_id); }
    std::string ready_record(Delivery const& delivery) const {
        return R"({"state":"ready","at":")" + place(delivery) + "\"}";
    }
    std::string entry_of(std::string const& id) const {
        auto const text = record(id);
        auto const slash = text.find('/');
        return text.substr(slash + 1, text.find('"', slash) - slash - 1);
    }
    std::string const& normal() const { return keys.lane(Lane::normal); }
    std::string repairs(AuditStatus status) const { return total("audit_" + std::string(to_string(status))); }
};

TEST_F(AuditTest, changes_nothing_where_nothing_is_wrong) {
    add({.id = "waits", .lane = Lane::low, .payload = "{}"});
    add({.id = "later", .delay_ms = 60'000, .payload = "{}"});
    auto const runs = start("w1", {.id = "runs", .payload = "{}"});
    auto const given = start("w1", {.id = "given", .payload = "{}"});
    ASSERT_TRUE(release("w1", given));
    auto retried = verdict(start("w1", {.id = "retried", .payload = "{}"}), SettleVerdict::retry, "x");
    retried.delay_ms = 60'000;
    ASSERT_EQ(settle("w1", retried), SettleStatus::settled);
    auto const done = start("w1", {.id = "done", .payload = "{}"});
    ASSERT_EQ(settle("w1", verdict(done, SettleVerdict::success, "1")), SettleStatus::settled);
    auto const dead = start("w1", {.id = "dead", .payload = "{}"});
    ASSERT_EQ(settle("w1", verdict(dead, SettleVerdict::dead, "no")), SettleStatus::settled);
    ask({"XADD", normal(), "*", "payload", "{}"});  // another program's: adopted by whoever fetches it
    auto const before = snapshot();
    EXPECT_THAT(pass(), IsEmpty());
    EXPECT_EQ(snapshot(), before);
    auto const counts = wait(tally(client.connection(), keys));
    ASSERT_TRUE(counts);
    EXPECT_EQ(counts->live, counts->counted + 1) << "the stranger's is not dispatched yet";
}

TEST_F(AuditTest, writes_the_record_of_a_message_that_has_none) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    auto const kept = record("t1");
    ask({"DEL", keys.task("t1")});
    EXPECT_THAT(pass(AuditMode::look), ElementsAre("recorded t1"));
    EXPECT_EQ(record("t1"), "");
    EXPECT_THAT(pass(), ElementsAre("recorded t1"));
    EXPECT_EQ(record("t1"), kept);
    EXPECT_EQ(repairs(AuditStatus::recorded), "1");
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_THAT(pass(), IsEmpty());
}

TEST_F(AuditTest, lets_a_record_name_the_message_that_is_there) {
    add({.id = "t1", .payload = "{}"});
    auto const place = record("t1");
    ask({"SET", keys.task("t1"), R"({"state":"ready","at":"h/1-1","cancel":1})"});
    EXPECT_THAT(pass(), ElementsAre("moved t1"));
    EXPECT_EQ(record("t1"), place.substr(0, place.size() - 1) + ",\"cancel\":1}");
}

TEST_F(AuditTest, deletes_a_waiting_copy_and_leaves_one_that_runs) {
    for (auto const* const id : {"t1", "t2"}) {
        add({.id = id, .payload = "{}"});
        ask({"XADD", keys.lane(Lane::high), "*", "v", "1", "task_id", id, "agent_type", "sentiment", "payload", "{}",
             "priority", "1", "created_at", "1", "retry_count", "0", "max_retries", "3"});
        if (std::string_view(id) == "t1") fetch("w1", Lane::high);
    }
    EXPECT_THAT(pass(), ElementsAre("duplicate t2"));
    EXPECT_EQ(length(keys.lane(Lane::high)), "1");
    EXPECT_EQ(length(normal()), "2");
}

TEST_F(AuditTest, deletes_a_waiting_message_of_a_finished_task) {
    auto const delivery = start("w1", {.id = "t1", .payload = "{}"});
    ASSERT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
    ask({"XADD", normal(), "*", "v", "1", "task_id", "t1", "agent_type", "sentiment", "payload", "{}", "priority", "0",
         "created_at", "1", "retry_count", "0", "max_retries", "3"});
    EXPECT_THAT(pass(), ElementsAre("duplicate t1"));
    EXPECT_EQ(length(normal()), "0");
}

TEST_F(AuditTest, hands_out_again_what_was_read_past_and_belongs_to_nobody) {
    start("w1", {.id = "acked", .payload = "{}"});
    start("gone", {.id = "dropped", .payload = "{}"});
    ask({"XACK", normal(), "workers", entry_of("acked")});
    ask({"XGROUP", "DELCONSUMER", normal(), "workers", "gone"});
    add({.id = "skipped", .payload = "{}"});
    ask({"XGROUP", "SETID", normal(), "workers", "$"});
    add({.id = "waits", .payload = "{}"});
    EXPECT_THAT(fetch("w2"), ::testing::SizeIs(1));
    EXPECT_THAT(pass(), ElementsAre("stranded acked", "stranded dropped", "stranded skipped"));
    std::vector<std::string> back;
    for (auto const& delivery : reclaim("w2"))
        back.push_back(delivery.message.task_id + " " + std::to_string(delivery.count));
    EXPECT_THAT(back, ::testing::UnorderedElementsAre("acked 1", "dropped 1", "skipped 1"));
    EXPECT_THAT(pass(), IsEmpty());
}

TEST_F(AuditTest, gives_finished_records_a_time_to_live_and_takes_it_from_live_ones) {
    auto const delivery = start("w1", {.id = "done", .payload = "{}"});
    ASSERT_EQ(settle("w1", verdict(delivery, SettleVerdict::success, "1")), SettleStatus::settled);
    add({.id = "waits", .payload = "{}"});
    add({.id = "later", .delay_ms = 60'000, .payload = "{}"});
    ask({"PERSIST", keys.task("done")});
    ask({"EXPIRE", keys.task("waits"), "100"});
    ask({"EXPIRE", keys.task("later"), "100"});
    EXPECT_THAT(pass(), ElementsAre("expiring done", "persisted later", "persisted waits"));
    EXPECT_EQ(ttl(keys.task("done")), "86400");
    EXPECT_EQ(ttl(keys.task("waits")), "-1");
    EXPECT_EQ(ttl(keys.task("later")), "-1");
}

TEST_F(AuditTest, schedules_what_is_parked_and_removes_what_is_not) {
    add({.id = "later", .delay_ms = 60'000, .payload = R"({"text":"a}\"b"})"});
    auto const due = ask({"ZSCORE", keys.scheduled, "later"});
    add({.id = "waits", .payload = "{}"});
    ask({"DEL", keys.scheduled});
    ask({"ZADD", keys.scheduled, "9999999999999", "waits", "9999999999999", "nobody"});
    EXPECT_THAT(pass(), ElementsAre("rescheduled later", "stray nobody", "stray waits"));
    EXPECT_EQ(ask({"ZRANGE", keys.scheduled, "0", "-1", "WITHSCORES"}), "later\n" + due);
    EXPECT_EQ(promote_due("later")->promoted, 1);
    EXPECT_THAT(pass(), IsEmpty());
}

TEST_F(AuditTest, buries_a_parked_task_whose_message_is_unreadable) {
    ask({"SET", keys.task("t1"), R"({"state":"scheduled","due":17,"message":{"task_id":7}})"});
    EXPECT_THAT(pass(), ElementsAre("buried t1"));
    auto const letter = newest(keys.dead);
    EXPECT_EQ(letter.at("reason"), "malformed");
    EXPECT_EQ(letter.at("original_payload"), R"({"state":"scheduled","due":17,"message":{"task_id":7}})");
    EXPECT_THAT(record("t1"), ::testing::StartsWith(R"({"state":"dead","at":")" + letter.at("id") + "\""));
}

TEST_F(AuditTest, reports_what_is_no_record_and_leaves_it) {
    ask({"SET", keys.task("text"), "somebody else's"});
    ask({"SADD", keys.task("set"), "x"});
    ask({"SET", keys.task("nowhere"), R"({"state":"ready","at":"elsewhere"})"});
    add({.id = "message", .payload = "{}"});
    ask({"SET", keys.task("message"), ""});
    auto const before = snapshot();
    EXPECT_THAT(pass(), ElementsAre("unreadable message", "unreadable message", "unreadable nowhere", "unreadable set",
                                    "unreadable text"));
    EXPECT_EQ(snapshot(), before);
}

TEST_F(AuditTest, closes_a_task_whose_message_stays_away) {
    add({.id = "t1", .payload = "{}"});
    add({.id = "t2", .payload = "{}"});
    ask({"XDEL", normal(), entry_of("t1")});
    AuditWalk walk(client.connection(), keys, AuditMode::repair, kConfirm);
    AuditWalk::Time const start{};
    EXPECT_THAT(pass(walk, start), ElementsAre("missing t1"));
    EXPECT_EQ(walk.next_confirmation(), start + kConfirm);
    EXPECT_THAT(pass(walk, start + kConfirm - 1ms), IsEmpty()) << "told once, and not yet sure";
    EXPECT_THAT(pass(walk, start + kConfirm), ElementsAre("closed t1"));
    EXPECT_EQ(walk.next_confirmation(), std::nullopt);
    auto const letter = newest(keys.dead);
    EXPECT_EQ(letter.at("task_id"), "t1");
    EXPECT_EQ(letter.at("reason"), "message_missing");
    EXPECT_EQ(newest(keys.results).at("status"), "dead");
    EXPECT_EQ(ttl(keys.task("t1")), "86400");
    EXPECT_EQ(total("dead"), "1");
    EXPECT_EQ(repairs(AuditStatus::closed), "1");
    auto const counts = wait(tally(client.connection(), keys));
    EXPECT_EQ(counts->live, counts->counted);
}

TEST_F(AuditTest, does_not_close_a_task_whose_message_came_back_or_is_held) {
    auto const runs = start("w1", {.id = "runs", .payload = "{}"});
    add({.id = "moves", .payload = "{}"});
    ask({"XDEL", normal(), runs.entry_id});
    auto const first = entry_of("moves");
    ask({"XDEL", normal(), first});
    AuditWalk walk(client.connection(), keys, AuditMode::repair, kConfirm);
    AuditWalk::Time const start{};
    EXPECT_THAT(pass(walk, start), ElementsAre("held runs", "missing moves"));
    // Gone from another place too: that is a new sighting, however old the first one is.
    ask({"SET", keys.task("moves"), R"({"state":"ready","at":"l/5-5"})"});
    EXPECT_THAT(pass(walk, start + kConfirm), ElementsAre("held runs"));
    ask({"XADD", keys.lane(Lane::low), "5-5", "v", "1", "task_id", "moves", "agent_type", "sentiment", "payload",
         "{}"});
    EXPECT_EQ(settle("w1", verdict(runs, SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_THAT(pass(walk, start + 2 * kConfirm), IsEmpty());
    EXPECT_EQ(walk.next_confirmation(), std::nullopt);
    EXPECT_EQ(total("dead"), "");
}

TEST_F(AuditTest, is_safe_to_send_twice) {
    add({.id = "t1", .payload = "{}"});
    auto const at = "n/" + entry_of("t1");
    ask({"XDEL", normal(), entry_of("t1")});
    std::vector<AuditItem> const items{{"t1", {}, at}};
    EXPECT_EQ(wait(audit(client.connection(), keys, items, AuditMode::repair))->at(0).status, AuditStatus::closed);
    auto const before = snapshot();
    EXPECT_EQ(wait(audit(client.connection(), keys, items, AuditMode::repair))->at(0).status, AuditStatus::good);
    EXPECT_EQ(snapshot(), before);
}

TEST_F(AuditTest, stops_a_call_that_has_looked_at_enough) {
    std::string const large = "\"" + std::string(200'000, 'x') + "\"";
    std::vector<AuditItem> items;
    for (int i = 0; i < 5; ++i) {
        items.push_back({"t" + std::to_string(i), {}, {}});
        add({.id = items.back().task_id, .payload = large});
    }
    auto const replies = wait(audit(client.connection(), keys, items, AuditMode::repair));
    ASSERT_TRUE(replies);
    EXPECT_EQ(std::ranges::count(*replies, AuditStatus::good, &AuditReply::status), 2);
    EXPECT_EQ(std::ranges::count(*replies, AuditStatus::later, &AuditReply::status), 3);
    AuditWalk walk(client.connection(), keys, AuditMode::repair, kConfirm);
    EXPECT_THAT(pass(walk, {}), IsEmpty());
    EXPECT_EQ(walk.checked(), 10) << "each message and each record, all the same";
}

TEST_F(AuditTest, stays_cheap_with_many_tasks) {
    std::vector<DispatchItem> items(Limits::dispatch_batch);
    for (int batch = 0; batch < 20; ++batch) {
        for (std::size_t i = 0; i < items.size(); ++i) {
            items[i] = {.id = "t" + std::to_string(batch) + "-" + std::to_string(i),
                        .delay_ms = batch % 4 == 0 ? 60'000 : 0,
                        .payload = "\"" + std::string(1'000, 'x') + "\""};
        }
        ASSERT_TRUE(wait(store.dispatch(keys, items, std::nullopt)));
    }
    fetch("w1");
    ask({"CONFIG", "RESETSTAT"});
    EXPECT_THAT(pass(), IsEmpty());
    auto const info = ask({"INFO", "commandstats"});
    auto const at = info.find("cmdstat_evalsha");
    ASSERT_NE(at, std::string::npos);
    auto const mean = std::stod(info.substr(info.find("usec_per_call=", at) + 14));
    RecordProperty("usec_per_call", std::to_string(mean));
    EXPECT_LT(mean, 2'000) << info.substr(at, 100);
}

TEST_F(AuditTest, finds_nothing_in_the_middle_of_transitions) {
    std::mt19937 random(7);  // the same walk every time
    AuditWalk walk(client.connection(), keys, AuditMode::repair, 0ms);
    walk.restart();
    std::vector<Delivery> held_now;
    int next = 0;
    for (int step = 0; step < 1'500; ++step) {
        switch (random() % 6) {
            case 0:
                (void)dispatch({.id = "t" + std::to_string(next++),
                                .lane = static_cast<Lane>(random() % kLanes),
                                .delay_ms = random() % 3 == 0 ? 1 : 0,
                                .payload = "{}"});
                break;
            case 1:
                for (auto& delivery : fetch("w1", static_cast<Lane>(random() % kLanes), 2))
                    held_now.push_back(std::move(delivery));
                break;
            case 2:
            case 3: {
                if (held_now.empty()) break;
                auto const delivery = std::move(held_now.back());
                held_now.pop_back();
                if (random() % 4 == 0) {
                    (void)release("w1", delivery);
                    break;
                }
                auto settlement = verdict(delivery, static_cast<SettleVerdict>(random() % 4), "x");
                settlement.delay_ms = random() % 2;
                ASSERT_EQ(settle("w1", settlement), SettleStatus::settled);
                break;
            }
            case 4: {
                std::vector<std::string> const none;
                auto const due = wait(store.promote(keys, none));
                ASSERT_TRUE(due);
                (void)wait(store.promote(keys, due->due));
                break;
            }
            default:
                for (auto& delivery : reclaim("w1", static_cast<Lane>(random() % kLanes)))
                    held_now.push_back(std::move(delivery));
                break;
        }
        if (walk.finished()) walk.restart();
        auto const found = wait(walk.step({}));
        ASSERT_TRUE(found);
        ASSERT_THAT(*found, IsEmpty()) << to_string(found->front().status) << " " << found->front().task_id;
    }
    auto const counts = wait(tally(client.connection(), keys));
    EXPECT_EQ(counts->live, counts->counted);
}

TEST_F(AuditTest, brings_every_task_to_an_end_whatever_one_key_or_member_somebody_deletes) {
    for (int round = 0; round < 40; ++round) {
        ask({"FLUSHALL"});
        ASSERT_TRUE(wait(store.register_agent(space, keys, 30s)));
        std::mt19937 random(static_cast<unsigned>(round));
        std::vector<std::string> ids;
        for (int i = 0; i < 8; ++i) {
            ids.push_back("t" + std::to_string(i));
            add({.id = ids.back(), .delay_ms = i % 3 == 0 ? 60'000 : 0, .payload = "{}"});
        }
        fetch("w1", Lane::normal, 2);
        auto const& victim = ids[random() % ids.size()];
        switch (random() % 7) {
            case 0:
                ask({"DEL", keys.task(victim)});
                break;
            case 1:
                ask({"XDEL", normal(), entry_of(victim)});
                break;
            case 2:
                ask({"ZREM", keys.scheduled, victim});
                break;
            case 3:
                ask({"DEL", normal()});
                break;
            case 4:
                ask({"DEL", keys.scheduled});
                break;
            case 5:
                ask({"XGROUP", "DELCONSUMER", normal(), "workers", "w1"});
                break;
            default:
                ask({"XGROUP", "SETID", normal(), "workers", "9999999999999-0"});
                break;
        }
        ASSERT_TRUE(wait(mend(client.connection(), keys)));
        AuditWalk walk(client.connection(), keys, AuditMode::repair, kConfirm);
        pass(walk, {});
        reclaim("w2");  // drops deliveries of deleted messages
        pass(walk, AuditWalk::Time{} + kConfirm);
        pass(walk, AuditWalk::Time{} + 2 * kConfirm);
        for (auto const& id : ids)
            (void)promote_due(id);
        auto deliveries = fetch("w2");
        auto silent = wait(store.reclaim(keys, Lane::normal, "w2", 0ms, "0-0", 100));
        ASSERT_TRUE(silent);
        for (auto& delivery : silent->deliveries)
            deliveries.push_back(std::move(delivery));
        for (auto const& delivery : deliveries)
            (void)settle("w2", verdict(delivery, SettleVerdict::success, "1"));
        for (auto const& id : ids) {
            auto const text = record(id);
            auto const parked_and_forgotten = text.empty() && ask({"ZSCORE", keys.scheduled, id}).empty();
            EXPECT_TRUE(text.starts_with(R"({"state":"succeeded")") || text.starts_with(R"({"state":"dead")") ||
                        (parked_and_forgotten && id == victim))
                << "round " << round << ": " << id << " " << text;
        }
    }
}

TEST_F(AuditTest, creates_lost_groups_and_sets_back_groups_that_are_ahead) {
    EXPECT_EQ(wait(mend(client.connection(), keys))->created, 0);
    ask({"XGROUP", "DESTROY", normal(), "workers"});
    ask({"DEL", keys.lane(Lane::low)});
    add({.id = "t1", .lane = Lane::high, .payload = "{}"});
    ask({"XGROUP", "SETID", keys.lane(Lane::high), "workers", "9999999999999-5"});
    ASSERT_THAT(fetch("w1", Lane::high), IsEmpty());
    auto const mended = wait(mend(client.connection(), keys));
    ASSERT_TRUE(mended);
    EXPECT_EQ(mended->created, 2);
    EXPECT_EQ(mended->set_back, 1);
    add({.id = "t2", .lane = Lane::high, .payload = "{}"});
    EXPECT_THAT(fetch("w1", Lane::high), ::testing::SizeIs(1)) << "new tasks flow again";
    EXPECT_THAT(pass(), ElementsAre("stranded t1"));
    EXPECT_THAT(reclaim("w1", Lane::high), ::testing::SizeIs(1));
    EXPECT_EQ(wait(mend(client.connection(), keys))->set_back, 0);
}

TEST_F(AuditTest, does_not_set_back_a_group_whose_messages_were_numbered_by_a_faster_clock) {
    ask({"XADD", normal(), "9999999999999-1", "v", "1", "task_id", "t1", "agent_type", "sentiment", "payload", "{}"});
    EXPECT_THAT(fetch("w1"), ::testing::SizeIs(1));
    EXPECT_EQ(wait(mend(client.connection(), keys))->set_back, 0);
}

}  // namespace
}  // namespace leat::store
