#include "core/histogram.hpp"

#include <algorithm>

namespace leat::core {
namespace {

// Upper bounds in microseconds with their names in milliseconds.
struct Bound {
    std::int64_t us;
    std::string_view name;
};
constexpr std::array<Bound, Histogram::kBuckets - 1> kBounds{{
    {100, "0.1"},
    {250, "0.25"},
    {500, "0.5"},
    {1'000, "1"},
    {2'500, "2.5"},
    {5'000, "5"},
    {10'000, "10"},
    {25'000, "25"},
    {50'000, "50"},
    {100'000, "100"},
    {250'000, "250"},
    {500'000, "500"},
    {1'000'000, "1000"},
    {2'500'000, "2500"},
    {5'000'000, "5000"},
    {10'000'000, "10000"},
    {25'000'000, "25000"},
    {50'000'000, "50000"},
    {100'000'000, "100000"},
    {250'000'000, "250000"},
    {500'000'000, "500000"},
    {1'000'000'000, "1000000"},
    {2'500'000'000, "2500000"},
    {5'000'000'000, "5000000"},
    {10'000'000'000, "10000000"},
}};
constexpr std::string_view kSeparator = ":le_";

std::string_view name_of(std::size_t bucket) noexcept {
    return bucket < kBounds.size() ? kBounds[bucket].name : "inf";
}

double ms_of(std::int64_t us) noexcept {
    return static_cast<double>(us) / 1'000.0;
}

}  // namespace

std::size_t Histogram::bucket_of(std::chrono::microseconds value) noexcept {
    auto const found = std::ranges::lower_bound(kBounds, value.count(), {}, &Bound::us);
    return static_cast<std::size_t>(found - kBounds.begin());
}

std::chrono::microseconds Histogram::upper_bound(std::size_t bucket) noexcept {
    return bucket < kBounds.size() ? std::chrono::microseconds{kBounds[bucket].us} : std::chrono::microseconds::max();
}

std::string Histogram::field(std::string_view family, std::size_t bucket) {
    return std::string(family).append(kSeparator).append(name_of(bucket));
}

std::optional<std::size_t> Histogram::bucket_of_field(std::string_view family, std::string_view field) {
    if (!field.starts_with(family) || !field.substr(family.size()).starts_with(kSeparator)) return std::nullopt;
    auto const name = field.substr(family.size() + kSeparator.size());
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
        if (name_of(bucket) == name) return bucket;
    }
    return std::nullopt;
}

void Histogram::add(std::size_t bucket, std::uint64_t times) noexcept {
    counts_[std::min(bucket, kBuckets - 1)] += times;
    total_ += times;
}

void Histogram::merge(Histogram const& other) noexcept {
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket)
        counts_[bucket] += other.counts_[bucket];
    total_ += other.total_;
}

double Histogram::percentile_ms(double q) const noexcept {
    if (total_ == 0) return 0;
    double const rank = std::clamp(q, 0.0, 1.0) * static_cast<double>(total_);
    double below = 0;
    for (std::size_t bucket = 0; bucket < kBounds.size(); ++bucket) {
        auto const here = static_cast<double>(counts_[bucket]);
        if (here > 0 && below + here >= rank) {
            double const low = bucket == 0 ? 0 : ms_of(kBounds[bucket - 1].us);
            return low + (ms_of(kBounds[bucket].us) - low) * (rank - below) / here;
        }
        below += here;
    }
    return ms_of(kBounds.back().us);
}

}  // namespace leat::core
