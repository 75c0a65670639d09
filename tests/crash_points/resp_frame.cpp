#include "crash_points/resp_frame.hpp"

#include <charconv>
#include <stdexcept>

namespace leat::crash_points {
namespace {

constexpr std::string_view kEndOfLine = "\r\n";

// The number in the line at `at`, and where the next line begins.
struct Line {
    std::int64_t number = 0;
    std::size_t next = 0;
};

std::optional<Line> line_at(std::string_view bytes, std::size_t at) {
    auto const end = bytes.find(kEndOfLine, at);
    if (end == std::string_view::npos) return std::nullopt;
    Line line{.next = end + kEndOfLine.size()};
    std::from_chars(bytes.data() + at, bytes.data() + end, line.number);
    return line;
}

std::optional<std::size_t> end_of_value(std::string_view bytes, std::size_t at) {
    if (at >= bytes.size()) return std::nullopt;
    auto const type = bytes[at];
    auto const line = line_at(bytes, at + 1);
    if (!line) return std::nullopt;
    std::int64_t children = 0;
    switch (type) {
        case '+':
        case '-':
        case ':':
        case '_':
        case ',':
        case '#':
        case '(':
            return line->next;
        case '$':
        case '=':
        case '!': {
            if (line->number < 0) return line->next;
            auto const end = line->next + static_cast<std::size_t>(line->number) + kEndOfLine.size();
            return end <= bytes.size() ? std::optional(end) : std::nullopt;
        }
        case '*':
        case '~':
        case '>':
            children = line->number;
            break;
        case '%':
            children = 2 * line->number;
            break;
        default:
            throw std::runtime_error("no RESP value begins with " + std::string(1, type));
    }
    auto end = line->next;
    for (std::int64_t i = 0; i < children; ++i) {
        auto const child = end_of_value(bytes, end);
        if (!child) return std::nullopt;
        end = *child;
    }
    return end;
}

}  // namespace

std::optional<std::size_t> frame_size(std::string_view bytes) {
    return end_of_value(bytes, 0);
}

std::vector<std::string> words_of(std::string_view frame) {
    std::vector<std::string> words;
    auto const head = line_at(frame, 1);
    if (!head || frame.front() != '*') throw std::runtime_error("a client sends arrays only");
    auto at = head->next;
    for (std::int64_t i = 0; i < head->number; ++i) {
        auto const size = line_at(frame, at + 1);
        if (!size || frame[at] != '$') throw std::runtime_error("a command has bulk strings only");
        words.emplace_back(frame.substr(size->next, static_cast<std::size_t>(size->number)));
        at = size->next + words.back().size() + kEndOfLine.size();
    }
    return words;
}

}  // namespace leat::crash_points
