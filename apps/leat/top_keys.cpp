#include "top_keys.hpp"

#include <array>
#include <optional>
#include <utility>

namespace leat::cli::top {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::size_t kSequenceMax = 16;  // longer ones are none

struct Sequence {
    std::string_view bytes;  // behind Escape
    KeyKind kind;
};
constexpr std::array kSequences{
    Sequence{"[A", KeyKind::up},   Sequence{"OA", KeyKind::up},       Sequence{"[B", KeyKind::down},
    Sequence{"OB", KeyKind::down}, Sequence{"[5~", KeyKind::page_up}, Sequence{"[6~", KeyKind::page_down},
    Sequence{"[H", KeyKind::home}, Sequence{"OH", KeyKind::home},     Sequence{"[1~", KeyKind::home},
    Sequence{"[F", KeyKind::end},  Sequence{"OF", KeyKind::end},      Sequence{"[4~", KeyKind::end},
};

// Escape, then "[" parameters and a final byte, or "O" and one byte, or one other byte.
bool is_complete(std::string_view sequence) {
    if (sequence.size() < 2) return false;
    if (sequence[1] == 'O') return sequence.size() == 3;
    if (sequence[1] != '[') return true;
    return sequence.size() > 2 && sequence.back() >= '@' && sequence.back() <= '~';
}

std::optional<Key> key_of(std::string_view sequence) {
    for (auto const& known : kSequences)
        if (sequence.substr(1) == known.bytes) return Key{known.kind};
    return std::nullopt;
}

std::optional<Key> key_of(char byte) {
    switch (byte) {
        case '\r':
        case '\n':
            return Key{KeyKind::enter};
        case '\x03':
            return Key{KeyKind::interrupt};
        case '\x1a':
            return Key{KeyKind::suspend};
        case '\x0c':
            return Key{KeyKind::redraw};
        default:
            break;
    }
    if (byte >= ' ' && byte <= '~') return Key{KeyKind::character, byte};
    return std::nullopt;
}

}  // namespace

std::vector<Key> KeyReader::feed(std::string_view bytes) {
    std::vector<Key> keys;
    for (char const byte : bytes) {
        if (byte == kEscape) {
            if (pending_ == std::string_view(&kEscape, 1)) keys.push_back({KeyKind::escape});
            pending_.assign(1, byte);
            continue;
        }
        std::optional<Key> key;
        if (pending_.empty()) {
            key = key_of(byte);
        } else {
            pending_ += byte;
            if (is_complete(pending_)) {
                key = key_of(std::string_view(pending_));
                pending_.clear();
            } else if (pending_.size() > kSequenceMax) {
                pending_.clear();
            }
        }
        if (key) keys.push_back(*key);
    }
    return keys;
}

std::vector<Key> KeyReader::flush() {
    auto const rest = std::exchange(pending_, {});
    if (rest.size() == 1) return {{KeyKind::escape}};
    return {};
}

}  // namespace leat::cli::top
