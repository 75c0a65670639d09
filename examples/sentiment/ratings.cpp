#include "sentiment/ratings.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <string_view>

namespace sentiment {
namespace {

std::unexpected<leat::Error> bad_line(std::string const& path, std::size_t number, std::string_view problem) {
    auto detail = path + ":" + std::to_string(number) + ": ";
    return leat::fail(leat::ErrorCode::invalid_input, "ratings", detail.append(problem));
}

}  // namespace

leat::Result<std::vector<RatedMessage>> read_ratings(std::string const& path) {
    std::ifstream file(path);
    if (!file) return leat::fail(leat::ErrorCode::not_found, "ratings", path + ": cannot be opened");
    std::vector<RatedMessage> messages;
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (line.empty()) continue;
        std::string_view const text = line;
        auto const first = text.find('\t');
        auto const second = first == std::string_view::npos ? first : text.find('\t', first + 1);
        if (second == std::string_view::npos)
            return bad_line(path, number, "needs id, rating and text, with tabs between");
        RatedMessage message{std::string(text.substr(0, first)), 0, std::string(text.substr(second + 1))};
        auto const [end, error] = std::from_chars(text.data() + first + 1, text.data() + second, message.rating);
        if (error != std::errc() || end != text.data() + second || !(std::abs(message.rating) <= 4)) {
            return bad_line(path, number, "the rating is no number from -4 to 4");
        }
        messages.push_back(std::move(message));
    }
    return messages;
}

double correlation(SentimentScorer const& scorer, std::vector<RatedMessage> const& messages) {
    double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_yy = 0, sum_xy = 0;
    for (auto const& message : messages) {
        if (message.text.empty()) continue;
        double const x = scorer.score(message.text).compound;
        double const y = message.rating;
        n += 1;
        sum_x += x;
        sum_y += y;
        sum_xx += x * x;
        sum_yy += y * y;
        sum_xy += x * y;
    }
    double const spread = (n * sum_xx - sum_x * sum_x) * (n * sum_yy - sum_y * sum_y);
    return spread > 0 ? (n * sum_xy - sum_x * sum_y) / std::sqrt(spread) : 0;
}

}  // namespace sentiment
