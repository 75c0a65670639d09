#include "redis/error_class.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace leat::redis {
namespace {

void expect(std::vector<std::string_view> const& replies, ErrorClass error_class, ErrorCode code) {
    for (auto const reply : replies) {
        EXPECT_EQ(classify(reply), error_class) << reply;
        EXPECT_EQ(error_of_reply("op", reply).code, code) << reply;
    }
}

TEST(ErrorClass, RetryNow) {
    expect({"LOADING Redis is loading the dataset in memory", "BUSY Redis is busy running a script.",
            "TRYAGAIN Multiple keys request during rehashing of slot", "CLUSTERDOWN The cluster is down",
            "MASTERDOWN Link with MASTER is down", "ERR max number of clients reached"},
           ErrorClass::retry_now, ErrorCode::unavailable);
}

TEST(ErrorClass, ReRoute) {
    expect({"MOVED 3999 127.0.0.1:6381", "ASK 3999 127.0.0.1:6381",
            "READONLY You can't write against a read only replica.", "UNBLOCKED force unblock from blocking operation"},
           ErrorClass::re_route, ErrorCode::unavailable);
}

TEST(ErrorClass, SelfHeal) {
    expect({"NOSCRIPT No matching script.", "NOGROUP No such key 'x' or consumer group 'y'"}, ErrorClass::self_heal,
           ErrorCode::unavailable);
}

TEST(ErrorClass, StopIntake) {
    expect({"OOM command not allowed when used memory > 'maxmemory'.",
            "MISCONF Redis is configured to save RDB snapshots", "NOREPLICAS Not enough good replicas to write."},
           ErrorClass::stop_intake, ErrorCode::overloaded);
}

TEST(ErrorClass, Fatal) {
    expect(
        {"NOAUTH Authentication required.", "WRONGPASS invalid username-password pair or user is disabled.",
         "NOPERM this user has no permissions to run the 'get' command", "DENIED Redis is running in protected mode"},
        ErrorClass::fatal, ErrorCode::denied);
    expect({"WRONGTYPE Operation against a key holding the wrong kind of value"}, ErrorClass::fatal,
           ErrorCode::corrupt);
    expect({"NOPROTO unsupported protocol version"}, ErrorClass::fatal, ErrorCode::unsupported);
}

TEST(ErrorClass, Other) {
    expect({"ERR unknown command 'XAUTOCLAIM'", "ERR unknown subcommand 'NO-TOUCH'"}, ErrorClass::other,
           ErrorCode::unsupported);
    expect({"ERR syntax error", "BUSYGROUP Consumer Group name already exists", "", " OOM", "oom", "OOMX x"},
           ErrorClass::other, ErrorCode::internal);
}

TEST(ErrorClass, OneWordIsEnough) {
    EXPECT_EQ(classify("OOM"), ErrorClass::stop_intake);
}

TEST(ErrorOfReply, TextIsEscapedAndCut) {
    auto const error = error_of_reply("fetch", "ERR a\r\n\x1b[31mb" + std::string(2'000, 'x'));
    EXPECT_EQ(error.operation, "fetch");
    EXPECT_EQ(error.detail.find('\n'), std::string::npos);
    EXPECT_EQ(error.detail.find('\x1b'), std::string::npos);
    EXPECT_LE(error.detail.size(), 512U);
    EXPECT_GT(error.detail.size(), 500U);
}

TEST(ErrorOfReply, DoesNotRepeatArguments) {
    auto const error = error_of_reply("x", "ERR unknown command 'AUTH', with args beginning with: 'secret' ");
    EXPECT_EQ(error.detail, "ERR unknown command 'AUTH'");
}

}  // namespace
}  // namespace leat::redis
