#pragma once
// Sends spans to a collector in batches, and gives them up rather than hold anybody up.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "core/random.hpp"
#include "outbound/poster.hpp"
#include "tracing/otlp_json.hpp"
#include "tracing/settings.hpp"

namespace leat::tracing {

struct ExporterOptions {
    std::size_t queue_max = 8'192;              // spans that wait for their batch
    std::size_t batch_max = 512;                // spans in one request
    std::size_t batches_max = 16;               // requests that wait for the collector
    std::chrono::milliseconds interval{5'000};  // how long a span waits for others
    int attempts = 4;                           // of one request
    outbound::Backoff backoff{.base = std::chrono::milliseconds(1'000)};
    std::chrono::milliseconds report_interval{10'000};  // between two reports of trouble
};

struct ExportCounts {
    std::uint64_t exported = 0;
    std::uint64_t overflowed = 0;   // dropped: more came than the queue holds
    std::uint64_t undelivered = 0;  // dropped: the collector was away, slow, or refused them
};

// Spans were dropped since the last report: how many, and why the last ones were. On a thread of the exporter.
using TroubleListener = std::function<void(std::uint64_t dropped, std::string const& why)>;

// Two threads: one makes requests of spans, the Poster's sends them.
class SpanExporter {
  public:
    SpanExporter(Settings settings, ExporterOptions options, core::Random const& random, core::Clock const& clock,
                 TroubleListener on_trouble);
    // stop() without patience.
    ~SpanExporter();
    SpanExporter(SpanExporter const&) = delete;
    SpanExporter& operator=(SpanExporter const&) = delete;

    // From any thread; never waits for the network. Cost: copies of the span's texts, a short lock.
    void add(Span const& span);
    // Sends what is there, as long as `patience` allows; what is left is dropped and counted.
    void stop(std::chrono::milliseconds patience);
    [[nodiscard]] ExportCounts counts() const noexcept;

  private:
    void run();
    [[nodiscard]] std::vector<SpanRecord> next_batch();
    void send(std::vector<SpanRecord> batch);
    void sent(std::size_t spans, outbound::PostOutcome const& outcome);
    void dropped(std::atomic<std::uint64_t>& counter, std::uint64_t spans, std::string why);
    void report(bool now);

    Settings const settings_;
    ExporterOptions const options_;
    core::Clock const& clock_;
    TroubleListener const on_trouble_;
    std::atomic<std::uint64_t> exported_{0}, overflowed_{0}, undelivered_{0};

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<SpanRecord> queue_;  // guarded by mutex_, as `stopping_`
    bool stopping_ = false;

    std::mutex trouble_mutex_;
    std::uint64_t unreported_ = 0;  // guarded by trouble_mutex_, as all below up to last_report_
    std::string last_reason_;
    std::optional<std::chrono::steady_clock::time_point> last_report_;

    outbound::Poster poster_;
    std::thread thread_;
};

}  // namespace leat::tracing
