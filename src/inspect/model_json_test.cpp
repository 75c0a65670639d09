#include "inspect/model_json.hpp"

#include <gtest/gtest.h>

namespace leat::inspect {
namespace {

// The shapes are a public interface: a change here is a change for everybody who reads --json.

TEST(ModelJson, Task) {
    TaskInfo task;
    task.id = "order-17";
    task.agent = "sentiment";
    task.state = TaskState::scheduled;
    task.payload_text = R"({"text":"fine"})";
    task.attempts = 1;
    task.retry_count = 1;
    task.max_retries = 3;
    task.created_at = 1'700'000'000'000;
    task.due_in = 4'000;
    task.last_error = "rate limit";
    EXPECT_EQ(
        dump(json_of(task)),
        R"({"agent":"sentiment","attempts":1,"cancel_requested":false,"crashes":0,"created_at":1700000000000,)"
        R"("due_in_ms":4000,"id":"order-17","idle_ms":null,"lane":"normal","last_error":"rate limit","max_retries":3,)"
        R"("outcome":null,"payload":{"text":"fine"},"payload_text":null,"retry_count":1,"state":"scheduled","worker":null})");
}

TEST(ModelJson, Outcome) {
    TaskResult result;
    result.task_id = "order-17";
    result.result_text = R"([0.5])";
    result.processed_by = "host.1.x";
    result.attempt = 2;
    result.created_at = 1;
    result.started_at = 2;
    result.finished_at = 3;
    EXPECT_EQ(
        dump(json_of(result)),
        R"({"archived":true,"attempt":2,"created_at":1,"error":null,"finished_at":3,"id":"order-17","result":[0.5],)"
        R"("result_text":null,"started_at":2,"state":"succeeded","worker":"host.1.x"})");
}

TEST(ModelJson, TaskPage) {
    store::TaskRow row;
    row.id = "t";
    row.state = TaskState::running;
    row.lane = Lane::high;
    row.consumer = "w";
    row.idle_ms = 12;
    row.deliveries = 2;
    row.payload = "[1";
    row.payload_bytes = 5'000;
    EXPECT_EQ(
        dump(json_of(store::TaskPage{.rows = {row}, .cursor = "high/r/1-1"})),
        R"({"cursor":"high/r/1-1","tasks":[{"attempts":0,"created_at":null,"deliveries":2,"due_in_ms":null,"error":null,)"
        R"("finished_at":null,"id":"t","idle_ms":12,"lane":"high","payload":null,"payload_bytes":5000,)"
        R"("payload_text":"[1","retry_count":0,"started_at":null,"state":"running","worker":"w"}]})");
}

TEST(ModelJson, DeadLetters) {
    store::DeadLetter letter;
    letter.entry = "5-0";
    letter.task_id = "t";
    letter.payload = "1";
    letter.payload_bytes = 1;
    letter.error = "boom";
    letter.reason = "failed";
    letter.attempts = 4;
    letter.failed_at = 9;
    letter.state = store::LetterState::replayed;
    EXPECT_EQ(
        dump(json_of(store::DeadPage{.letters = {letter}, .cursor = {}})),
        R"({"cursor":null,"letters":[{"attempts":4,"error":"boom","failed_at":9,"id":"t","letter":"5-0","payload":1,)"
        R"("payload_bytes":1,"payload_text":null,"reason":"failed","state":"replayed"}]})");
}

TEST(ModelJson, Pending) {
    std::vector<AgentPending> const pending{{.agent = "a", .workers = {{"w", 3, 500, 1, 900}}}};
    EXPECT_EQ(
        dump(json_of(pending)),
        R"({"agents":[{"agent":"a","count":3,"oldest_idle_ms":500,"oldest_running_ms":900,"problem":null,)"
        R"("workers":[{"count":3,"deliveries_max":1,"oldest_idle_ms":500,"oldest_running_ms":900,"worker":"w"}]}]})");
}

TEST(ModelJson, Workers) {
    WorkerPage page{.now = 1'000, .workers = {{}}};
    page.workers[0].consumer = "w";
    page.workers[0].beat_at = 400;
    page.workers[0].agents.push_back({.agent = "a", .slots = 4, .running = 1});
    EXPECT_EQ(
        dump(json_of(page)),
        R"({"now":1000,"workers":[{"agents":[{"agent":"a","running":1,"slots":4}],"beat_at":400,"draining":false,)"
        R"("host":"","name":"","pid":0,"rss_bytes":0,"silent_ms":600,"started_at":null,"version":"","worker":"w"}]})");
}

TEST(ModelJson, ErrorsAndReports) {
    EXPECT_EQ(dump(json_of(Error{ErrorCode::not_found, "task", "there is none"})),
              R"({"error":{"code":"not_found","detail":"there is none","operation":"task"}})");
    EXPECT_EQ(dump(json_of(ReplayReport{.looked_at = 4, .matched = 3, .replayed = 2, .skipped = 1})),
              R"({"looked_at":4,"matched":3,"replayed":2,"skipped":1})");
    EXPECT_EQ(dump(json_of(std::vector<store::MinuteCounters>{{.minute = 5, .counters = {{"succeeded", 2}}}})),
              R"({"minutes":[{"counters":{"succeeded":2},"minute":5}]})");
    EXPECT_EQ(dump(json_of(AgentPage{})), R"({"agents":[],"cursor":null})");
}

TEST(ModelJson, TextsThatAreNoJsonStayTexts) {
    store::ResultEntry entry;
    entry.result_text = "not json";
    auto const object = json_of(entry);
    EXPECT_EQ(object["result"], nullptr);
    EXPECT_EQ(object["result_text"], "not json");
}

TEST(ModelJson, DeepNestingIsShownAsTextInsteadOfOverflowingTheStack) {
    std::string const deep = std::string(500'000, '[') + std::string(500'000, ']');
    EXPECT_TRUE(bounded_json(deep).is_discarded());
    EXPECT_FALSE(bounded_json("[[\"[[[[ \\\" [[[[\"]]").is_discarded());
    store::ResultEntry entry;
    entry.result_text = deep;
    EXPECT_GT(dump(json_of(entry)).size(), deep.size());
}

TEST(ModelJson, OutputIsPlainAscii) {
    store::ResultEntry entry;
    entry.error = "\x1b[2J\xff\xc2\x9b caf\xc3\xa9";
    auto const text = dump(json_of(entry));
    for (char const character : text)
        EXPECT_TRUE(character >= 0x20 && character < 0x7F) << text;
}

}  // namespace
}  // namespace leat::inspect
