#pragma once
// One worker's own metrics: what happened in this process since it started.
#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "http/app.hpp"
#include "http/span_counts.hpp"
#include "leat/error.hpp"
#include "leat/event.hpp"

namespace leat::http {

// Counts events. Thread-safe. Cost of one: a short lock.
class EventCounts {
  public:
    void count(Event const& event);
    // In Prometheus' text format.
    [[nodiscard]] std::string text(std::int64_t resident_bytes) const;
    // Counts of spans go into the text as well. Before others use this object; `spans` works as long as it.
    void show_spans(SpanCounter spans) { spans_ = std::move(spans); }

  private:
    mutable std::mutex mutex_;
    // By agent, then by kind; all guarded by mutex_.
    std::map<std::string, std::map<EventKind, std::uint64_t>, std::less<>> counts_;
    bool connected_ = false;
    bool draining_ = false;
    SpanCounter spans_;
};

// Serves /metrics and /healthz on a thread of its own, as long as this object.
class WorkerMetricsServer {
  public:
    // `token`: what /metrics is read with; empty: everybody who reaches it may. Errors: invalid_input (a malformed
    // address or token; an address that others reach, without a token), unavailable (it is taken). `counts` outlives
    // the server.
    [[nodiscard]] static Result<std::unique_ptr<WorkerMetricsServer>> start(std::string const& address,
                                                                            std::string const& token,
                                                                            EventCounts const& counts);
    ~WorkerMetricsServer();
    [[nodiscard]] std::string url() const;

  private:
    class Impl;
    explicit WorkerMetricsServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace leat::http
