#include "http/stats.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "http/metrics.hpp"
#include "store/gauge.hpp"

namespace leat::http {
namespace {

constexpr std::int64_t kMsPerMinute = 60'000;
constexpr auto kCounters = std::to_array<std::string_view>({"succeeded", "retried", "dead", "cancelled", "expired"});
constexpr auto kLatencyFamilies = std::to_array<std::string_view>({"run", "wait", "end"});

json latency(core::Histogram const& histogram) {
    auto const percentile = [&](double q) {
        return histogram.count() == 0 ? json(nullptr) : json(histogram.percentile_ms(q));
    };
    return {{"count", histogram.count()},
            {"p50_ms", percentile(0.5)},
            {"p95_ms", percentile(0.95)},
            {"p99_ms", percentile(0.99)}};
}

// How much there was, over the minutes of a point: each is a look of its own, so they are not added up.
class Depth {
  public:
    void add(store::Counters const& minute) {
        if (minute.contains(store::kGaugeReady)) ++minutes_;
        for (auto& level : levels_) {
            auto const value = counter_of(minute, level.field);
            level.sum += value;
            level.max = std::max(level.max, value);
        }
    }
    // Null where nobody looked.
    [[nodiscard]] json to_json() const {
        if (minutes_ == 0) return nullptr;
        auto object = json::object();
        for (auto const& level : levels_) {
            auto const mean = static_cast<double>(level.sum) / static_cast<double>(minutes_);
            object[std::string(level.name)] = {{"mean", mean}, {"max", level.max}};
        }
        return object;
    }

  private:
    struct Level {
        std::string_view name, field;
        std::int64_t sum = 0, max = 0;
    };
    std::int64_t minutes_ = 0;
    std::array<Level, 3> levels_{Level{"ready", store::kGaugeReady}, Level{"running", store::kGaugeRunning},
                                 Level{"scheduled", store::kGaugeScheduled}};
};

json point(std::int64_t first_minute, store::Counters const& counters, Depth const& depth) {
    json object = {{"at", first_minute * kMsPerMinute}};
    for (auto const name : kCounters)
        object[std::string(name)] = counter_of(counters, name);
    for (auto const family : kLatencyFamilies)
        object[std::string(family)] = latency(histogram_of(counters, family));
    object["depth"] = depth.to_json();
    return object;
}

// Both are sorted, and mostly have the same names.
void add_to(store::Counters& sum, store::Counters const& more) {
    auto at = sum.begin();
    for (auto const& [name, value] : more) {
        while (at != sum.end() && at->first < name)
            ++at;
        if (at == sum.end() || at->first != name) at = sum.emplace_hint(at, name, 0);
        at->second += value;
    }
}

}  // namespace

void StatsSum::add(std::vector<store::MinuteCounters> const& minutes) {
    for (auto const& [minute, counters] : minutes)
        add_to(minutes_[minute], counters);
}

json StatsSum::to_json(std::int64_t step) const {
    auto points = json::array();
    store::Counters sum;
    Depth depth;
    // From the newest backwards, so that only the oldest point may be short.
    std::int64_t in_point = 0;
    for (auto minute = minutes_.rbegin(); minute != minutes_.rend(); ++minute) {
        add_to(sum, minute->second);
        depth.add(minute->second);
        if (++in_point < step && std::next(minute) != minutes_.rend()) continue;
        points.push_back(point(minute->first, sum, depth));
        sum.clear();
        depth = {};
        in_point = 0;
    }
    std::reverse(points.begin(), points.end());
    return {{"step_minutes", step}, {"points", std::move(points)}};
}

}  // namespace leat::http
