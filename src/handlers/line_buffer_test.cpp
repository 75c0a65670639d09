#include "handlers/line_buffer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace leat::handlers {
namespace {

using Lines = std::vector<std::pair<std::string, bool>>;

Lines feed(LineBuffer& buffer, std::string_view bytes) {
    Lines lines;
    buffer.append(bytes, [&](Line line) { lines.emplace_back(line.text, line.cut); });
    return lines;
}

TEST(LineBufferTest, SplitsAtNewlines) {
    LineBuffer buffer(10);
    EXPECT_EQ(feed(buffer, "a\nbb\r\n\nccc"), (Lines{{"a", false}, {"bb", false}, {"", false}}));
    EXPECT_TRUE(buffer.unfinished());
    EXPECT_EQ(feed(buffer, "c\n"), (Lines{{"cccc", false}}));
    EXPECT_FALSE(buffer.unfinished());
}

TEST(LineBufferTest, ALineOfTheLimitPasses) {
    LineBuffer buffer(4);
    EXPECT_EQ(feed(buffer, "abcd\n"), (Lines{{"abcd", false}}));
}

TEST(LineBufferTest, ALongerLineIsCutOnceAndItsRestSkipped) {
    LineBuffer buffer(4);
    EXPECT_EQ(feed(buffer, "abcdef"), (Lines{{"abcd", true}}));
    EXPECT_TRUE(buffer.unfinished());
    EXPECT_EQ(feed(buffer, std::string(1000, 'x')), Lines{});
    EXPECT_EQ(feed(buffer, "end\nnext\n"), (Lines{{"next", false}}));
}

TEST(LineBufferTest, ByteByByteIsTheSame) {
    LineBuffer buffer(4);
    Lines lines;
    for (char const c : std::string("ab\nabcde\n\ncd\r\n")) {
        for (auto& line : feed(buffer, std::string_view(&c, 1)))
            lines.push_back(std::move(line));
    }
    EXPECT_EQ(lines, (Lines{{"ab", false}, {"abcd", true}, {"", false}, {"cd", false}}));
}

}  // namespace
}  // namespace leat::handlers
