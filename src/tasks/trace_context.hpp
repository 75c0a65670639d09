#pragma once
// W3C trace contexts: the text that tells whose work something is part of (https://www.w3.org/TR/trace-context/).
#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "core/random.hpp"
#include "leat/error.hpp"

namespace leat::tasks {

// Where in which trace: a trace and one span of it.
struct TraceContext {
    std::array<char, 32> trace{};  // lower-case hex digits, not all zero
    std::array<char, 16> span{};   // likewise
    bool sampled = false;          // whether spans of this trace are recorded

    [[nodiscard]] std::string_view trace_id() const noexcept { return {trace.data(), trace.size()}; }
    [[nodiscard]] std::string_view span_id() const noexcept { return {span.data(), span.size()}; }
    // As a traceparent of version 00: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".
    [[nodiscard]] std::string text() const;

    friend bool operator==(TraceContext const&, TraceContext const&) = default;
};

// Reads a traceparent: version 00 exactly; of higher versions the parts that 00 has, as the specification wants. The
// error ends the sentence "the traceparent …". Cost: no allocation.
[[nodiscard]] std::expected<TraceContext, std::string_view> parse_traceparent(std::string_view text) noexcept;

// As it is stored and handed on: `text`, which was read as `context`, or version 00 where it is of a higher one.
[[nodiscard]] std::string stored_traceparent(std::string_view text, TraceContext const& context);
// The same for a text that may be wrong: invalid_input with what to do. Empty stays empty.
[[nodiscard]] Result<std::string> checked_traceparent(std::string_view operation, std::string text);

// Another span of the same trace.
[[nodiscard]] TraceContext child_of(TraceContext const& parent, core::Random& random);
// The first span of a new trace, sampled.
[[nodiscard]] TraceContext new_trace(core::Random& random);
// A span in the trace of a task that came without one, sampled. All attempts of a task are in the same trace, whichever
// worker runs them: its id is made from the task's `key` and the time it was created.
[[nodiscard]] TraceContext trace_of_task(std::string_view key, std::int64_t created_at, core::Random& random);

}  // namespace leat::tasks
