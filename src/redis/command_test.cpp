#include "redis/command.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace leat::redis {
namespace {

std::string wire(Command const& command) {
    std::string text;
    command.append_to(text);
    return text;
}

TEST(Command, IsAnArrayOfBulkStrings) {
    EXPECT_EQ(wire(Command("PING")), "*1\r\n$4\r\nPING\r\n");
    EXPECT_EQ(wire(Command("SET").arg("key").arg("")), "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n");
}

TEST(Command, ArgumentsMayHoldAnyBytes) {
    std::string_view const bytes("a\r\n\0b", 5);
    EXPECT_EQ(wire(Command("X").arg(bytes)), "*2\r\n$1\r\nX\r\n$5\r\n" + std::string(bytes) + "\r\n");
}

TEST(Command, IntegersAreDecimal) {
    Command command("X");
    command.args(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::uint64_t>::max(), 0);
    EXPECT_EQ(wire(command),
              "*4\r\n$1\r\nX\r\n$20\r\n-9223372036854775808\r\n$20\r\n18446744073709551615\r\n$1\r\n0\r\n");
}

TEST(Command, AppendsBehindOthers) {
    std::string text;
    Command("A").append_to(text);
    Command("B").append_to(text);
    EXPECT_EQ(text, "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n");
}

TEST(Command, KnowsItsNameAndSize) {
    auto const command = Command("SUBSCRIBE").arg("channel");
    EXPECT_EQ(command.name(), "SUBSCRIBE");
    EXPECT_EQ(command.word_count(), 2U);
    EXPECT_EQ(command.size_bytes(), wire(command).size() - std::string_view("*2\r\n").size());
}

}  // namespace
}  // namespace leat::redis
