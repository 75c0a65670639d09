#pragma once
// What a handler sees of its flight.
#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "leat/handler.hpp"
#include "runtime/flight.hpp"
#include "runtime/task_log.hpp"
#include "runtime/worker_core.hpp"

namespace leat::runtime {

class FlightContext final : public Context {
  public:
    FlightContext(WorkerCore const& core, TaskLog& log, std::shared_ptr<Flight> flight)
        : core_(core), log_(log), flight_(std::move(flight)) {}

    [[nodiscard]] std::int64_t attempt() const noexcept override { return flight_->attempt; }
    [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept override { return flight_->deadline; }
    [[nodiscard]] CancelToken const& cancel_token() const noexcept override { return flight_->token; }
    [[nodiscard]] std::string const& idempotency_key() const noexcept override { return flight_->idempotency_key; }
    [[nodiscard]] std::string const& worker() const noexcept override { return core_.consumer; }
    [[nodiscard]] std::string const& traceparent() const noexcept override { return flight_->traceparent(); }
    void progress(double fraction, std::string_view note) override {
        auto const percent = static_cast<std::int64_t>(100.0 * std::min(1.0, std::max(0.0, fraction)));
        core_.emit_later(EventKind::task_progress, flight_->task.agent(), flight_->task.id(), std::string(note),
                         percent);
        keep_step(percent, note);
    }
    void log(std::string_view line) override {
        core_.emit_later(EventKind::task_log, flight_->task.agent(), flight_->task.id(),
                         std::string(line.substr(0, Limits::error_bytes)), 0);
        keep_line(line);
    }

  private:
    // One byte more than is kept: so it is told that there was more.
    [[nodiscard]] store::LogLine line_of(std::string_view text) const {
        return {.task_id = flight_->task.id(),
                .attempt = flight_->attempt,
                .text = std::string(text.substr(0, store::kLogLineBytes + 1))};
    }
    void keep_line(std::string_view text) {
        auto const number = kept_.fetch_add(1, std::memory_order_relaxed) + 1;
        if (number <= kLogLinesPerAttempt) {
            log_.add(line_of(text));
            return;
        }
        if (number == kLogLinesPerAttempt + 1)
            log_.add(line_of("the log of this attempt is longer than 1,000 lines; the rest is left out"));
        log_.count_dropped();
    }
    // Steps that say nothing new are left out. Those that lead further are always kept: there are 100 of them.
    void keep_step(std::int64_t percent, std::string_view note) {
        auto const said = std::hash<std::string_view>{}(note)*101 + static_cast<std::size_t>(percent);
        if (last_said_.exchange(said + 1, std::memory_order_relaxed) == said + 1) return;
        auto reached = reached_.load(std::memory_order_relaxed);
        while (percent > reached && !reached_.compare_exchange_weak(reached, percent, std::memory_order_relaxed)) {
        }
        bool const leads_further = percent > reached;
        if (!leads_further && kept_.load(std::memory_order_relaxed) >= kLogLinesPerAttempt) {
            log_.count_dropped();
            return;
        }
        auto step = line_of(note);
        step.percent = percent;
        bool const is_new = log_.add(std::move(step), &step_);
        if (is_new && !leads_further) kept_.fetch_add(1, std::memory_order_relaxed);
    }

    WorkerCore const& core_;
    TaskLog& log_;
    std::shared_ptr<Flight> flight_;
    std::atomic<int> kept_{0};
    std::atomic<std::int64_t> reached_{-1};  // the highest percentage so far
    std::atomic<std::size_t> last_said_{0};  // a hash of the last step; 0: none yet
    LogBuffer::Step step_;                   // the buffer's
};

}  // namespace leat::runtime
