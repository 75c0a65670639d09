#include "http_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace leat::cli {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

http::AuditRecord pause_record() {
    http::AuditRecord record;
    record.action = "pauseAgent";
    record.role = "operator";
    record.peer = "127.0.0.1";
    record.agent = "sentiment";
    record.status = 200;
    return record;
}

TEST(AuditLine, HoldsWhatIsThere) {
    EXPECT_EQ(audit_text(pause_record()),
              "audit action=pauseAgent role=operator peer=127.0.0.1 agent=sentiment status=200");
    EXPECT_EQ(json::parse(audit_json(pause_record())),
              json::parse(R"({"event":"audit","action":"pauseAgent","role":"operator","peer":"127.0.0.1",)"
                          R"("agent":"sentiment","status":200})"));
}

TEST(AuditLine, TellsHowManyDispatchesItIs) {
    http::AuditRecord record;
    record.action = "dispatchTask";
    record.count = 17;
    record.status = 201;
    EXPECT_EQ(audit_text(record), "audit action=dispatchTask count=17 status=201");
    EXPECT_EQ(json::parse(audit_json(record))["count"], 17);
}

// What a caller sent ends neither the line nor the field, and colours no terminal.
TEST(AuditLine, CannotBeForged) {
    auto record = pause_record();
    constexpr std::string_view kHostile = "\" status=200\naudit action=purgeDead \x1B[31m\\\xE2\x80\xAE\xFF\"";
    record.detail = kHostile;
    auto const text = audit_text(record);
    EXPECT_THAT(text, AllOf(Not(HasSubstr("\n")), Not(HasSubstr("\x1B")), Not(HasSubstr("\xE2\x80\xAE")),
                            EndsWith("\" status=200")));
    std::size_t bare_quotes = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            ++bare_quotes;
        }
    }
    EXPECT_EQ(bare_quotes, 2U) << text;

    auto const object = json::parse(audit_json(record), nullptr, false);
    ASSERT_TRUE(object.is_object());
    EXPECT_THAT(object["detail"].get<std::string>(), HasSubstr("\" status=200\naudit"));
    EXPECT_EQ(object["status"], 200);
    EXPECT_THAT(audit_json(record), Not(HasSubstr("\n")));
}

TEST(AuditLine, IsCut) {
    auto record = pause_record();
    std::string const detail(100'000, 'x');
    record.detail = detail;
    EXPECT_LT(audit_text(record).size(), 2'000U);
    EXPECT_LT(audit_json(record).size(), 2'000U);
}

}  // namespace
}  // namespace leat::cli
