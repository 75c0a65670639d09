#include <gmock/gmock.h>

#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

using ::testing::HasSubstr;

class ReplayTest : public StoreFixture {
  protected:
    // Makes a task dead and answers its letter.
    ReplayItem kill(DispatchItem item) {
        auto const delivery = start("w1", std::move(item));
        auto settlement = verdict(delivery, SettleVerdict::dead, "boom");
        settlement.attempt = 4;
        settlement.retry_count = 3;
        settlement.crashes = 2;
        EXPECT_EQ(settle("w1", settlement), SettleStatus::settled);
        return {newest(keys.dead).at("id"), delivery.message.task_id};
    }
    Result<ReplayStatus> replay(ReplayItem item) {
        std::array const items{std::move(item)};
        auto const statuses = wait(store.replay(keys, items));
        if (!statuses) return std::unexpected(statuses.error());
        return statuses->at(0);
    }
};

TEST_F(ReplayTest, brings_a_dead_task_back_with_a_fresh_count) {
    auto const letter = kill({.id = "t1",
                              .lane = Lane::high,
                              .priority = 1,
                              .max_retries = 3,
                              .payload = R"({"q":"é \"x\""})",
                              .timeout_ms = 7,
                              .traceparent = kTraceparent});
    auto const created_at = newest(keys.dead).at("created_at");
    EXPECT_EQ(replay(letter), ReplayStatus::replayed);
    auto const before = snapshot();
    EXPECT_EQ(replay(letter), ReplayStatus::replayed);  // the second send is recognised
    EXPECT_EQ(snapshot(), before);
    EXPECT_EQ(total("replayed"), "1");
    EXPECT_EQ(length(keys.dead), "1");
    EXPECT_EQ(ttl(keys.task("t1")), "-1");

    auto const deliveries = fetch("w2", Lane::high);
    ASSERT_EQ(deliveries.size(), 1U);
    EXPECT_EQ(deliveries[0].malformed, "");
    auto const& message = deliveries[0].message;
    EXPECT_EQ(message.payload, R"({"q":"é \"x\""})");
    EXPECT_EQ(message.retry_count, 0);
    EXPECT_EQ(message.crashes, 0);
    EXPECT_EQ(message.attempts, 4);
    EXPECT_EQ(message.max_retries, 3);
    EXPECT_EQ(message.timeout_ms, 7);
    EXPECT_EQ(message.traceparent, kTraceparent);
    EXPECT_EQ(std::to_string(message.created_at), created_at);
    EXPECT_EQ(settle("w2", verdict(deliveries[0], SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_EQ(replay(letter), ReplayStatus::not_dead);
}

TEST_F(ReplayTest, brings_a_task_back_whose_record_has_expired) {
    auto const letter = kill({.id = "t1", .payload = "{}"});
    ask({"DEL", keys.task("t1")});
    EXPECT_EQ(replay(letter), ReplayStatus::replayed);
    EXPECT_THAT(record("t1"), HasSubstr(R"("state":"ready")"));
    EXPECT_EQ(fetch("w1").size(), 1U);
}

TEST_F(ReplayTest, replays_the_letter_that_made_the_task_dead_and_no_older_one) {
    auto const first = kill({.id = "t1", .payload = "{}"});
    EXPECT_EQ(replay(first), ReplayStatus::replayed);
    auto const delivery = fetch("w1").at(0);
    EXPECT_EQ(settle("w1", verdict(delivery, SettleVerdict::dead, "again")), SettleStatus::settled);
    ReplayItem const second{newest(keys.dead).at("id"), "t1"};
    EXPECT_EQ(replay(first), ReplayStatus::not_dead);
    EXPECT_EQ(replay(second), ReplayStatus::replayed);
}

TEST_F(ReplayTest, replays_a_task_once_in_a_batch) {
    auto const letter = kill({.id = "t1", .payload = "{}"});
    ask({"DEL", keys.task("t1")});
    std::array const items{letter, letter, ReplayItem{"1-1", "t1"}, ReplayItem{letter.entry_id, "t2"},
                           ReplayItem{"nonsense", "t1"}};
    auto const statuses = wait(store.replay(keys, items));
    ASSERT_TRUE(statuses);
    EXPECT_THAT(*statuses, ::testing::ElementsAre(ReplayStatus::replayed, ReplayStatus::not_dead, ReplayStatus::missing,
                                                  ReplayStatus::missing, ReplayStatus::missing));
    EXPECT_EQ(length(keys.lane(Lane::normal)), "1");
    EXPECT_TRUE(wait(store.replay(keys, {}))->empty());
}

TEST_F(ReplayTest, leaves_letters_alone_that_are_no_tasks_of_this_agent) {
    auto const add_letter = [this](std::vector<std::string> const& fields) {
        std::vector<std::string> command{"XADD", keys.dead, "*", "task_id", "t1"};
        command.insert(command.end(), fields.begin(), fields.end());
        return ReplayItem{ask(command), "t1"};
    };
    auto const malformed = add_letter({"original_payload", "{}", "reason", "malformed", "agent_type", "sentiment"});
    auto const other = add_letter({"original_payload", "{}", "agent_type", "other"});
    auto const bare = add_letter({"error", "x"});
    auto const before = snapshot();
    EXPECT_EQ(replay(malformed), ReplayStatus::not_dead);
    EXPECT_EQ(replay(other), ReplayStatus::not_dead);
    EXPECT_EQ(replay(bare), ReplayStatus::not_dead);
    EXPECT_EQ(snapshot(), before);

    // A letter in the article's form is enough.
    auto const plain =
        add_letter({"original_payload", "{}", "error", "x", "failed_at", "2026-01-01T00:00:00Z", "priority", "much"});
    EXPECT_EQ(replay(plain), ReplayStatus::replayed);
    EXPECT_EQ(fetch("w1").at(0).malformed, "");
}

TEST_F(ReplayTest, does_not_overwrite_what_is_no_record) {
    auto const letter = kill({.id = "t1", .payload = "{}"});
    for (std::string const text :
         {"nonsense", "[]", R"({"state":"ready","at":7})", R"({"state":"succeeded","at":"1-0"})"}) {
        ask({"SET", keys.task("t1"), text});
        auto const before = snapshot();
        EXPECT_EQ(replay(letter), ReplayStatus::not_dead) << text;
        EXPECT_EQ(snapshot(), before);
    }
    ask({"DEL", keys.task("t1")});
    ask({"HSET", keys.task("t1"), "a", "b"});
    EXPECT_EQ(replay(letter), ReplayStatus::not_dead);
}

}  // namespace
}  // namespace leat::store
