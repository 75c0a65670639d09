#pragma once
// A Context for tests of handlers: keeps what it is told.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "leat/handler.hpp"

namespace leat::handlers {

class FakeContext final : public Context {
  public:
    [[nodiscard]] std::int64_t attempt() const noexcept override { return 1; }
    [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept override { return deadline_at; }
    [[nodiscard]] CancelToken const& cancel_token() const noexcept override { return token; }
    [[nodiscard]] std::string const& idempotency_key() const noexcept override { return key_; }
    [[nodiscard]] std::string const& worker() const noexcept override { return worker_; }
    [[nodiscard]] std::string const& traceparent() const noexcept override { return traceparent_; }
    void progress(double fraction, std::string_view note) override {
        std::lock_guard const lock(mutex_);
        progresses_.emplace_back(fraction, note);
    }
    void log(std::string_view line) override {
        std::lock_guard const lock(mutex_);
        lines_.emplace_back(line);
        changed_.notify_all();
    }

    [[nodiscard]] std::vector<std::pair<double, std::string>> progresses() const {
        std::lock_guard const lock(mutex_);
        return progresses_;
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        std::lock_guard const lock(mutex_);
        return lines_;
    }
    // Waits for the first line that begins so, and returns what follows.
    [[nodiscard]] std::string wait_for_line(std::string_view beginning) const {
        std::unique_lock lock(mutex_);
        for (std::size_t seen = 0;;) {
            for (; seen < lines_.size(); ++seen) {
                if (lines_[seen].starts_with(beginning)) return lines_[seen].substr(beginning.size());
            }
            changed_.wait(lock);
        }
    }

    CancelToken token;
    std::chrono::steady_clock::time_point deadline_at = std::chrono::steady_clock::time_point::max();

  private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<std::pair<double, std::string>> progresses_;
    std::vector<std::string> lines_;
    std::string key_ = "sentiment/t-1";
    std::string worker_ = "host-1-abc";
    std::string traceparent_ = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
};

}  // namespace leat::handlers
