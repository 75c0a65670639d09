#include "redis/info.hpp"

#include <gtest/gtest.h>

namespace leat::redis {
namespace {

TEST(Info, FindsAFieldByItsWholeName) {
    constexpr std::string_view kInfo =
        "# Server\r\nredis_version:7.0.15\r\nrole_of_old:slave\r\nrole:master\r\nempty:\r\n";
    EXPECT_EQ(info_field(kInfo, "redis_version"), "7.0.15");
    EXPECT_EQ(info_field(kInfo, "role"), "master");
    EXPECT_EQ(info_field(kInfo, "version"), "");
    EXPECT_EQ(info_field(kInfo, "empty"), "");
    EXPECT_EQ(info_field("", "role"), "");
    EXPECT_EQ(info_field("role:master", "role"), "master");
}

TEST(Info, ANumberIsWhatTheTextBeginsWith) {
    EXPECT_EQ(info_number("17"), 17);
    EXPECT_EQ(info_number("-3"), -3);
    EXPECT_EQ(info_number("12%"), 12);
    EXPECT_EQ(info_number("many"), 0);
    EXPECT_EQ(info_number(""), 0);
}

}  // namespace
}  // namespace leat::redis
