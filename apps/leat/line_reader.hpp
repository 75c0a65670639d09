#pragma once
// Lines of a file or pipe, with bounded memory and without blocking.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "leat/error.hpp"

namespace leat::cli {

class LineReader {
  public:
    struct Line {
        std::string_view text;    // without its end; valid until the next call. Empty where `too_long`.
        std::int64_t number = 0;  // from 1
        bool too_long = false;    // longer than the limit: skipped
    };

    enum class State : std::uint8_t {
        line,
        end,   // of the file
        wait,  // whoever writes has not finished the next line yet; ask again later
    };
    struct Next {
        State state = State::end;
        Line line{};  // of State::line
    };

    // Reads from `descriptor`, which stays open. Lines above `line_bytes_max` are skipped and reported as such.
    LineReader(int descriptor, std::size_t line_bytes_max);

    // The next line; a last line without an end counts. Never blocks. Errors: failure of read(2) as `invalid_input`.
    [[nodiscard]] Result<Next> next();

    // Bytes of all lines answered so far.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return consumed_; }

  private:
    [[nodiscard]] bool readable() const;
    [[nodiscard]] Result<bool> fill();

    int descriptor_;
    std::size_t line_bytes_max_;
    std::string buffer_;
    std::size_t start_ = 0;    // of the next line in buffer_
    std::size_t scanned_ = 0;  // bytes behind start_ known to hold no line end
    std::int64_t number_ = 0;
    std::uint64_t consumed_ = 0;
    bool at_end_ = false;
    bool skipping_ = false;  // in a line that is too long
};

}  // namespace leat::cli
