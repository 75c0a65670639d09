// libFuzzer target: what is made printable is printable, stays so, and is valid UTF-8, at any length.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/clock.hpp"
#include "core/escape.hpp"

namespace {

using namespace leat;

// Anything that steers a terminal or splits a line of a log.
bool is_dangerous(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7f) return true;
        if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;  // C1
    }
    for (auto const mark : {"\u2028", "\u2029", "\u200e", "\u200f", "\u061c", "\u202a", "\u202e", "\u2066", "\u2069"})
        if (text.find(mark) != std::string_view::npos) return true;
    return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view const input(reinterpret_cast<char const*>(data) + 1, size - 1);
    std::size_t const limit = data[0];
    for (auto const length : {core::kNoCut, limit}) {
        auto const shown = core::printable(input, length);
        auto const clean = core::sanitize_utf8(input, length);
        if (!core::is_utf8(shown) || !core::is_utf8(clean) || is_dangerous(shown)) std::abort();
        if (core::printable(shown) != shown || core::sanitize_utf8(clean) != clean) std::abort();
        if (length >= 3 && (shown.size() > length || clean.size() > length)) std::abort();
    }
    (void)core::parse_iso8601(input);
    return 0;
}
