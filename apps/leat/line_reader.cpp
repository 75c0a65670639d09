#include "line_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace leat::cli {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

}  // namespace

LineReader::LineReader(int descriptor, std::size_t line_bytes_max)
    : descriptor_(descriptor), line_bytes_max_(line_bytes_max) {}

// Reads one more piece behind what is there; false at the end.
Result<bool> LineReader::fill() {
    buffer_.erase(0, start_);
    start_ = 0;
    auto const size = buffer_.size();
    buffer_.resize(size + kReadBytes);
    for (;;) {
        auto const got = ::read(descriptor_, buffer_.data() + size, kReadBytes);
        if (got < 0 && errno == EINTR) continue;
        buffer_.resize(size + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got < 0) return fail(ErrorCode::invalid_input, "read", std::strerror(errno));
        return got > 0;
    }
}

bool LineReader::would_wait() const {
    if (at_end_ || buffer_.find('\n', start_ + scanned_) != std::string::npos) return false;
    pollfd readable{.fd = descriptor_, .events = POLLIN, .revents = 0};
    return ::poll(&readable, 1, 0) == 0;
}

Result<std::optional<LineReader::Line>> LineReader::next() {
    bool skipping = false;
    for (;;) {
        auto const end = buffer_.find('\n', start_ + scanned_);
        bool const found = end != std::string::npos;
        if (!found && !at_end_) {
            scanned_ = buffer_.size() - start_;
            if (scanned_ > line_bytes_max_) {  // forget what will not be used
                skipping = true;
                consumed_ += scanned_;
                buffer_.clear();
                start_ = scanned_ = 0;
            }
            auto const more = fill();
            if (!more) return std::unexpected(more.error());
            at_end_ = !*more;
            continue;
        }
        auto const stop = found ? end : buffer_.size();
        if (!found && stop == start_ && !skipping) return std::nullopt;
        auto text = std::string_view(buffer_).substr(start_, stop - start_);
        consumed_ += text.size() + (found ? 1 : 0);
        start_ = found ? stop + 1 : stop;
        scanned_ = 0;
        skipping = skipping || text.size() > line_bytes_max_;
        if (text.ends_with('\r')) text.remove_suffix(1);
        return Line{.text = skipping ? std::string_view() : text, .number = ++number_, .too_long = skipping};
    }
}

}  // namespace leat::cli
