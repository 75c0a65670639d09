#include "http/redaction.hpp"

#include <gtest/gtest.h>

namespace leat::http {
namespace {

class RedactionTest : public ::testing::Test {
  protected:
    Redaction redaction_{default_redaction_rules()};
};

TEST_F(RedactionTest, TakesNamesByTheirLastWords) {
    for (auto const* const name :
         {"password", "Password", "db_password", "dbPassword", "token", "access_token", "accessToken", "x-api-key",
          "apiKey", "APIKEY", "api.key", "Authorization", "client_secret"})
        EXPECT_TRUE(redaction_.takes(name)) << name;
    for (auto const* const name : {"", "max_tokens", "tokens", "passwords_seen", "tokenizer", "key", "secretary", "_"})
        EXPECT_FALSE(redaction_.takes(name)) << name;
}

TEST_F(RedactionTest, ReplacesValuesAtAnyDepth) {
    auto value = json::parse(R"({"a":[{"token":{"x":1}},{"max_tokens":5}],"password":null,"b":"token"})");
    redaction_.apply(value);
    EXPECT_EQ(value.dump(), R"({"a":[{"token":"[redacted]"},{"max_tokens":5}],"b":"token","password":"[redacted]"})");
    EXPECT_TRUE(redaction_.holds_redacted(value));
    EXPECT_FALSE(redaction_.holds_redacted(json::parse(R"({"note":"[redacted]","list":[1]})")));
}

TEST_F(RedactionTest, TouchesNothingOfAnAnswerButWhatUsersStored) {
    auto answer = json::parse(R"({"tasks":[{"id":"token","payload":{"token":"x"},"result":{"n":1}}],"token":"ours"})");
    redaction_.apply_to_answer(answer);
    EXPECT_EQ(answer.dump(),
              R"({"tasks":[{"id":"token","payload":{"token":"[redacted]"},"result":{"n":1}}],"token":"ours"})");
}

TEST_F(RedactionTest, HidesTextsThatNameASecret) {
    auto answer =
        json::parse(R"([{"payload_text":"{\"api_key\":\"x"},{"result_text":"{\"a\":1"},{"payload_text":null}])");
    redaction_.apply_to_answer(answer);
    EXPECT_EQ(answer.dump(), R"([{"payload_text":"[redacted]"},{"result_text":"{\"a\":1"},{"payload_text":null}])");
}

TEST(RedactionRules, MayBeAnyNames) {
    Redaction const none(std::vector<std::string>{});
    EXPECT_FALSE(none.takes("password"));
    Redaction const own(std::vector<std::string>{"card number", "iban", "--"});
    EXPECT_TRUE(own.takes("cardNumber"));
    EXPECT_TRUE(own.takes("customer_iban"));
    EXPECT_FALSE(own.takes("number"));
}

TEST(Redaction, FindsSecretsInLines) {
    Redaction const redaction(default_redaction_rules());
    for (auto const* const line :
         {R"(got {"api_key": "x"})", "got {'apiKey': 'x'}", "api_key=x", "GET /?a=1&access_token=x", "password = x",
          "Authorization: Bearer x", R"(escaped \"secret\": 1)", "DB_PASSWORD=x"})
        EXPECT_TRUE(redaction.names_secret(line)) << line;
    for (auto const* const line : {"", "=", ": x", "max_tokens=512", "the password is wrong", "step 1: tokenize",
                                   "12:30:01 started", "tokens: 5", "https://example.org/?q=token"})
        EXPECT_FALSE(redaction.names_secret(line)) << line;
    EXPECT_FALSE(Redaction(std::vector<std::string>{}).names_secret("password=x"));
}

}  // namespace
}  // namespace leat::http
