#pragma once
// Lines of a file or pipe, with bounded memory.
#include <cstddef>
#include <cstdint>
#include <optional>
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

    // Reads from `descriptor`, which stays open. Lines above `line_bytes_max` are skipped and reported as such.
    LineReader(int descriptor, std::size_t line_bytes_max);

    // The next line; nothing at the end. A last line without an end counts. Errors: failure of read(2) as
    // `unavailable`.
    [[nodiscard]] Result<std::optional<Line>> next();

    // True while next() would have to wait for whoever writes.
    [[nodiscard]] bool would_wait() const;

    // Bytes of all lines answered so far.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return consumed_; }

  private:
    [[nodiscard]] Result<bool> fill();

    int descriptor_;
    std::size_t line_bytes_max_;
    std::string buffer_;
    std::size_t start_ = 0;    // of the next line in buffer_
    std::size_t scanned_ = 0;  // bytes behind start_ known to hold no line end
    std::int64_t number_ = 0;
    std::uint64_t consumed_ = 0;
    bool at_end_ = false;
};

}  // namespace leat::cli
