#include "http/json_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leat/json.hpp"

namespace leat::http {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> texts_of(std::string_view text) {
    std::vector<std::string> texts;
    if (auto const members = json_members(text)) {
        for (auto const& member : *members)
            texts.push_back(member.name + "=" + std::string(member.text));
    } else {
        texts.emplace_back("none");
    }
    return texts;
}

TEST(JsonText, MembersKeepTheirTexts) {
    EXPECT_THAT(texts_of(" { } "), ElementsAre());
    EXPECT_THAT(texts_of(R"({"b":1, "a" : {"z":[1, 2 ],"y":"}]\""} ,"c":"x\\"})"),
                ElementsAre("b=1", R"(a={"z":[1, 2 ],"y":"}]\""})", R"(c="x\\")"));
    EXPECT_THAT(texts_of(R"({"n":123456789012345678901234567890.50e+3,"t":true,"e":[]})"),
                ElementsAre("n=123456789012345678901234567890.50e+3", "t=true", "e=[]"));
    EXPECT_THAT(texts_of(R"({"pay\u006coad":null})"), ElementsAre("payload=null"));
    EXPECT_THAT(texts_of(R"({"a":1,"a":2})"), ElementsAre("a=1", "a=2")) << "whoever reads it decides";
}

TEST(JsonText, ItemsKeepTheirTexts) {
    EXPECT_THAT(*json_items("[]"), ElementsAre());
    EXPECT_THAT(*json_items(R"([1,"a,b", {"c":[2]} ])"), ElementsAre("1", R"("a,b")", R"({"c":[2]})"));
    for (auto const* const text : {"", "[", "[1", "[1,]", "[,1]", "[1 2]", "[]]", "{}", "[\"a]", "[[1]"})
        EXPECT_FALSE(json_items(text)) << text;
}

TEST(JsonText, WhatIsNoObjectHasNoMembers) {
    for (auto const* const text :
         {"", " ", "[]", "1", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":1,}", "{,}", "{a:1}", "{\"a\":1}x",
          "{\"a\":1}{}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\":[1}", "{\"a\":\"x}", "{\"a\":\"x\\", "{\"\xff\":1}"})
        EXPECT_THAT(texts_of(text), ElementsAre("none")) << text;
}

// What a real parser takes is taken apart into texts that it takes, too.
TEST(JsonText, AgreesWithTheParser) {
    for (auto const* const text : {R"({"a":1})", R"({"a":{"b":[{"c":"\"]}"}]},"d":-1.5e-7})",
                                   R"({"\"":"\\\"","é":"\ud83d\ude00"})", "{\"a\"\t:\n[ 1 ,\r2 ] }"}) {
        auto const whole = json::parse(text);
        auto const members = json_members(text);
        ASSERT_TRUE(members) << text;
        ASSERT_EQ(members->size(), whole.size()) << text;
        for (auto const& member : *members)
            EXPECT_EQ(json::parse(member.text), whole.at(member.name)) << text;
    }
}

// Neither depth nor length is a danger: nothing recurses.
TEST(JsonText, DeepTextIsTakenApart) {
    auto const deep = "{\"a\":" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}";
    EXPECT_EQ(json_members(deep)->size(), 1U);
}

}  // namespace
}  // namespace leat::http
