#include "line_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

namespace leat::cli {
namespace {

// A pipe whose reading end is fed with a text.
class Pipe {
  public:
    explicit Pipe(std::string text) {
        if (::pipe(ends_.data()) != 0) throw std::runtime_error("pipe failed");
        writer_ = std::jthread([this, text = std::move(text)] {
            for (std::size_t at = 0; at < text.size();) {
                auto const put = ::write(ends_[1], text.data() + at, text.size() - at);
                if (put <= 0) break;
                at += static_cast<std::size_t>(put);
            }
            ::close(ends_[1]);
        });
    }
    ~Pipe() {
        writer_.join();
        ::close(ends_[0]);
    }
    [[nodiscard]] int descriptor() const { return ends_[0]; }

  private:
    std::array<int, 2> ends_{};
    std::jthread writer_;
};

struct Seen {
    std::string text;
    std::int64_t number;
    bool too_long;
    bool operator==(Seen const&) const = default;
};

std::vector<Seen> all_lines(std::string const& text, std::size_t line_bytes_max = 1'000) {
    Pipe const pipe(text);
    LineReader reader(pipe.descriptor(), line_bytes_max);
    std::vector<Seen> lines;
    for (;;) {
        auto const line = reader.next();
        EXPECT_TRUE(line);
        if (!line || !*line) break;
        lines.push_back({std::string((*line)->text), (*line)->number, (*line)->too_long});
    }
    EXPECT_EQ(reader.bytes_read(), text.size());
    return lines;
}

TEST(LineReader, SplitsAtLineEnds) {
    EXPECT_EQ(all_lines(""), std::vector<Seen>{});
    EXPECT_EQ(all_lines("a"), (std::vector<Seen>{{"a", 1, false}}));
    EXPECT_EQ(all_lines("a\n"), (std::vector<Seen>{{"a", 1, false}}));
    EXPECT_EQ(all_lines("a\r\n\nb"), (std::vector<Seen>{{"a", 1, false}, {"", 2, false}, {"b", 3, false}}));
}

TEST(LineReader, SkipsLinesAboveTheLimit) {
    EXPECT_EQ(all_lines("aaaa\nb\n", 3), (std::vector<Seen>{{"", 1, true}, {"b", 2, false}}));
    EXPECT_EQ(all_lines("aaa\nb", 3), (std::vector<Seen>{{"aaa", 1, false}, {"b", 2, false}}));
}

TEST(LineReader, KeepsLittleOfALineThatNeverEnds) {
    std::string const endless(3'000'000, 'x');
    EXPECT_EQ(all_lines(endless + "\nb\n"), (std::vector<Seen>{{"", 1, true}, {"b", 2, false}}));
    EXPECT_EQ(all_lines("a\n" + endless), (std::vector<Seen>{{"a", 1, false}, {"", 2, true}}));
}

TEST(LineReader, ReadsLinesAcrossPieces) {
    std::string text;
    for (int i = 0; i < 100'000; ++i)
        text += std::to_string(i) + "\n";
    auto const lines = all_lines(text);
    ASSERT_EQ(lines.size(), 100'000U);
    EXPECT_EQ(lines[99'999], (Seen{"99999", 100'000, false}));
}

TEST(LineReader, TellsWhenItWouldWait) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    LineReader reader(ends[0], 100);
    EXPECT_TRUE(reader.would_wait());
    ASSERT_EQ(::write(ends[1], "a\nb\n", 4), 4);
    EXPECT_FALSE(reader.would_wait());
    EXPECT_TRUE(reader.next());
    EXPECT_FALSE(reader.would_wait());
    EXPECT_TRUE(reader.next());
    EXPECT_TRUE(reader.would_wait());
    ::close(ends[1]);
    EXPECT_FALSE(reader.would_wait());
    auto const end = reader.next();
    EXPECT_TRUE(end && !*end);
    ::close(ends[0]);
}

TEST(LineReader, ReportsAFailingRead) {
    LineReader reader(-1, 100);
    EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace leat::cli
