#include "handlers/exec_protocol.hpp"

#include <gtest/gtest.h>

#include <random>

#include "leat/json.hpp"

namespace leat::handlers {
namespace {

template <class T>
T expect_line(std::string_view line) {
    auto decoded = decode_line(line);
    if (auto* value = std::get_if<T>(&decoded)) return std::move(*value);
    auto const* bad = std::get_if<BadLine>(&decoded);
    ADD_FAILURE() << "wrong kind of line " << decoded.index() << ": " << (bad != nullptr ? bad->problem : "") << " for "
                  << line;
    return T{};
}

template <class T>
T expect_verdict(std::string_view line) {
    auto answer = expect_line<AnswerLine>(line);
    EXPECT_EQ(answer.task_id, "t-1");
    if (auto* value = std::get_if<T>(&answer.verdict)) return std::move(*value);
    ADD_FAILURE() << "wrong verdict for " << line;
    return T{};
}

std::string problem_of(std::string_view line) {
    return expect_line<BadLine>(line).problem;
}

Task sample_task(std::string payload = R"({"text":"hello"})") {
    Task task("t-1", "sentiment", std::move(payload));
    task.retry_count = 1;
    task.max_retries = 3;
    return task;
}

TEST(EncodeRequest, CarriesTheTask) {
    auto task = sample_task();
    constexpr std::string_view kTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    auto const line = encode_request(task, RequestInfo{2, "sentiment/t-1", kTraceparent, Milliseconds(1500)});
    ASSERT_TRUE(line);
    EXPECT_TRUE(line->ends_with("}\n"));
    auto const request = json::parse(*line);
    json const expected = {{"task_id", "t-1"},
                           {"agent", "sentiment"},
                           {"payload", {{"text", "hello"}}},
                           {"attempt", 2},
                           {"retry_count", 1},
                           {"max_retries", 3},
                           {"idempotency_key", "sentiment/t-1"},
                           {"traceparent", kTraceparent},
                           {"deadline_ms", 1500}};
    EXPECT_EQ(request, expected);
}

TEST(EncodeRequest, WritesNullForWhatIsNotThere) {
    auto const request = json::parse(*encode_request(sample_task(), RequestInfo{1, "k", "", std::nullopt}));
    EXPECT_TRUE(request["traceparent"].is_null());
    EXPECT_TRUE(request["deadline_ms"].is_null());
}

TEST(EncodeRequest, KeepsThePayloadOnOneLineAndItsDigits) {
    auto const line =
        encode_request(sample_task("{\n  \"n\": 123456789012345678901234567890,\r\n  \"s\": \"a\\nb\"\n}"),
                       RequestInfo{1, "k", "", std::nullopt});
    ASSERT_TRUE(line);
    EXPECT_EQ(line->find_first_of("\r\n"), line->size() - 1);
    EXPECT_NE(line->find("123456789012345678901234567890"), std::string::npos);
    EXPECT_EQ(json::parse(*line)["payload"]["s"], "a\nb");
}

TEST(EncodeRequest, RefusesAPayloadThatIsNoJson) {
    for (char const* payload : {"", "hello", "{", "{}{}", "\"\xff\""}) {
        auto const line = encode_request(sample_task(payload), RequestInfo{1, "k", "", std::nullopt});
        ASSERT_FALSE(line) << payload;
        EXPECT_EQ(line.error().code, ErrorCode::invalid_input);
    }
}

TEST(EncodeRequest, RefusesAPayloadThatGoesOnBehindAZeroByte) {
    auto const line =
        encode_request(sample_task(std::string("1\0,\"attempt\":9", 14)), RequestInfo{1, "k", "", std::nullopt});
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().code, ErrorCode::invalid_input);
}

TEST(EncodeRequest, TakesADeepPayload) {
    auto const deep = std::string(200'000, '[') + std::string(200'000, ']');
    EXPECT_TRUE(encode_request(sample_task(deep), RequestInfo{1, "k", "", std::nullopt}));
}

TEST(DecodeLine, Success) {
    auto const success = expect_verdict<Success>(R"({"task_id":"t-1","status":"success","result":{"b":[1,2.5,"é"]}})");
    EXPECT_EQ(success.result_text, R"({"b":[1,2.5,"é"]})");
    EXPECT_EQ(expect_verdict<Success>(R"({"task_id":"t-1","status":"success"})").result_text, "null");
}

TEST(DecodeLine, Retry) {
    EXPECT_EQ(expect_verdict<Retry>(R"({"task_id":"t-1","status":"retry","error":"busy"})").error, "busy");
    EXPECT_EQ(expect_verdict<Retry>(R"({"task_id":"t-1","status":"retry"})").error, "the agent gave no reason");
}

TEST(DecodeLine, RetryAfter) {
    auto const later =
        expect_verdict<RetryAfter>(R"({"task_id":"t-1","status":"retry","error":"busy","delay_ms":1500})");
    EXPECT_EQ(later.delay, Milliseconds(1500));
    EXPECT_EQ(later.error, "busy");
    auto const long_after = expect_verdict<RetryAfter>(R"({"task_id":"t-1","status":"retry","delay_ms":1e300})");
    EXPECT_EQ(long_after.delay, Limits::delay_max);
}

TEST(DecodeLine, Dead) {
    EXPECT_EQ(expect_verdict<Dead>(R"({"task_id":"t-1","status":"dead","reason":"no such customer"})").reason,
              "no such customer");
    EXPECT_EQ(expect_verdict<Dead>(R"({"task_id":"t-1","status":"dead","reason":null})").reason,
              "the agent gave no reason");
}

TEST(DecodeLine, ProgressIsClamped) {
    auto const progress = expect_line<ProgressLine>(R"({"progress":0.5,"note":"half"})");
    EXPECT_EQ(progress.fraction, 0.5);
    EXPECT_EQ(progress.note, "half");
    EXPECT_EQ(progress.task_id, "");
    EXPECT_EQ(expect_line<ProgressLine>(R"({"progress":7})").fraction, 1.0);
    EXPECT_EQ(expect_line<ProgressLine>(R"({"progress":-1,"task_id":"t-9"})").fraction, 0.0);
}

TEST(DecodeLine, Log) {
    EXPECT_EQ(expect_line<LogLine>(R"({"log":"loading"})").text, "loading");
    EXPECT_EQ(expect_line<LogLine>(R"({"task_id":"t-9","log":"x"})").task_id, "t-9");
}

TEST(DecodeLine, BlankLinesAreNothing) {
    expect_line<BlankLine>("");
    expect_line<BlankLine>(" \t");
}

TEST(DecodeLine, RubbishIsNamedAndEscaped) {
    EXPECT_EQ(problem_of("Hello, world"), "wrote a line that is no JSON: \"Hello, world\"");
    EXPECT_EQ(problem_of("\x1b[2J"), "wrote a line that is no JSON: \"\\u{1b}[2J\"");
    EXPECT_LT(problem_of(std::string(1'000'000, 'x')).size(), 200U);
}

TEST(DecodeLine, AnswersThatAreNoAnswers) {
    EXPECT_NE(problem_of("[1]").find("no JSON object"), std::string::npos);
    EXPECT_NE(problem_of("{}").find("none of status, progress, log"), std::string::npos);
    EXPECT_NE(problem_of(R"({"status":"success","result":1})").find("without the task_id"), std::string::npos);
    EXPECT_NE(problem_of(R"({"task_id":7,"status":"success"})").find("task_id that is no string"), std::string::npos);
    EXPECT_NE(problem_of(R"({"task_id":"t-1","status":"done"})").find("none of success, retry, dead"),
              std::string::npos);
    EXPECT_NE(problem_of(R"({"task_id":"t-1","status":7})").find("none of success"), std::string::npos);
    EXPECT_NE(problem_of(R"({"task_id":"t-1","status":"retry","error":{}})").find("error is no string"),
              std::string::npos);
    EXPECT_NE(problem_of(R"({"task_id":"t-1","status":"retry","delay_ms":-1})").find("delay_ms"), std::string::npos);
    EXPECT_NE(problem_of(R"({"task_id":"t-1","status":"retry","delay_ms":"1"})").find("delay_ms"), std::string::npos);
    EXPECT_NE(problem_of(R"({"task_id":"t-1","status":"dead","reason":1})").find("reason is no string"),
              std::string::npos);
    EXPECT_NE(problem_of(R"({"progress":"half"})").find("progress"), std::string::npos);
    EXPECT_NE(problem_of(R"({"log":1})").find("log"), std::string::npos);
    EXPECT_NE(problem_of(R"({"task_id":"t-1","status":"success","result":NaN})").find("no JSON"), std::string::npos);
    EXPECT_NE(problem_of(R"({"task_id":"t-1","status":"success","result":1e999})").find("no JSON"), std::string::npos);
}

TEST(DecodeLine, DepthIsLimited) {
    auto const answer = [](int depth) {
        auto const n = static_cast<std::size_t>(depth);
        return R"({"task_id":"t-1","status":"success","result":)" + std::string(n, '[') + std::string(n, ']') + "}";
    };
    expect_verdict<Success>(answer(kAnswerDepthMax - 1));
    EXPECT_NE(problem_of(answer(kAnswerDepthMax)).find("nested too deeply"), std::string::npos);
    EXPECT_NE(problem_of(std::string(1'000'000, '[')).find("nested too deeply"), std::string::npos);
    // Brackets inside of strings nest nothing.
    expect_verdict<Success>(R"({"task_id":"t-1","status":"success","result":")" + std::string(1000, '[') + R"(\"["})");
}

TEST(DecodeLine, AnyBytesAreSafe) {
    std::mt19937 random(1);
    std::string const good = R"({"task_id":"t-1","status":"retry","error":"é","delay_ms":12.5,"x":[null,true,{}]})";
    std::uniform_int_distribution<std::size_t> position(0, good.size() - 1);
    std::uniform_int_distribution<int> byte(0, 255);
    std::size_t bad_lines = 0;
    for (int round = 0; round < 20'000; ++round) {
        auto line = good;
        for (int change = 0; change < 3; ++change)
            line[position(random)] = static_cast<char>(byte(random));
        bad_lines += std::holds_alternative<BadLine>(decode_line(line)) ? 1 : 0;
    }
    EXPECT_GT(bad_lines, 10'000U);
    EXPECT_LT(bad_lines, 20'000U);
}

}  // namespace
}  // namespace leat::handlers
