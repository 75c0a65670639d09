// The embedded scripts as the server sees them.
#include <gmock/gmock.h>
#include <openssl/sha.h>

#include <fstream>
#include <iomanip>
#include <iterator>

#include "core/clock.hpp"
#include "scripts.gen.hpp"
#include "store/store_fixture.hpp"

namespace leat::store {
namespace {

std::string sha1_of(std::string_view text) {
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest.data());
    std::ostringstream hex;
    for (auto const byte : digest)
        hex << std::hex << std::setw(2) << std::setfill('0') << static_cast<int>(byte);
    return hex.str();
}

class ScriptsTest : public StoreFixture {};

TEST_F(ScriptsTest, have_the_digest_that_the_server_computes) {
    for (auto const* const script : scripts::kAll) {
        EXPECT_EQ(script->sha1, sha1_of(script->source)) << script->name;
        EXPECT_EQ(ask({"SCRIPT", "LOAD", std::string(script->source)}), script->sha1) << script->name;
    }
}

TEST_F(ScriptsTest, are_loaded_again_when_the_server_forgot_them) {
    add({.id = "t1", .payload = "{}"});
    ask({"SCRIPT", "FLUSH"});
    EXPECT_EQ(dispatch({.id = "t1", .payload = "{}"})->status, DispatchStatus::duplicate);
}

TEST_F(ScriptsTest, write_dates_as_everybody_does) {
    std::ifstream file(LEAT_LUA_FOLDER "/include/iso_time.lua");
    std::string const include{std::istreambuf_iterator<char>(file), {}};
    auto const source = "local now_ms = tonumber(ARGV[1])\n" + include + "return iso_time()";
    for (auto const* const date :
         {"1970-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2000-02-28T12:00:00Z", "2000-02-29T00:00:00Z",
          "2000-03-01T00:00:00Z", "2023-02-28T23:59:59Z", "2023-03-01T00:00:01Z", "2024-02-29T23:59:59Z",
          "2026-01-31T01:02:03Z", "2026-12-31T23:59:59Z", "2100-02-28T00:00:00Z", "2100-03-01T00:00:00Z",
          "2400-02-29T06:07:08Z"}) {
        auto const ms = core::parse_iso8601(date).value() + 999;
        EXPECT_EQ(ask({"EVAL", source, "0", std::to_string(ms)}), date);
    }
}

TEST_F(ScriptsTest, never_trim_a_lane) {
    for (auto const* const script : scripts::kAll)
        EXPECT_EQ(script->source.find("'XTRIM', ready"), std::string_view::npos) << script->name;
}

TEST_F(ScriptsTest, touch_declared_keys_only) {
    // A user who may reach this agent's keys and nothing else: undeclared or computed keys would be refused.
    add({.id = "t1", .payload = "{}"});
    ask({"ACL", "SETUSER", testing::user_as(AclRole::admin), "resetkeys", "~leat:{sentiment}:*", "~leat:agents"});
    EXPECT_EQ(dispatch({.id = "t2", .payload = "{}"})->status, DispatchStatus::created);
    auto const deliveries = fetch("w1");
    ASSERT_EQ(deliveries.size(), 2U);
    EXPECT_EQ(settle("w1", verdict(deliveries[0], SettleVerdict::success, "1")), SettleStatus::settled);
    EXPECT_EQ(settle("w1", verdict(deliveries[1], SettleVerdict::dead, "1")), SettleStatus::settled);
}

TEST_F(ScriptsTest, answer_denied_where_the_user_may_not_write) {
    ask({"ACL", "SETUSER", testing::user_as(AclRole::admin), "resetkeys", "%R~leat:*"});
    EXPECT_EQ(dispatch({.id = "t1", .payload = "{}"}).error().code, ErrorCode::denied);
    ask({"ACL", "SETUSER", testing::user_as(AclRole::admin), "allkeys"});
    EXPECT_EQ(record("t1"), "");
}

}  // namespace
}  // namespace leat::store
