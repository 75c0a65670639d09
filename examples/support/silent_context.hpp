#pragma once
// A Context for tests of handlers that do not look at it.
#include <chrono>
#include <cstdint>
#include <leat/handler.hpp>
#include <string>
#include <string_view>

namespace examples {

class SilentContext final : public leat::Context {
  public:
    [[nodiscard]] std::int64_t attempt() const noexcept override { return 1; }
    [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept override {
        return std::chrono::steady_clock::time_point::max();
    }
    [[nodiscard]] leat::CancelToken const& cancel_token() const noexcept override { return token_; }
    [[nodiscard]] std::string const& idempotency_key() const noexcept override { return name_; }
    [[nodiscard]] std::string const& worker() const noexcept override { return name_; }
    [[nodiscard]] std::string const& traceparent() const noexcept override { return traceparent_; }
    void progress(double, std::string_view) override {}
    void log(std::string_view) override {}

  private:
    leat::CancelToken token_;
    std::string name_ = "test";
    std::string traceparent_ = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
};

}  // namespace examples
