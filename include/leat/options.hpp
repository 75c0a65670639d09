#pragma once
// Options of clients, workers and agents. Plain structs: a default on each line, what it changes, and its bounds.
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "leat/task.hpp"

namespace leat {

struct Event;  // leat/event.hpp
// Receives typed events. Called on the engine thread: return fast, never block, never throw.
using EventListener = std::function<void(Event const&)>;
struct Span;  // leat/span.hpp
// Receives the spans of sampled traces once they have ended; it being there is what turns tracing on. Called on the
// engine thread: return fast, never block, never throw.
using SpanListener = std::function<void(Span const&)>;

// How to reach Redis and where Leat's keys are.
struct ConnectionOptions {
    // redis://[user[:password]@]host[:port][/db], rediss://… for TLS, unix:///path[?db=0];
    // redis+sentinel://[user[:password]@]host[:port][,host[:port]…]/master[/db], rediss+sentinel://… for TLS: the
    // sentinels say where the master is, now and after a failover.
    std::string redis = "redis://127.0.0.1:6379";
    // Overrides what the URL says; LEAT_REDIS_PASSWORD and password_file are read by the program. Never logged.
    std::string username{};
    std::string password{};
    // PEM file with the authorities to trust for rediss://; empty: the system's.
    std::string tls_ca_file{};
    // PEM files with this side's certificate (and its chain) and its key without a passphrase, for servers that want to
    // know their clients; both or none.
    std::string tls_cert_file{};
    std::string tls_key_file{};
    // What the sentinels want, which have users and passwords of their own; empty: nothing. Never logged.
    std::string sentinel_username{};
    std::string sentinel_password{};
    // First part of every key: [A-Za-z0-9_.-]{1,32}.
    std::string prefix = "leat";
    // How long to wait for a connection at the start of a call before it answers `unavailable`.
    Milliseconds connect_timeout{5'000};
    // How long an ordinary command may stay without an answer; then the connection is dropped and the answer is
    // unknown.
    Milliseconds command_timeout{10'000};
};

// Options of one dispatch.
struct DispatchOptions {
    std::int64_t priority = 0;                  // below 0 low, 0 normal, 1 high, 2 and above critical
    Milliseconds delay{0};                      // 0 to `Limits::delay_max`, from the server's now
    std::string id{};                           // empty: a fresh id; the same id twice creates one task
    std::optional<std::int64_t> max_retries{};  // 0 to `Limits::max_retries_max`; default: the client's
    std::optional<Milliseconds> timeout{};      // per attempt; default: the agent's
    std::optional<Durability> durability{};     // default: ClientOptions::durability
    std::string traceparent{};                  // W3C trace context; in a handler: Context::traceparent()
};

// One task of a batch.
struct NewTask {
    std::string payload_text{};  // UTF-8 JSON text
    DispatchOptions options{};
};

struct ClientOptions : ConnectionOptions {
    // Refuse dispatches (status `full`) while the agent holds this many waiting tasks; none: no limit.
    std::optional<std::int64_t> max_waiting{};
    // Of dispatches that do not name their own; none: what the agent's workers say (AgentOptions::max_retries).
    std::optional<std::int64_t> max_retries{};
    std::size_t payload_bytes_max = Limits::payload_bytes;
    Durability durability{};                 // of dispatches that do not name a level of their own
    Milliseconds durability_timeout{1'000};  // how long a dispatch waits for its level: 1 ms to 1 h
    EventListener on_event{};
    SpanListener on_span{};  // tasks then carry the span of their dispatch, in a new trace where none is given
};

enum class LaneOrder : std::uint8_t {
    weighted,  // 8:4:2:1, nobody starves
    strict,    // a lane is served only while the lanes above it are empty
};

// The policy of one agent in one worker. Lease, max_retries, retention, results_kept and dead_kept are the agent's: its
// workers follow the one that started last.
struct AgentOptions {
    int concurrency = 16;                       // handlers at once in this worker, 1 to 100,000
    Milliseconds lease{30'000};                 // 1 s to 24 h; renewed at a third
    Milliseconds timeout{30 * 60 * 1'000};      // per attempt; 0 is refused, use a large value
    std::optional<std::int64_t> max_retries{};  // of tasks that come without their own, 0 to 1,000; none: 3
    int max_crashes = 3;                        // deliveries without a verdict before the task is dead as `poison`
    Milliseconds backoff_base{1'000};           // first retry; doubles each time, full jitter
    Milliseconds backoff_cap{10 * 60 * 1'000};
    double backoff_factor = 2.0;  // 1 to 10
    LaneOrder lane_order = LaneOrder::weighted;
    std::array<int, kLanes> lane_weights{8, 4, 2, 1};
    std::size_t result_bytes_max = Limits::payload_bytes;
    bool archive_payload = true;                // keep payloads up to 4 KiB in the results archive
    Milliseconds retention{24 * 3600 * 1'000};  // how long the record of a finished task stays: also the dedupe window
    std::int64_t results_kept = 100'000;        // entries in the results stream, about
    std::int64_t dead_kept = 10'000;            // dead letters, about
    std::string results_stream{};  // empty: <prefix>:{agent}:results; set it to share one stream (no Cluster)
    std::string dead_stream{};     // empty: <prefix>:{agent}:dead
};

// The stream through which any program hands in tasks with XADD.
struct FrontDoorOptions {
    bool enabled = false;
    std::string stream = "tasks";
    std::string dead_stream{};  // unreadable entries with their reason; empty: <prefix>:front:dead
};

struct WorkerOptions : ConnectionOptions {
    std::string name{};           // shown in listings; default: the host name
    int handler_threads = 2;      // threads that run coroutine handlers
    Milliseconds grace{25'000};   // how long a drain waits for running handlers
    bool handle_signals = true;   // run() installs SIGTERM and SIGINT: first drains, second ends at once
    bool allow_eviction = false;  // start although the server may evict keys (it will lose tasks)
    FrontDoorOptions front_door{};
    EventListener on_event{};
    SpanListener on_span{};  // each attempt then is a span of its own; see Context::traceparent()
};

}  // namespace leat
