#include "runtime/adoption.hpp"

#include <gtest/gtest.h>

namespace leat::runtime {
namespace {

store::FrontEntry entry(std::vector<std::pair<std::string, std::string>> fields) {
    return {"17-3", std::move(fields)};
}

TEST(Adoption, OnlyAgentAndPayloadAreRequired) {
    auto const task = front_task_of(entry({{"agent_type", "a"}, {"payload", "{\"n\":1}"}}));
    ASSERT_TRUE(task) << task.error();
    EXPECT_EQ(task->agent, "a");
    EXPECT_EQ(task->item.id, "front-17-3") << "derived from the entry: a second look makes no second task";
    EXPECT_EQ(task->item.max_retries, std::nullopt) << "the agent's";
    EXPECT_EQ(task->item.lane, Lane::normal);
}

TEST(Adoption, TheArticlesFieldsAreUnderstood) {
    auto const task = front_task_of(entry({{"task_id", "t"},
                                           {"agent_type", "a"},
                                           {"payload", "{}"},
                                           {"priority", "2"},
                                           {"created_at", "2026-01-01T00:00:00"},
                                           {"retry_count", "0"},
                                           {"max_retries", "5"},
                                           {"extra", "ignored"}}));
    ASSERT_TRUE(task) << task.error();
    EXPECT_EQ(task->item.id, "t");
    EXPECT_EQ(task->item.priority, 2);
    EXPECT_EQ(task->item.lane, Lane::critical);
    EXPECT_EQ(task->item.max_retries, 5);
}

TEST(Adoption, WhatCannotBeReadSaysWhy) {
    auto const why = [](std::vector<std::pair<std::string, std::string>> fields) {
        auto const task = front_task_of(entry(std::move(fields)));
        return task ? std::string("accepted") : task.error();
    };
    EXPECT_NE(why({{"payload", "{}"}}).find("agent_type"), std::string::npos);
    EXPECT_NE(why({{"agent_type", "a"}}).find("payload"), std::string::npos);
    EXPECT_NE(why({{"agent_type", "a b"}, {"payload", "{}"}}).find("agent_type"), std::string::npos);
    EXPECT_NE(why({{"agent_type", "a"}, {"payload", "{oops"}}).find("JSON"), std::string::npos);
    EXPECT_NE(why({{"agent_type", "a"}, {"payload", std::string("1\0{", 3)}}).find("JSON"), std::string::npos);
    auto const deep = std::string(65, '[') + std::string(65, ']');
    EXPECT_NE(why({{"agent_type", "a"}, {"payload", deep}}).find("deeper than 64"), std::string::npos);
    EXPECT_NE(why({{"agent_type", "a"}, {"payload", "\"\xff\""}}).find("UTF-8"), std::string::npos);
    EXPECT_NE(why({{"agent_type", "a"}, {"payload", "{}"}, {"priority", "urgent"}}).find("priority"),
              std::string::npos);
    EXPECT_NE(why({{"agent_type", "a"}, {"payload", "{}"}, {"task_id", std::string(200, 'x')}}).find("task_id"),
              std::string::npos);
}

TEST(Adoption, AbsurdRetriesAreBounded) {
    auto const task = front_task_of(entry({{"agent_type", "a"}, {"payload", "{}"}, {"max_retries", "999999999"}}));
    ASSERT_TRUE(task);
    EXPECT_EQ(task->item.max_retries, Limits::max_retries_max);
}

TEST(Adoption, AMessageWithoutIdIsNamedAfterItsEntry) {
    tasks::Message message;
    message.foreign = true;
    message.payload = "[]";
    auto const item = dispatch_item_of(message, "a", "5-1");
    ASSERT_TRUE(item) << item.error();
    EXPECT_EQ(item->id, "entry-5-1");
    EXPECT_EQ(item->max_retries, std::nullopt) << "the agent's";
    message.names_max_retries = true;
    message.max_retries = 5;
    EXPECT_EQ(dispatch_item_of(message, "a", "5-1")->max_retries, 5);
    message.agent = "no good name";
    EXPECT_FALSE(dispatch_item_of(message, "a", "5-1"));
}

}  // namespace
}  // namespace leat::runtime
