#pragma once
// The shape of every background service: run() until stop(); stop() is idempotent and wakes it; an error is told, then
// tried again after a jittered, doubling pause.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string_view>

#include "async/signal.hpp"
#include "leat/error.hpp"
#include "runtime/limits.hpp"
#include "runtime/worker_core.hpp"

namespace leat::runtime {

class Service {
  public:
    Service(WorkerCore& core, std::string_view name) : core_(core), name_(name), wake_(core.engine) {}
    virtual ~Service() = default;
    Service(Service const&) = delete;
    Service& operator=(Service const&) = delete;

    // Spawned once in the worker's TaskGroup.
    [[nodiscard]] virtual boost::asio::awaitable<void> run() = 0;
    virtual void stop() {
        stopping_ = true;
        wake_.notify();
    }
    // Makes a waiting service look again now.
    void notify() { wake_.notify(); }
    [[nodiscard]] bool stopping() const noexcept { return stopping_; }

  protected:
    // Tells the error and waits before the next try; returns at once when stopping.
    [[nodiscard]] boost::asio::awaitable<void> pause_after(Error error, std::string_view agent) {
        if (stopping_) co_return;
        ++failures_;
        auto const detail = error.message();
        core_.emit(
            {.kind = EventKind::service_error, .agent = agent, .task = name_, .detail = detail, .count = failures_});
        auto const doubled = kRetryPauseMin * (1LL << std::min(failures_, 10));
        co_await wake_.wait_for(core_.jittered(std::min<std::chrono::milliseconds>(doubled, kRetryPauseMax)));
    }
    void succeeded() noexcept { failures_ = 0; }

    WorkerCore& core_;
    std::string_view const name_;
    async::Signal wake_;
    bool stopping_ = false;

  private:
    int failures_ = 0;
};

}  // namespace leat::runtime
