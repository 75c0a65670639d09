#pragma once
// Spans: what a dispatch or an attempt was within a distributed trace. The library only tells of them; `leat` sends
// them to a collector (docs/tracing.md), and so can any program.
#include <cstdint>
#include <string_view>

#include "leat/task.hpp"

namespace leat {

enum class SpanKind : std::uint8_t {
    dispatch,  // from the call to its receipt; one for each task
    attempt,   // one run of a handler, from its start to its end
};

// One span. Fields that do not apply are empty, 0 or −1. The strings live as long as the call of the listener.
struct Span {
    SpanKind kind = SpanKind::dispatch;
    std::string_view trace_id{};     // 32 lower-case hex digits
    std::string_view span_id{};      // 16
    std::string_view parent_id{};    // 16, or empty: the first span of its trace
    std::int64_t started_at_ns = 0;  // since the epoch, by this machine's clock
    std::int64_t ended_at_ns = 0;    // never before the start
    std::string_view agent{};
    std::string_view task{};
    Lane lane = Lane::normal;
    std::int64_t payload_bytes = 0;
    // A dispatch: `created`, `duplicate`, `full`, or `failed`. An attempt: `success`, `retry`, `dead` or `cancelled`
    // once that is recorded; `stale` (too late, it changed nothing), `lost` (the lease was) or `released` (given back,
    // nothing was counted).
    std::string_view outcome{};
    std::string_view error{};       // untrusted text may be in here: escape before printing
    std::string_view error_kind{};  // a name for it: an ErrorCode, or the kind of a dead letter
    // Of attempts only.
    std::string_view worker{};  // its consumer name
    std::int64_t attempt = 0;
    std::int64_t queue_wait_ms = -1;  // from entering its lane to the start, by the server's clock; −1: unknown
};

}  // namespace leat
