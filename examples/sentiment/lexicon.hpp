#pragma once
// A valence lexicon: words and emoticons with how people rate them, −4 (most negative) to +4 (most positive).
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "leat/error.hpp"

namespace sentiment {

class Lexicon {
  public:
    // Reads lines of `token<TAB>valence`; further columns, empty lines and lines that begin with "# " are ignored. A
    // token may contain blanks. Tokens without upper-case variants are found in any case. `name` stands in errors.
    // Errors: invalid_input with the line's number for the first bad line; invalid_input where nothing is in it.
    static leat::Result<Lexicon> read(std::istream& input, std::string_view name);
    // The same from a file. Errors: also not_found.
    static leat::Result<Lexicon> read_file(std::string const& path);
    // The lexicon that comes with this example (lexicon.tsv), compiled in.
    static Lexicon built_in();

    // The valence of a token; none where it is not in the lexicon. Cost O(1).
    [[nodiscard]] std::optional<double> find(std::string_view token) const;
    [[nodiscard]] std::size_t size() const noexcept { return valences_.size(); }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, double, Hash, std::equal_to<>> valences_;
};

}  // namespace sentiment
