// libFuzzer target: any bytes, cut anywhere, are parsed without fault and as if they had come in one piece.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "redis/resp_parser.hpp"
#include "support/reply_text.hpp"

namespace {

using leat::redis::RespParser;

// The replies that are complete, and how it ended.
void take_replies(RespParser& parser, std::vector<std::string>& replies) {
    for (;;) {
        auto const reply = parser.next();
        if (!reply) {
            if (replies.empty() || replies.back() != "corrupt") replies.emplace_back("corrupt");
            return;
        }
        if (!*reply) return;
        replies.push_back(leat::redis::to_text((*reply)->root()));
    }
}

std::vector<std::string> parse_at_once(std::string_view bytes) {
    RespParser parser;
    std::vector<std::string> replies;
    parser.feed(bytes);
    take_replies(parser, replies);
    return replies;
}

std::vector<std::string> parse_in_pieces(std::string_view bytes, std::string_view sizes) {
    RespParser parser;
    std::vector<std::string> replies;
    for (std::size_t i = 0; !bytes.empty(); ++i) {
        auto const wanted = sizes.empty() ? 1U : 1U + static_cast<unsigned char>(sizes[i % sizes.size()]);
        auto const size = std::min<std::size_t>(wanted, bytes.size());
        parser.feed(bytes.substr(0, size));
        bytes.remove_prefix(size);
        take_replies(parser, replies);
    }
    return replies;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    constexpr std::size_t kSizes = 4;  // the first bytes choose the cuts
    std::string_view const input(reinterpret_cast<char const*>(data), size);
    auto const sizes = input.substr(0, std::min(kSizes, size));
    auto const bytes = input.substr(sizes.size());
    auto const whole = parse_at_once(bytes);
    if (parse_in_pieces(bytes, sizes) != whole || parse_in_pieces(bytes, "") != whole) std::abort();
    return 0;
}
