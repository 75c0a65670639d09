#include "http/input.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leat::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class T>
std::string problem_of(Result<T> const& result) {
    return result ? "no error" : result.error().detail;
}

TEST(Durations, HaveAUnit) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("30s"), 30s);
    EXPECT_EQ(parse_duration("7d"), 168h);
    for (auto const* const text :
         {"", "s", "30", "-1s", "1.5s", "30 s", "1w", "99999999999999999999s", "9223372036854775807d"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(QueryInput, HasDefaultsAndBounds) {
    EXPECT_EQ(read_limit(*parse_target("/a")), 50);
    EXPECT_EQ(read_limit(*parse_target("/a?limit=1000")), 1000);
    for (auto const* const text : {"/a?limit=0", "/a?limit=1001", "/a?limit=x", "/a?limit=-1", "/a?limit=1x"})
        EXPECT_FALSE(read_limit(*parse_target(text))) << text;
    EXPECT_EQ(read_duration(*parse_target("/a?wait=5s"), "wait", 0ms, 60s), 5s);
    EXPECT_EQ(read_duration(*parse_target("/a"), "wait", 7ms, 60s), 7ms);
    EXPECT_FALSE(read_duration(*parse_target("/a?wait=61s"), "wait", 0ms, 60s));
    EXPECT_TRUE(*read_flag(*parse_target("/a?reveal=true"), "reveal"));
    EXPECT_FALSE(read_flag(*parse_target("/a?reveal=1"), "reveal"));
    auto const stats = read_stats_query(*parse_target("/a?minutes=1440&step=15"));
    ASSERT_TRUE(stats);
    EXPECT_EQ(stats->minutes, 1440);
    EXPECT_EQ(stats->step, 15);
    EXPECT_FALSE(read_stats_query(*parse_target("/a?minutes=1441")));
    EXPECT_FALSE(read_stats_query(*parse_target("/a?minutes=10&step=11")));
}

TEST(QueryInput, ReadsTaskFilters) {
    auto const query = read_task_query(*parse_target("/a?agent=x&state=dead&older_than=1h&cursor=5&limit=2"));
    ASSERT_TRUE(query) << problem_of(query);
    EXPECT_EQ(query->agent, "x");
    EXPECT_EQ(query->state, TaskState::dead);
    EXPECT_EQ(query->older_than, 1h);
    EXPECT_FALSE(query->newer_than);
    EXPECT_EQ(query->cursor, "5");
    EXPECT_EQ(read_task_query(*parse_target("/a"))->agent, "");
    EXPECT_THAT(problem_of(read_task_query(*parse_target("/a?agent=a%20b"))), HasSubstr("agent"));
    EXPECT_THAT(problem_of(read_task_query(*parse_target("/a?agent=x&state=lost"))), HasSubstr("scheduled, ready"));
    EXPECT_THAT(problem_of(read_task_query(*parse_target("/a?agent=x&id=a%20b"))), HasSubstr("id"));
    EXPECT_THAT(problem_of(read_task_query(*parse_target("/a?agent=x&newer_than=1"))), HasSubstr("newer_than"));
}

TEST(TaskInput, IsReadWhole) {
    auto const input = read_dispatch(
        R"({"agent":"a","payload":{"z":1,"a":"ü"},"id":"i","priority":-2,"delay_ms":5,"max_retries":0,"timeout_ms":9,"traceparent":"t"})");
    ASSERT_TRUE(input) << problem_of(input);
    EXPECT_EQ(input->agent, "a");
    EXPECT_EQ(json::parse(input->task.payload_text), json::parse(R"({"z":1,"a":"ü"})"));
    EXPECT_EQ(input->task.options.id, "i");
    EXPECT_EQ(input->task.options.priority, -2);
    EXPECT_EQ(input->task.options.delay, 5ms);
    EXPECT_EQ(input->task.options.max_retries, 0);
    EXPECT_EQ(input->task.options.timeout, 9ms);
    EXPECT_EQ(input->task.options.traceparent, "t");
    EXPECT_EQ(read_dispatch(R"({"agent":"a","payload":null,"id":null})")->task.payload_text, "null");
}

TEST(TaskInput, KeepsThePayloadAsItCame) {
    constexpr auto kPayload = R"({ "z": 123456789012345678901234567890, "a":1.10, "t": "\u00e9" })";
    auto const input = read_dispatch(R"({"agent":"a","payload":)" + std::string(kPayload) + R"( ,"id":"i"})");
    ASSERT_TRUE(input) << problem_of(input);
    EXPECT_EQ(input->task.payload_text, kPayload);
    auto const batch = read_batch(R"({"tasks":[{"payload":)" + std::string(kPayload) + R"(,"agent":"a"}]})");
    ASSERT_TRUE(batch) << problem_of(batch);
    EXPECT_EQ(batch->front().task.payload_text, kPayload);
}

TEST(TaskInput, NamesWhatIsWrong) {
    auto const wrong = [](std::string_view body) { return problem_of(read_dispatch(body)); };
    EXPECT_THAT(wrong(""), HasSubstr("not valid JSON"));
    EXPECT_THAT(wrong("{\"agent\":\"a\xff\"}"), HasSubstr("not valid JSON"));
    EXPECT_THAT(wrong(R"({"agent":"a","payload":)" + std::string(70, '[') + std::string(70, ']') + "}"),
                HasSubstr("deeper"));
    EXPECT_THAT(wrong("[]"), HasSubstr("object"));
    EXPECT_THAT(wrong(R"({"payload":1})"), HasSubstr("agent"));
    EXPECT_THAT(wrong(R"({"agent":"a b","payload":1})"), HasSubstr("agent"));
    EXPECT_THAT(wrong(R"({"agent":7,"payload":1})"), HasSubstr("agent must be a string"));
    EXPECT_THAT(wrong(R"({"agent":"a"})"), HasSubstr("payload is missing"));
    for (auto const* const body :
         {R"({"agent":"a","payload":1x})", R"({"agent":"a","payload":{"b":1]})", R"({"agent":"a","payload":[1,]})",
          R"({"agent":"a","payload":01})", R"({"agent":"a","payload":nul})", R"({"agent":"a","payload":"\x"})",
          R"({"agent":"a","payload":1} trailing)", R"({"agent":"a","payload":1,})"})
        EXPECT_THAT(wrong(body), HasSubstr("not valid JSON")) << body;
    EXPECT_THAT(wrong(std::string(R"({"agent":"a","payload":"x)") + '\0' + "\"}"), HasSubstr("not valid JSON"));
    EXPECT_THAT(wrong("{\"agent\":\"a\",\"payload\":\"\xff\"}"), HasSubstr("not valid JSON"));
    EXPECT_THAT(wrong(R"({"agent":"a","payload":1,"payload":2})"), HasSubstr("payload is there twice"));
    EXPECT_THAT(wrong(R"({"agent":"a","agent":"b","payload":2})"), HasSubstr("agent is there twice"));
    EXPECT_THAT(wrong(R"({"agent":"a","payload":1,"prio":1})"), HasSubstr("prio"));
    EXPECT_THAT(wrong(R"({"agent":"a","payload":1,"priority":1.5})"), HasSubstr("priority"));
    EXPECT_THAT(wrong(R"({"agent":"a","payload":1,"priority":18446744073709551615})"), HasSubstr("priority"));
    EXPECT_THAT(wrong(R"({"agent":"a","payload":1,"delay_ms":-1})"), HasSubstr("delay_ms"));
    EXPECT_THAT(wrong(R"({"agent":"a","payload":1,"timeout_ms":99999999999999})"), HasSubstr("timeout_ms"));
}

TEST(BatchInput, IsWholeOrNotAtAll) {
    auto const batch = read_batch(R"({"tasks":[{"agent":"a","payload":1},{"agent":"b","payload":2}]})");
    ASSERT_TRUE(batch) << problem_of(batch);
    EXPECT_EQ(batch->at(1).agent, "b");
    EXPECT_THAT(problem_of(read_batch(R"({"tasks":[{"agent":"a","payload":1},{"agent":"a"}]})")),
                HasSubstr("tasks[1]"));
    for (auto const* const body : {R"({"tasks":[]})", R"({"tasks":1})", "{}", "[]"})
        EXPECT_FALSE(read_batch(body)) << body;
    json many = {{"tasks", std::vector<json>(1001, json{{"agent", "a"}, {"payload", 1}})}};
    EXPECT_EQ(read_batch(many.dump()).error().code, ErrorCode::too_large);
}

TEST(AdminInput, IsUnambiguous) {
    EXPECT_THAT(read_replay(R"({"letters":["1-0","x"]})")->letters, ElementsAre("1-0", "x"));
    auto const all = read_replay(R"({"all":true,"error_contains":"e","rate":0.5,"dry_run":true})");
    ASSERT_TRUE(all) << problem_of(all);
    EXPECT_EQ(all->rate, 0.5);
    EXPECT_TRUE(all->dry_run);
    for (auto const* const body :
         {"{}", R"({"all":false})", R"({"all":true,"letters":["1-0"]})", R"({"letters":[]})",
          R"({"letters":["1-0"],"rate":1})", R"({"letters":["1-0"],"pattern":"x"})", R"({"letters":[1]})",
          R"({"letters":["a b"]})", R"({"all":true,"rate":0.001})", R"({"all":true,"rate":"x"})", R"({"all":"yes"})"})
        EXPECT_FALSE(read_replay(body)) << body;
    EXPECT_EQ(**read_purge(R"({"older_than":"7d"})"), 168h);
    EXPECT_FALSE(read_purge(R"({"all":true})")->has_value());
    for (auto const* const body :
         {"{}", R"({"all":false})", R"({"all":true,"older_than":"1d"})", R"({"older_than":"1"})"})
        EXPECT_FALSE(read_purge(body)) << body;
    EXPECT_EQ(read_priority(R"({"priority":2})"), 2);
    EXPECT_FALSE(read_priority("{}"));
    EXPECT_FALSE(read_edited_payload("")->has_value());
    EXPECT_EQ(**read_edited_payload(R"({"payload":null})"), json(nullptr));
    EXPECT_FALSE(read_edited_payload(R"({"payloads":1})"));
}

}  // namespace
}  // namespace leat::http
