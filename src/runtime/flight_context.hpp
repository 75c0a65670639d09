#pragma once
// What a handler sees of its flight.
#include <memory>
#include <string>
#include <utility>

#include "leat/handler.hpp"
#include "runtime/flight.hpp"
#include "runtime/worker_core.hpp"

namespace leat::runtime {

class FlightContext final : public Context {
  public:
    FlightContext(WorkerCore const& core, std::shared_ptr<Flight> flight) : core_(core), flight_(std::move(flight)) {}

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
    }
    void log(std::string_view line) override {
        core_.emit_later(EventKind::task_log, flight_->task.agent(), flight_->task.id(),
                         std::string(line.substr(0, Limits::error_bytes)), 0);
    }

  private:
    WorkerCore const& core_;
    std::shared_ptr<Flight> flight_;
};

}  // namespace leat::runtime
