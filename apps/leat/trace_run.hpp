#pragma once
// What `worker`, `dev`, `serve` and `dispatch` share: spans to a collector, where the environment names one.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/span_counts.hpp"
#include "leat/options.hpp"
#include "log_listener.hpp"
#include "session.hpp"
#include "tracing/span_exporter.hpp"

namespace leat::cli {

// The tracing of one run, perhaps none. It outlives whoever has its listener.
class Tracing {
  public:
    // Reads the environment. Errors: invalid_input. `on_trouble`: spans were dropped, now and then.
    [[nodiscard]] static Result<Tracing> start(Session& session, tracing::TroubleListener on_trouble);
    // The same with a log: where spans go, and when some were dropped.
    [[nodiscard]] static Result<Tracing> start(Session& session, LogForm form);

    // Empty where nothing is traced; so is the counter.
    [[nodiscard]] SpanListener listener() const;
    [[nodiscard]] http::SpanCounter counter() const;
    // Sends what is there, but waits no longer than that for the collector.
    void stop(std::chrono::milliseconds patience);

  private:
    std::shared_ptr<tracing::SpanExporter> exporter_;  // null where nothing is traced
    std::string shown_url_;
};

// How long the end of a program waits for the collector.
inline constexpr std::chrono::milliseconds kTracingPatience{5'000};
inline constexpr std::chrono::milliseconds kTracingPatienceOfDispatch{2'000};

}  // namespace leat::cli
