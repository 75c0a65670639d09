#include "task_line.hpp"

#include <gtest/gtest.h>

namespace leat::cli {
namespace {

NewTask parsed(std::string_view line, bool plain = false, DispatchOptions const& defaults = {}) {
    auto task = parse_task_line(line, plain, defaults);
    EXPECT_TRUE(task) << line << ": " << (task ? "" : task.error());
    return task ? *task : NewTask{};
}

std::string problem(std::string_view line) {
    auto const task = parse_task_line(line, false, {});
    EXPECT_FALSE(task) << line;
    return task ? "" : task.error();
}

TEST(TaskLine, WithoutMemberPayloadTheLineIsThePayload) {
    for (std::string_view const line : {R"({"text": "fine"})", R"({"id": "a", "delay": "5s"})", "[1, 2]", "17", "null",
                                        "not json", R"({"text": {"payload": 1}})", R"("payload")", "{}"}) {
        EXPECT_EQ(parsed(line).payload_text, line);
        EXPECT_EQ(parsed(line).options.id, "") << line;
    }
}

TEST(TaskLine, AnEnvelopeSetsOptionsOfItsTask) {
    auto const task = parsed(
        R"( {"id": "order-17", "priority": "high", "delay": "1m30s", "max_retries": 5, "timeout": 2500, "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "payload": {"a": [1, "}"]}} )");
    EXPECT_EQ(task.payload_text, R"({"a": [1, "}"]})");
    EXPECT_EQ(task.options.id, "order-17");
    EXPECT_EQ(task.options.priority, 1);
    EXPECT_EQ(task.options.delay, Milliseconds{90'000});
    EXPECT_EQ(task.options.max_retries, 5);
    EXPECT_EQ(task.options.traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    EXPECT_EQ(task.options.timeout, Milliseconds{2'500});
}

TEST(TaskLine, WhatAnEnvelopeDoesNotSayComesFromTheDefaults) {
    DispatchOptions const defaults{.priority = -1, .delay = Milliseconds{5}};
    auto const task = parsed(R"({"payload": 1, "delay": "1s"})", false, defaults);
    EXPECT_EQ(task.options.priority, -1);
    EXPECT_EQ(task.options.delay, Milliseconds{1'000});
    EXPECT_EQ(parsed("1", false, defaults).options.priority, -1);
}

TEST(TaskLine, NumbersKeepTheirDigits) {
    EXPECT_EQ(parsed(R"({"payload": 12345678901234567890123})").payload_text, "12345678901234567890123");
    EXPECT_EQ(parsed(R"({"payload": 1.10 , "id": "x"})").payload_text, "1.10");
}

TEST(TaskLine, KeysAreComparedUnescaped) {
    EXPECT_EQ(parsed(R"({"\u0070ayload": 7})").payload_text, "7");
    EXPECT_EQ(parsed(R"({"pay\"load": 7})").payload_text, R"({"pay\"load": 7})");
}

TEST(TaskLine, PlainLinesAreNeverEnvelopes) {
    EXPECT_EQ(parsed(R"({"payload": 1, "id": "x"})", true).payload_text, R"({"payload": 1, "id": "x"})");
}

TEST(TaskLine, UnknownMembersAreRefused) {
    EXPECT_NE(problem(R"({"payload": 1, "prioritty": 2})").find("\"prioritty\" is no field of a task"),
              std::string::npos);
    EXPECT_EQ(problem("{\"payload\": 1, \"\\u001b[31m\": 2}").find('\x1b'), std::string::npos);
}

TEST(TaskLine, WrongMembersAreRefused) {
    EXPECT_EQ(problem(R"({"payload": 1, "id": 5})"), "\"id\" must be a string");
    EXPECT_EQ(problem(R"({"payload": 1, "payload": 2})"), "\"payload\" is given twice");
    EXPECT_EQ(problem(R"({"payload": 1, "max_retries": 1.5})"), "\"max_retries\" must be an integer");
    EXPECT_EQ(problem(R"({"payload": 1, "max_retries": 18446744073709551615})"), "\"max_retries\" must be an integer");
    EXPECT_EQ(problem(R"({"payload": 1, "delay": -1})"), "\"delay\" must be between 0 and 366 days");
    EXPECT_EQ(problem(R"({"payload": 1, "delay": "-1s"})"), "\"delay\": a duration must not be negative");
    EXPECT_EQ(problem(R"({"payload": 1, "delay": 99999999999999})"), "\"delay\" must be between 0 and 366 days");
    EXPECT_EQ(problem(R"({"payload": 1, "delay": {}})"), "\"delay\" must be a duration like \"5s\" or milliseconds");
    EXPECT_NE(problem(R"({"payload": 1, "priority": "urgent"})").find("is no priority"), std::string::npos);
    EXPECT_EQ(problem("{\"payload\": 1, \"id\": \"" + std::string(2'000, 'x') + "\"}"), "\"id\" is too long");
}

TEST(SplitObject, AnswersNothingForBrokenText) {
    for (std::string_view const text :
         {"", "{", "}", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":1,}", "{\"a\":1}x", "{a:1}", "{\"a\":\"}",
          "{\"a\":\"\\", "{\"a\" 1}", "[{\"a\":1}]"}) {
        EXPECT_FALSE(split_object(text)) << text;
    }
}

TEST(SplitObject, AnySingleChangeOfAGoodLineIsHandled) {
    std::string const good = R"({"id":"a","payload":{"x":[1,"\"}"]},"delay":5})";
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (int byte = 0; byte < 256; ++byte) {
            auto line = good;
            line[i] = static_cast<char>(byte);
            (void)parse_task_line(line, false, {});
        }
        (void)parse_task_line(std::string_view(good).substr(0, i), false, {});
    }
}

}  // namespace
}  // namespace leat::cli
