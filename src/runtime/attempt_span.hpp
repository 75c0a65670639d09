#pragma once
// The span of one attempt, where the worker traces and its trace is sampled.
#include <memory>
#include <string>
#include <string_view>

#include "leat/options.hpp"
#include "tasks/trace_context.hpp"

namespace leat::runtime {

struct Flight;
struct WorkerCore;

struct AttemptSpan {
    tasks::TraceContext context{};
    std::string traceparent{};  // the same as text, for handlers
    std::string parent_id{};
    // How the attempt ended, as soon as that is known; see Span::outcome.
    std::string_view outcome{};
    std::string error{};
    std::string_view error_kind{};
};

// A span for an attempt of the flight's task. Null where its trace is not sampled.
[[nodiscard]] std::unique_ptr<AttemptSpan> begin_span(Flight const& flight, core::Random& random);

// Tells the listener of the flight's span, if its handler was started. The flight is about to be forgotten.
void tell_span(WorkerCore const& core, Flight const& flight);

}  // namespace leat::runtime
