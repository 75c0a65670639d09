#include "line_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

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

bool LineReader::readable() const {
    pollfd input{.fd = descriptor_, .events = POLLIN, .revents = 0};
    return ::poll(&input, 1, 0) != 0;
}

Result<LineReader::Next> LineReader::next() {
    auto end = buffer_.find('\n', start_ + scanned_);
    while (end == std::string::npos && !at_end_) {
        scanned_ = buffer_.size() - start_;
        if (scanned_ > line_bytes_max_) {  // forget what will not be used
            skipping_ = true;
            consumed_ += scanned_;
            buffer_.clear();
            start_ = scanned_ = 0;
        }
        if (!readable()) return Next{.state = State::wait};
        auto const more = fill();
        if (!more) return std::unexpected(more.error());
        at_end_ = !*more;
        end = buffer_.find('\n', start_ + scanned_);
    }
    bool const has_end = end != std::string::npos;
    auto const stop = has_end ? end : buffer_.size();
    if (!has_end && stop == start_ && !skipping_) return Next{.state = State::end};
    auto text = std::string_view(buffer_).substr(start_, stop - start_);
    consumed_ += text.size() + (has_end ? 1 : 0);
    start_ = has_end ? stop + 1 : stop;
    scanned_ = 0;
    bool const too_long = std::exchange(skipping_, false) || text.size() > line_bytes_max_;
    if (text.ends_with('\r')) text.remove_suffix(1);
    return Next{.state = State::line,
                .line = {.text = too_long ? std::string_view() : text, .number = ++number_, .too_long = too_long}};
}

}  // namespace leat::cli
