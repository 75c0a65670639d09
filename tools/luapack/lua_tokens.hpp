#pragma once
// The tokens of a Lua 5.1 text, as far as the checks need them: comments are left out.
#include <string>
#include <string_view>
#include <vector>

namespace luapack {

enum class TokenKind { name, text, number, symbol };

struct Token {
    TokenKind kind = TokenKind::symbol;
    std::string value{};  // text: without its quotes, escapes as written
    int line = 1;

    [[nodiscard]] bool is(std::string_view wanted) const { return kind != TokenKind::text && value == wanted; }
};

// Never fails: what is no Lua becomes symbols, and Redis refuses the script.
[[nodiscard]] std::vector<Token> tokenize(std::string_view source);

}  // namespace luapack
