#include "store/rights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "redis/resp_parser.hpp"

namespace leat::store {
namespace {

// What every connection has used before it can ask.
std::set<std::string> const kNotAskedFor{"client|setname", "discard", "hello",      "multi",
                                         "ping",           "select",  "unsubscribe"};

TEST(Rights, EveryCommandOfARoleIsAskedForAndNoOther) {
    std::set<std::string> needed;
    for (auto const role : kAclRoleList)
        needed.merge(acl_commands(role, "8.0"));
    for (auto const& command : kNotAskedFor)
        EXPECT_EQ(needed.erase(command), 1U) << command;
    EXPECT_EQ(probed_commands(), needed) << "kProbes in rights.cpp and the roles of acl.cpp differ";
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

}  // namespace
}  // namespace leat::store
