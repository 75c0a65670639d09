#pragma once
// Latency counts in buckets of a fixed logarithmic scale, small enough to keep one per agent and minute in a Redis
// hash.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leat::core {

// A value type. The scale (0.1, 0.25, 0.5, 1, 2.5 … 10,000,000 ms, infinity) is part of the data format and never
// changes.
class Histogram {
  public:
    static constexpr std::size_t kBuckets = 26;

    // The first bucket whose upper bound is not below the value; negative values count as 0.
    [[nodiscard]] static std::size_t bucket_of(std::chrono::microseconds value) noexcept;
    // Upper bound of a bucket; microseconds::max() for the last one.
    [[nodiscard]] static std::chrono::microseconds upper_bound(std::size_t bucket) noexcept;
    // The field of a bucket: "run:le_250" (milliseconds), "run:le_0.25", "run:le_inf".
    [[nodiscard]] static std::string field(std::string_view family, std::size_t bucket);
    // The bucket of such a field; nothing for a field of another family or an unknown bound.
    [[nodiscard]] static std::optional<std::size_t> bucket_of_field(std::string_view family, std::string_view field);

    void record(std::chrono::microseconds value, std::uint64_t times = 1) noexcept { add(bucket_of(value), times); }
    void add(std::size_t bucket, std::uint64_t times) noexcept;
    void merge(Histogram const& other) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return total_; }
    [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept { return counts_[bucket]; }

    // The value below which the share `q` (0 to 1) of all values lies, interpolated within its bucket, in milliseconds.
    // 0 where nothing was recorded; the last finite bound for values beyond it.
    [[nodiscard]] double percentile_ms(double q) const noexcept;

    friend bool operator==(Histogram const&, Histogram const&) = default;

  private:
    std::array<std::uint64_t, kBuckets> counts_{};
    std::uint64_t total_ = 0;
};

}  // namespace leat::core
