#pragma once
// Prometheus' text format (0.0.4): a writer that cannot make a malformed line.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/histogram.hpp"

namespace leat::http {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class MetricsText {
  public:
    // Starts a family; its samples follow. `type`: "gauge", "counter" or "histogram".
    void family(std::string_view name, std::string_view type, std::string_view help);
    void sample(Labels labels, double value);
    // One histogram of the family: cumulative buckets in seconds, sum and count.
    void histogram(Labels labels, core::Histogram const& histogram, double sum_seconds);

    [[nodiscard]] std::string take() noexcept { return std::move(text_); }

  private:
    void line(std::string_view suffix, Labels labels, std::string_view bound, double value);

    std::string text_;
    std::string family_;
};

// Seconds of a bucket's upper bound as Prometheus writes them: "0.0001", "2.5", "+Inf".
[[nodiscard]] std::string bound_text(std::size_t bucket);

}  // namespace leat::http
