#include "http/stats.hpp"

#include <array>
#include <string_view>

#include "http/metrics.hpp"

namespace leat::http {
namespace {

constexpr std::int64_t kMsPerMinute = 60'000;
constexpr auto kCounters = std::to_array<std::string_view>({"succeeded", "retried", "dead", "cancelled", "expired"});
constexpr auto kLatencies = std::to_array<std::string_view>({"run", "wait", "end"});

json latency(core::Histogram const& histogram) {
    auto const percentile = [&](double q) {
        return histogram.count() == 0 ? json(nullptr) : json(histogram.percentile_ms(q));
    };
    return {{"count", histogram.count()},
            {"p50_ms", percentile(0.5)},
            {"p95_ms", percentile(0.95)},
            {"p99_ms", percentile(0.99)}};
}

json point(std::int64_t first_minute, store::Counters const& counters) {
    json object = {{"at", first_minute * kMsPerMinute}};
    for (auto const name : kCounters)
        object[std::string(name)] = counter_of(counters, name);
    for (auto const family : kLatencies)
        object[std::string(family)] = latency(histogram_of(counters, family));
    return object;
}

}  // namespace

void StatsSum::add(std::vector<store::MinuteCounters> const& minutes) {
    for (auto const& [minute, counters] : minutes) {
        auto& sum = minutes_[minute];
        for (auto const& [name, value] : counters)
            sum[name] += value;
    }
}

json StatsSum::to_json(std::int64_t step) const {
    auto points = json::array();
    store::Counters sum;
    // From the newest backwards, so that only the oldest point may be short.
    std::int64_t in_point = 0;
    for (auto minute = minutes_.rbegin(); minute != minutes_.rend(); ++minute) {
        for (auto const& [name, value] : minute->second)
            sum[name] += value;
        if (++in_point < step && std::next(minute) != minutes_.rend()) continue;
        points.push_back(point(minute->first, sum));
        sum.clear();
        in_point = 0;
    }
    std::reverse(points.begin(), points.end());
    return {{"step_minutes", step}, {"points", std::move(points)}};
}

}  // namespace leat::http
