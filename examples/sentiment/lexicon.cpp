#include "sentiment/lexicon.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

#include "sentiment/built_in_lexicon.hpp"

namespace sentiment {
namespace {

constexpr double kValenceMax = 4.0;

std::unexpected<leat::Error> bad_line(std::string_view name, std::size_t number, std::string_view problem) {
    auto detail = std::string(name) + ":" + std::to_string(number) + ": ";
    return leat::fail(leat::ErrorCode::invalid_input, "lexicon", detail.append(problem));
}

std::optional<double> parse_valence(std::string_view text) {
    double value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (!(std::abs(value) <= kValenceMax)) return std::nullopt;
    return value;
}

}  // namespace

leat::Result<Lexicon> Lexicon::read(std::istream& input, std::string_view name) {
    Lexicon lexicon;
    std::string line;
    for (std::size_t number = 1; std::getline(input, line); ++number) {
        std::string_view rest = line;
        if (rest.ends_with('\r')) rest.remove_suffix(1);
        if (rest.empty() || rest.starts_with("# ")) continue;
        auto const tab = rest.find('\t');
        if (tab == std::string_view::npos) return bad_line(name, number, "no tab between token and valence");
        if (tab == 0) return bad_line(name, number, "the token is empty");
        auto const token = rest.substr(0, tab);
        rest.remove_prefix(tab + 1);
        auto const valence = parse_valence(rest.substr(0, rest.find('\t')));
        if (!valence) return bad_line(name, number, "the valence is no number from -4 to 4");
        lexicon.valences_.insert_or_assign(std::string(token), *valence);
    }
    if (input.bad()) return leat::fail(leat::ErrorCode::unavailable, "lexicon", std::string(name) + ": cannot be read");
    if (lexicon.valences_.empty()) {
        return leat::fail(leat::ErrorCode::invalid_input, "lexicon", std::string(name) + ": no token in it");
    }
    return lexicon;
}

leat::Result<Lexicon> Lexicon::read_file(std::string const& path) {
    std::ifstream file(path);
    if (!file) return leat::fail(leat::ErrorCode::not_found, "lexicon", path + ": cannot be opened");
    return read(file, path);
}

Lexicon Lexicon::built_in() {
    std::istringstream text{std::string(kBuiltInLexicon)};
    return read(text, "built-in lexicon").value();
}

std::optional<double> Lexicon::find(std::string_view token) const {
    auto const found = valences_.find(token);
    if (found == valences_.end()) return std::nullopt;
    return found->second;
}

}  // namespace sentiment
