#include "redis/sentinel_reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis/resp_parser.hpp"

namespace leat::redis {
namespace {

using ::testing::HasSubstr;

Result<Address> read(std::string_view wire) {
    RespParser parser;
    auto const space = parser.prepare();
    wire.copy(space.data(), space.size());
    parser.commit(wire.size());
    auto const reply = parser.next();
    return read_master_address("mymaster", reply.value()->root());
}

TEST(SentinelReply, AsksByName) {
    std::string wire;
    master_question("mymaster").append_to(wire);
    EXPECT_EQ(wire, "*3\r\n$8\r\nSENTINEL\r\n$23\r\nget-master-addr-by-name\r\n$8\r\nmymaster\r\n");
}

TEST(SentinelReply, ReadsAnAddress) {
    EXPECT_EQ(read("*2\r\n$9\r\n127.0.0.1\r\n$4\r\n6379\r\n"), (Address{"127.0.0.1", 6379}));
    EXPECT_EQ(read("*2\r\n$3\r\n::1\r\n$5\r\n65535\r\n"), (Address{"::1", 65535}));
}

TEST(SentinelReply, AnUnknownMasterIsAMistakeInTheUrl) {
    for (auto const* const nothing : {"_\r\n", "*-1\r\n"}) {
        auto const answer = read(nothing);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, ErrorCode::invalid_input);
        EXPECT_THAT(answer.error().detail, HasSubstr("\"mymaster\""));
    }
}

TEST(SentinelReply, AnOrdinaryServerIsTold) {
    auto const answer =
        read("-ERR unknown command 'SENTINEL', with args beginning with: 'get-master-addr-by-name' \r\n");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unsupported);
    EXPECT_THAT(answer.error().detail, HasSubstr("no sentinel"));
    EXPECT_EQ(read("-NOAUTH Authentication required.\r\n").error().code, ErrorCode::denied);
}

TEST(SentinelReply, RubbishIsRefused) {
    for (auto const* const rubbish :
         {"+OK\r\n", ":1\r\n", "*1\r\n$1\r\nh\r\n", "*2\r\n$1\r\nh\r\n$1\r\n0\r\n", "*2\r\n$1\r\nh\r\n$5\r\n65536\r\n",
          "*2\r\n$0\r\n\r\n$1\r\n1\r\n", "*2\r\n$1\r\nh\r\n$2\r\n1x\r\n", "*2\r\n*0\r\n$1\r\n1\r\n"}) {
        EXPECT_EQ(read(rubbish).error().code, ErrorCode::corrupt) << rubbish;
    }
}

}  // namespace
}  // namespace leat::redis
