// The REST API over much: what it reads for one answer is bounded, and what it leaves out is told.
#include "http/http_fixture.hpp"

namespace leat::http {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ApiBoundsTest : public testing::HttpFixture {
  protected:
    void SetUp() override { start_server(); }

    // So many attempts of other tasks, the newest of all.
    void fill_archive(int count, std::string const& status) {
        ask({"EVAL",
             "for i = 1, tonumber(ARGV[1]) do redis.call('XADD', KEYS[1], '*', 'task_id', 'f' .. i, 'agent_type', "
             "'sentiment', 'status', ARGV[2], 'result', '1', 'attempt', '1') end",
             "1", keys.results, std::to_string(count), status});
    }
};

TEST_F(ApiBoundsTest, ATaskTellsHowItsAttemptsEnded) {
    finished("other", store::SettleVerdict::success, "1");
    finished("t", store::SettleVerdict::retry, "first error");
    auto const delivery = fetch("w1").at(0);
    auto second = verdict(delivery, store::SettleVerdict::success, "7");
    second.attempt = 2;
    ASSERT_TRUE(settle("w1", second));
    auto const task = get("/v1/tasks/sentiment/t").value();
    ASSERT_EQ(task["history"].size(), 2U) << task.dump();
    EXPECT_EQ(task["history"][0]["error"], "first error");
    EXPECT_EQ(task["history"][1]["status"], "success");
}

TEST_F(ApiBoundsTest, TheLastAttemptIsFoundHoweverMuchCameAfterIt) {
    finished("t", store::SettleVerdict::success, "7");
    fill_archive(5'000, "success");
    auto const task = get("/v1/tasks/sentiment/t").value();
    ASSERT_EQ(task["history"].size(), 1U) << task.dump();
    EXPECT_EQ(task["history"][0]["result"], 7);
    EXPECT_TRUE(task["history_complete"]);
}

TEST_F(ApiBoundsTest, AttemptsThatWereNotLookedForAreSaidToBeSo) {
    finished("t", store::SettleVerdict::retry, "first error");
    auto const delivery = fetch("w1").at(0);
    for (auto const begun = server_ms(); server_ms() < begun + 20;) {
    }
    fill_archive(5'000, "success");
    auto const task = get("/v1/tasks/sentiment/t").value();
    EXPECT_EQ(task["history"].size(), 1U) << "it ended before the task came back to its lane: " << task.dump();
    auto second = verdict(delivery, store::SettleVerdict::success, "7");
    second.attempt = 2;
    ASSERT_TRUE(settle("w1", second));
    auto const ended = get("/v1/tasks/sentiment/t").value();
    EXPECT_EQ(ended["history"].size(), 1U) << ended.dump();
    EXPECT_FALSE(ended["history_complete"]);
}

TEST_F(ApiBoundsTest, ASparseListIsBoundedAndGoesOn) {
    add({.id = "gone", .payload = "{}"});
    ASSERT_EQ(post("/v1/tasks/sentiment/gone/cancel").status, 200U);
    fill_archive(9'000, "success");
    std::string cursor;
    int requests = 0;
    json rows = json::array();
    do {
        auto const page = get("/v1/tasks?agent=sentiment&state=cancelled&cursor=" + cursor).value();
        ASSERT_TRUE(page.contains("tasks")) << page.dump();
        for (auto const& row : page["tasks"])
            rows.push_back(row);
        cursor = page["cursor"].is_null() ? "" : page["cursor"].get<std::string>();
        ++requests;
    } while (!cursor.empty() && requests < 10);
    EXPECT_EQ(requests, 4) << "3,000 entries each";
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0]["id"], "gone");
}

TEST_F(ApiBoundsTest, AgesLeadToTheRightPartOfTheArchive) {
    auto const now = server_ms();
    for (int const hours : {30, 20, 10}) {
        auto const at = std::to_string(now - hours * 3'600'000LL);
        ask({"XADD", keys.results, at + "-0", "task_id", "h" + std::to_string(hours), "agent_type", "sentiment",
             "status", "success", "result", "1", "run", "1 0 0"});
    }
    fill_archive(6'000, "cancelled");
    auto const ids = [&](std::string const& filter) {
        std::vector<std::string> found;
        auto const page = get("/v1/tasks?agent=sentiment&state=succeeded&" + filter).value();
        for (auto const& row : page["tasks"])
            found.push_back(row["id"]);
        found.push_back(page["cursor"].is_null() ? "end" : "more");
        return found;
    };
    EXPECT_THAT(ids("limit=5"), ElementsAre("more")) << "what is cancelled comes first";
    EXPECT_THAT(ids("older_than=5h"), ElementsAre("h10", "h20", "h30", "end"));
    EXPECT_THAT(ids("older_than=15h&newer_than=25h"), ElementsAre("h20", "end"));
    dead("d");
    EXPECT_EQ(get("/v1/tasks?agent=sentiment&state=dead&newer_than=1h").value()["tasks"].size(), 1U);
    EXPECT_EQ(get("/v1/tasks?agent=sentiment&state=dead&older_than=1h").value()["tasks"].size(), 0U);
}

TEST_F(ApiBoundsTest, AReadyTaskTellsHowManyAreAheadInItsLane) {
    for (int i = 0; i < 1'300; ++i)
        add({.id = "n" + std::to_string(i), .payload = "{}"});
    add({.id = "high", .lane = Lane::high, .payload = "{}"});
    auto const ahead = [&](std::string const& id) {
        auto const task = get("/v1/tasks/sentiment/" + id).value();
        return task["ahead"].dump() + (task["ahead_more"] == true ? "+" : "");
    };
    EXPECT_EQ(ahead("n0"), "0");
    EXPECT_EQ(ahead("n17"), "17");
    EXPECT_EQ(ahead("high"), "0");
    EXPECT_THAT(ahead("n1299"), AllOf(HasSubstr("+"), HasSubstr("10")));
    auto const held = fetch("w1");
    ASSERT_FALSE(held.empty());
    EXPECT_EQ(ahead("n0"), "null") << "it runs";
}

TEST_F(ApiBoundsTest, ResultsAreCutInLists) {
    finished("t", store::SettleVerdict::success, '"' + std::string(100'000, 'x') + '"');
    auto const results = get("/v1/agents/sentiment/results").value();
    EXPECT_EQ(results["results"][0]["result_bytes"], 100'002);
    EXPECT_TRUE(results["results"][0]["result"].is_null());
    EXPECT_LE(results["results"][0]["result_text"].get<std::string>().size(), 5'000U);
    EXPECT_EQ(get("/v1/tasks/sentiment/t").value()["outcome"]["result"].get<std::string>().size(), 100'000U);
}

}  // namespace
}  // namespace leat::http
