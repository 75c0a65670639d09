#pragma once
// How long the server needed for its answers, by route.
#include <chrono>
#include <map>
#include <string_view>

#include "core/histogram.hpp"
#include "http/routes.hpp"

namespace leat::http {

// From the whole request to the whole answer: without the network, and without waiting that was asked for. Bounded by
// the number of routes.
class RequestTimes {
  public:
    struct Times {
        core::Histogram histogram{};
        double sum_seconds = 0;
    };

    void add(Route const& route, std::chrono::nanoseconds took) {
        auto& times = by_route_[route.name];
        times.histogram.record(std::chrono::duration_cast<std::chrono::microseconds>(took));
        times.sum_seconds += std::chrono::duration<double>(took).count();
    }
    // By the route's name.
    [[nodiscard]] std::map<std::string_view, Times> const& all() const noexcept { return by_route_; }

  private:
    std::map<std::string_view, Times> by_route_;
};

}  // namespace leat::http
