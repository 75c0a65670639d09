#include "store/rights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "redis/resp_parser.hpp"

namespace leat::store {
namespace {

TEST(Rights, TheTableHasEveryCommandOfTheScripts) {
    std::set<std::string_view> known;
    for (int i = 0; i < kRoles; ++i) {
        for (auto const command : commands_of(static_cast<Role>(i)))
            known.insert(command);
    }
    std::set<std::string> called;
    static std::regex const call("call\\('([A-Z]+)'(, '([A-Z]+)')?");
    for (auto const& file : std::filesystem::recursive_directory_iterator(LEAT_LUA_FOLDER)) {
        if (file.path().extension() != ".lua") continue;
        std::ifstream stream(file.path());
        std::string const text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
        for (std::sregex_iterator match(text.begin(), text.end(), call), end; match != end; ++match) {
            auto const container = (*match)[1] == "XGROUP" || (*match)[1] == "XINFO";
            called.insert(container ? (*match)[1].str() + " " + (*match)[3].str() : (*match)[1].str());
        }
    }
    EXPECT_GT(called.size(), 20U);
    for (auto const& command : called) {
        EXPECT_THAT(known, ::testing::Contains(command))
            << "add it to kProbes in rights.cpp, for the roles that need it";
    }
}

TEST(Rights, TheManualListsThem) {
    std::ifstream stream(LEAT_SOURCE_DIR "/docs/operating.md");
    std::string const manual{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    for (int i = 0; i < kRoles; ++i) {
        auto const role = static_cast<Role>(i);
        auto const line = "| " + std::string(to_string(role)) + " | `" + acl_of(role) + "` |";
        EXPECT_THAT(manual, ::testing::HasSubstr(line));
    }
}

Access access_of(std::string_view wire) {
    redis::RespParser parser;
    parser.feed(wire);
    auto const reply = parser.next();
    return access_of_reply((*reply)->root());
}

TEST(Rights, AreToldByTheServersRefusals) {
    EXPECT_EQ(access_of("+QUEUED\r\n"), Access::allowed);
    EXPECT_EQ(access_of("-NOPERM this user has no permissions to run the 'set' command\r\n"), Access::no_command);
    EXPECT_EQ(access_of("-NOPERM this user has no permissions to access one of the keys used as arguments\r\n"),
              Access::no_key);
    EXPECT_EQ(access_of("-NOPERM this user has no permissions to access one of the channels used as arguments\r\n"),
              Access::no_channel);
    EXPECT_EQ(access_of("-ERR unknown command 'EVALSHA'\r\n"), Access::not_on_server);
    EXPECT_EQ(access_of("-OOM command not allowed when used memory > 'maxmemory'.\r\n"), Access::allowed);
    EXPECT_EQ(access_of("-READONLY You can't write against a read only replica.\r\n"), Access::allowed);
}

TEST(Rights, EveryRoleHasAName) {
    std::set<std::string_view> names;
    for (int i = 0; i < kRoles; ++i)
        names.insert(to_string(static_cast<Role>(i)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kRoles));
}

}  // namespace
}  // namespace leat::store
