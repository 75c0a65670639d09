#pragma once
// Bytes from a terminal as keys. No I/O.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace leat::cli::top {

enum class KeyKind : std::uint8_t {
    character,  // printable ASCII
    up,
    down,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    interrupt,  // Ctrl-C
    suspend,    // Ctrl-Z
    redraw,     // Ctrl-L
};

struct Key {
    KeyKind kind = KeyKind::character;
    char character = 0;  // of KeyKind::character

    friend bool operator==(Key const&, Key const&) = default;
};

// Sequences of keys begin with the byte of Escape: alone it is told only when nothing follows, see flush().
class KeyReader {
  public:
    // Keys that are complete now; what is none that Leat knows is left out.
    [[nodiscard]] std::vector<Key> feed(std::string_view bytes);
    // Whether a sequence has begun: call flush() when nothing has come for a moment.
    [[nodiscard]] bool pending() const noexcept { return !pending_.empty(); }
    // Ends the sequence: Escape alone is the key.
    [[nodiscard]] std::vector<Key> flush();

  private:
    std::string pending_;
};

}  // namespace leat::cli::top
