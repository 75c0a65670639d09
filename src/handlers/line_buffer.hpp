#pragma once
// Splits a stream of bytes into lines without ever holding more than one line and its limit.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace leat::handlers {

struct Line {
    std::string_view text;  // without the line end; valid during the call
    bool cut = false;       // longer than the limit: `text` is its beginning, the rest is skipped
};

class LineBuffer {
  public:
    explicit LineBuffer(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

    // Calls `on_line(Line)` for each line that ends in `bytes`, and at once for a line that outgrows the limit.
    template <class OnLine>
    void append(std::string_view bytes, OnLine&& on_line) {
        while (!bytes.empty()) {
            auto const end = bytes.find('\n');
            take(bytes.substr(0, end), on_line);
            if (end == std::string_view::npos) return;
            finish(on_line);
            bytes.remove_prefix(end + 1);
        }
    }

    // Whether a line was begun and not ended.
    [[nodiscard]] bool unfinished() const noexcept { return skipping_ || !pending_.empty(); }

  private:
    template <class OnLine>
    void take(std::string_view part, OnLine& on_line) {
        if (skipping_) return;
        auto const room = line_bytes_max_ - pending_.size();
        pending_.append(part.substr(0, room));
        if (part.size() <= room) return;
        on_line(Line{pending_, true});
        pending_.clear();
        skipping_ = true;
    }

    template <class OnLine>
    void finish(OnLine& on_line) {
        if (!skipping_) {
            std::string_view text = pending_;
            if (text.ends_with('\r')) text.remove_suffix(1);
            on_line(Line{text, false});
        }
        pending_.clear();
        skipping_ = false;
    }

    std::size_t line_bytes_max_;
    std::string pending_;
    bool skipping_ = false;
};

}  // namespace leat::handlers
