#include "summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

namespace demo {
namespace {

constexpr std::size_t kSamples = 5;
constexpr std::size_t kTextBytes = 80;  // of a message, in the summary

std::chrono::milliseconds percentile(std::vector<std::chrono::milliseconds> const& sorted, double q) {
    if (sorted.empty()) return {};
    auto const rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

std::optional<double> correlation_of(std::vector<std::pair<double, double>> const& pairs) {
    if (pairs.size() < 2) return std::nullopt;
    double mean_x = 0;
    double mean_y = 0;
    for (auto const& [x, y] : pairs) {
        mean_x += x;
        mean_y += y;
    }
    mean_x /= static_cast<double>(pairs.size());
    mean_y /= static_cast<double>(pairs.size());
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (auto const& [x, y] : pairs) {
        xx += (x - mean_x) * (x - mean_x);
        yy += (y - mean_y) * (y - mean_y);
        xy += (x - mean_x) * (y - mean_y);
    }
    if (xx == 0 || yy == 0) return std::nullopt;
    return xy / std::sqrt(xx * yy);
}

std::vector<Outcome> sampled(std::vector<Outcome> succeeded) {
    if (succeeded.size() <= kSamples) return succeeded;
    std::vector<Outcome> samples;
    for (std::size_t i = 0; i < kSamples; ++i)
        samples.push_back(std::move(succeeded[i * succeeded.size() / kSamples]));
    return samples;
}

// Messages come from anywhere: control characters must not reach the terminal.
std::string shown(std::string_view text) {
    std::string safe;
    for (char const c : text.substr(0, kTextBytes)) {
        auto const byte = static_cast<unsigned char>(c);
        safe += byte < 0x20 || byte >= 0x7f ? '?' : c;
    }
    return text.size() > kTextBytes ? safe + "..." : safe;
}

template <class... Values>
std::string format(char const* pattern, Values... values) {
    std::string text(256, '\0');
    auto const size = std::snprintf(text.data(), text.size(), pattern, values...);
    text.resize(std::min(text.size() - 1, static_cast<std::size_t>(std::max(size, 0))));
    return text;
}

// Retries wait for their backoff on purpose; counting them would measure that.
double rate_of(std::vector<Outcome> const& outcomes) {
    std::size_t count = 0;
    std::chrono::milliseconds last{0};
    for (auto const& outcome : outcomes) {
        if (outcome.attempts > 1) continue;
        ++count;
        last = std::max(last, outcome.ended);
    }
    auto const seconds = std::chrono::duration<double>(last).count();
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

}  // namespace

Summary summarise(std::vector<Outcome> outcomes) {
    Summary summary;
    summary.tasks = outcomes.size();
    summary.tasks_per_s = rate_of(outcomes);

    std::vector<std::chrono::milliseconds> times;
    std::vector<std::pair<double, double>> rated;
    std::vector<Outcome> succeeded;
    double sum = 0;
    for (auto& outcome : outcomes) {
        times.push_back(outcome.took);
        summary.ended = std::max(summary.ended, outcome.ended);
        summary.retries += std::max<std::int64_t>(outcome.attempts - 1, 0);
        if (!outcome.score) {
            ++summary.failures[outcome.error];
            continue;
        }
        sum += *outcome.score;
        if (outcome.rating) rated.emplace_back(*outcome.score, *outcome.rating);
        succeeded.push_back(std::move(outcome));
    }
    std::ranges::sort(times);
    summary.p50 = percentile(times, 0.50);
    summary.p95 = percentile(times, 0.95);
    summary.p99 = percentile(times, 0.99);
    summary.succeeded = succeeded.size();
    if (!succeeded.empty()) summary.mean_score = sum / static_cast<double>(succeeded.size());
    summary.rated = rated.size();
    summary.correlation = correlation_of(rated);
    summary.samples = sampled(std::move(succeeded));
    return summary;
}

std::string to_text(Summary const& summary) {
    auto text = format("%zu tasks in %.1f s; %.0f tasks/s, retried ones left out\n", summary.tasks,
                       std::chrono::duration<double>(summary.ended).count(), summary.tasks_per_s);
    text += format("  dispatch to outcome: p50 %lld ms, p95 %lld ms, p99 %lld ms\n",
                   static_cast<long long>(summary.p50.count()), static_cast<long long>(summary.p95.count()),
                   static_cast<long long>(summary.p99.count()));
    text += format("  succeeded %zu, dead %zu, retried %lld times\n", summary.succeeded,
                   summary.tasks - summary.succeeded, static_cast<long long>(summary.retries));
    for (auto const& [reason, count] : summary.failures)
        text += format("  dead: %zu x ", count) + shown(reason) + "\n";
    if (summary.mean_score) text += format("  mean sentiment: %+.3f (-1 to +1)\n", *summary.mean_score);
    if (summary.correlation) {
        text += format("  correlation with the human ratings: r = %.3f over %zu messages\n", *summary.correlation,
                       summary.rated);
    }
    if (!summary.samples.empty()) text += "  five of the results:\n";
    for (auto const& sample : summary.samples)
        text += format("    %+.3f  ", *sample.score) + shown(sample.text) + "\n";
    return text;
}

}  // namespace demo
