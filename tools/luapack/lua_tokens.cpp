#include "lua_tokens.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace luapack {
namespace {

bool is_name_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

class Lexer {
  public:
    explicit Lexer(std::string_view source) : source_(source) {}

    std::vector<Token> run() {
        while (at_ < source_.size()) {
            auto const c = source_[at_];
            if (std::isspace(static_cast<unsigned char>(c)) != 0) {
                skip(1);
            } else if (source_.substr(at_, 2) == "--") {
                skip(std::min(source_.find('\n', at_), source_.size()) - at_);
            } else if (c == '\'' || c == '"') {
                quoted(c);
            } else if (source_.substr(at_, 2) == "[[") {
                take(TokenKind::text, at_ + 2, std::min(source_.find("]]", at_), source_.size()), 2);
            } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
                take(TokenKind::number, at_, end_of(at_, [](char x) { return is_name_char(x) || x == '.'; }), 0);
            } else if (is_name_char(c)) {
                take(TokenKind::name, at_, end_of(at_, is_name_char), 0);
            } else {
                symbol();
            }
        }
        return std::move(tokens_);
    }

  private:
    template <class Predicate>
    [[nodiscard]] std::size_t end_of(std::size_t from, Predicate belongs) const {
        while (from < source_.size() && belongs(source_[from])) {
            ++from;
        }
        return from;
    }

    void skip(std::size_t bytes) {
        for (auto const c : source_.substr(at_, bytes)) {
            line_ += c == '\n' ? 1 : 0;
        }
        at_ += bytes;
    }

    // A token from `first` to `last`, and `behind` bytes of closing quotes.
    void take(TokenKind kind, std::size_t first, std::size_t last, std::size_t behind) {
        tokens_.push_back({kind, std::string(source_.substr(first, last - first)), line_});
        skip(std::min(last + behind, source_.size()) - at_);
    }

    void quoted(char quote) {
        auto last = at_ + 1;
        while (last < source_.size() && source_[last] != quote && source_[last] != '\n') {
            last += source_[last] == '\\' ? 2 : 1;
        }
        take(TokenKind::text, at_ + 1, std::min(last, source_.size()), 1);
    }

    void symbol() {
        static constexpr std::array<std::string_view, 6> kLong{"...", "..", "==", "~=", "<=", ">="};
        auto const* const found = std::find_if(kLong.begin(), kLong.end(), [this](std::string_view text) {
            return source_.substr(at_, text.size()) == text;
        });
        take(TokenKind::symbol, at_, at_ + (found == kLong.end() ? 1 : found->size()), 0);
    }

    std::string_view source_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
    return Lexer(source).run();
}

}  // namespace luapack
