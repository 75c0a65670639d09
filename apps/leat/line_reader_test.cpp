#include "line_reader.hpp"

#include <fcntl.h>
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
        auto const next = reader.next();
        EXPECT_TRUE(next);
        if (!next || next->state == LineReader::State::end) break;
        if (next->state == LineReader::State::line) {
            lines.push_back({std::string(next->line.text), next->line.number, next->line.too_long});
        }
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

TEST(LineReader, NeverWaitsForAnUnfinishedLine) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    LineReader reader(ends[0], 100);
    auto const state = [&reader] {
        auto const next = reader.next();
        return next ? next->state : LineReader::State::end;
    };
    EXPECT_EQ(state(), LineReader::State::wait);
    ASSERT_EQ(::write(ends[1], "a\nb", 3), 3);
    EXPECT_EQ(state(), LineReader::State::line);
    EXPECT_EQ(state(), LineReader::State::wait);
    ASSERT_EQ(::write(ends[1], "c\n", 2), 2);
    auto const next = reader.next();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->line.text, "bc");
    ::close(ends[1]);
    EXPECT_EQ(state(), LineReader::State::end);
    ::close(ends[0]);
}

TEST(LineReader, ReportsAFailingRead) {
    auto const folder = ::open("/", O_RDONLY);
    LineReader reader(folder, 100);
    EXPECT_FALSE(reader.next());
    ::close(folder);
}

}  // namespace
}  // namespace leat::cli
