#pragma once
// Gives dispatched tasks a span of their own, and tells of it when their receipt is there.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/random.hpp"
#include "leat/options.hpp"
#include "leat/task.hpp"
#include "store/store.hpp"
#include "tasks/trace_context.hpp"

namespace leat::client {

// One dispatch under way.
struct DispatchSpan {
    std::size_t index = 0;  // in the job's receipts
    tasks::TraceContext context{};
    std::string parent_id{};
    std::string task_id{};
    Lane lane = Lane::normal;
    std::int64_t payload_bytes = 0;
    std::int64_t started_at_ns = 0;
};

// Thread-safe.
class DispatchTracer {
  public:
    using Receipts = std::vector<Result<Receipt>>;
    using Done = std::move_only_function<void(Receipts)>;

    DispatchTracer(SpanListener listener, core::Clock const& clock, core::Random const& random)
        : listener_(std::move(listener)), clock_(clock), random_(random) {}

    [[nodiscard]] bool on() const noexcept { return static_cast<bool>(listener_); }
    // The item's trace context becomes that of its own span, which is added to `spans`. Where its trace is not sampled,
    // nothing happens. The item has been checked.
    void begin(std::vector<DispatchSpan>& spans, std::size_t index, store::DispatchItem& item);
    // Tells of the spans, then calls `done`. The tracer outlives the answer.
    [[nodiscard]] Done ending(std::string agent, std::vector<DispatchSpan> spans, Done done) const;

  private:
    void tell(std::string_view agent, DispatchSpan const& span, Result<Receipt> const& receipt) const;

    SpanListener const listener_;
    core::Clock const& clock_;
    std::mutex mutex_;
    core::Random random_;  // guarded by mutex_
};

}  // namespace leat::client
