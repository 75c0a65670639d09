#pragma once
// The runtime's constants, with their units and the relations between them.
#include <chrono>
#include <cstddef>

namespace leat::runtime {

using namespace std::chrono_literals;

// How long an idle worker's read blocks. Bounds how late a lost control message is noticed.
inline constexpr std::chrono::milliseconds kBlock = 5s;
// A fetch loop without any sign of life for this long is restarted.
inline constexpr std::chrono::milliseconds kWatchdogSilence = 3 * kBlock;
static_assert(kWatchdogSilence > 2 * kBlock, "a read may overrun its BLOCK time (redis/redis#12998)");

// Settle calls of one agent under way at once: one at the server, one on its way there. A call that could take more
// verdicts is sent only while none is under way (RFC 896): what comes meanwhile shares its cost.
inline constexpr std::size_t kSettleCalls = 2;
// Verdicts that wait for their recording, per agent: beyond it no new work is fetched until half of them are recorded.
// Runs of short handlers outpace the recording; what is not recorded runs again after a crash.
inline constexpr std::size_t kUnsettledMax = 1'000;

// What handlers say, per agent: how much of it waits for its writing, and how much one write takes. What is more is
// dropped and counted.
inline constexpr std::size_t kLogBufferLines = 1'000;
inline constexpr std::size_t kLogBufferBytes = 256U << 10;
inline constexpr std::size_t kLogBatch = 500;
// The first line goes out at once, further ones this much later, or once the buffer is half full.
inline constexpr std::chrono::milliseconds kLogEvery = 200ms;
// The same behind a write that failed.
inline constexpr std::chrono::milliseconds kLogRetryEvery = 2s;
// Writes under way at once; and where verdicts wait for nothing but them.
inline constexpr std::size_t kLogCalls = 2;
inline constexpr std::size_t kLogCallsMax = 8;
// Lines of one attempt, and steps of progress that led no further than an earlier one.
inline constexpr int kLogLinesPerAttempt = 1'000;

// How long a cancelled handler may go on before its task is judged without it.
inline constexpr std::chrono::milliseconds kCancelGrace = 30s;
// After the grace of a drain: how long interrupted handlers and their verdicts may take.
inline constexpr std::chrono::milliseconds kDrainCancelGrace = 5s;

// Those of them that tests shorten.
struct Pace {
    std::chrono::milliseconds block = kBlock;
    std::chrono::milliseconds watchdog_silence = kWatchdogSilence;
    std::chrono::milliseconds cancel_grace = kCancelGrace;
    std::chrono::milliseconds drain_cancel_grace = kDrainCancelGrace;
};

// A worker without its server tries again at least so often in a lease (the shortest one of its agents): what it holds
// must not be lost by waiting.
inline constexpr int kReconnectsPerLease = 6;

// Pauses after an error of a service, full jitter in between.
inline constexpr std::chrono::milliseconds kRetryPauseMin = 50ms;
inline constexpr std::chrono::milliseconds kRetryPauseMax = 2s;

// The scheduler looks at least this often, should a wake-up be lost.
inline constexpr std::chrono::milliseconds kSchedulePoll = 5s;
inline constexpr std::chrono::milliseconds kHeartbeatEvery = 5s;
// A worker that has not beaten for this long is shown as gone.
inline constexpr std::chrono::milliseconds kHeartbeatTtl = 20s;
static_assert(kHeartbeatTtl > 3 * kHeartbeatEvery, "one lost beat must not look like a dead worker");
inline constexpr std::chrono::milliseconds kJanitorEvery = 60s;
// How soon scripts that somebody flushed are loaded again for users who may not load them.
inline constexpr std::chrono::milliseconds kScriptsEvery = 10s;
// How often an agent's groups are looked at, and all of its tasks; and the pause between two slices of the latter.
inline constexpr std::chrono::milliseconds kMendEvery = 5s;
inline constexpr std::chrono::milliseconds kAuditEvery = 5min;
inline constexpr std::chrono::milliseconds kAuditPace = 100ms;
// A pass that nobody asked for, because the number of live tasks looks wrong, comes no sooner after the last one.
inline constexpr std::chrono::milliseconds kAuditPause = 20s;

// Front door: entries read at once, and silence after which another worker's entries are taken over.
inline constexpr std::size_t kFrontBatch = 100;
inline constexpr std::chrono::milliseconds kFrontIdle = 30s;

}  // namespace leat::runtime
