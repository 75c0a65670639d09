#include "input.hpp"

#include <charconv>
#include <string_view>

namespace demo {
namespace {

std::optional<double> number_of(std::string_view text) {
    double value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

Message message_of(std::string_view line) {
    auto const first = line.find('\t');
    if (first == std::string_view::npos) return {std::string(line), std::nullopt};
    auto const rest = line.substr(first + 1);
    auto const second = rest.find('\t');
    if (second != std::string_view::npos) {
        if (auto const rating = number_of(rest.substr(0, second)))
            return {std::string(rest.substr(second + 1)), rating};
    }
    return {std::string(rest), std::nullopt};
}

}  // namespace

std::vector<Message> read_messages(std::istream& input) {
    std::vector<Message> messages;
    for (std::string line; std::getline(input, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty() || line.starts_with('#')) continue;
        messages.push_back(message_of(line));
    }
    return messages;
}

}  // namespace demo
