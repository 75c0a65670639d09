// Faults of the server process and what it is told to do: rows 6 to 9, 11, 13 and 14 of the matrix.
#include <signal.h>

#include <filesystem>

#include "chaos/fault_steps.hpp"
#include "chaos/shims.hpp"

namespace leat::cli::chaos {
namespace {

using namespace std::chrono_literals;

// What a kill may take with `everysec` while an fsync is slow, and a power cut always: Redis' own promise.
constexpr Milliseconds kEverysecLoss{2'000};

// SIGKILL to a server that syncs by `policy`, at a random moment, and a start on what it left.
Result<void> kill_with_policy(FaultContext& context, std::string const& policy) {
    auto const before = config(context.redis, "appendfsync");
    if (!before) return std::unexpected(before.error());
    if (auto set = set_config(context.redis, "appendfsync", policy); !set) return set;
    Restored const options(context.server->options());
    context.server->options().append_only = policy;
    [[maybe_unused]] bool const goes_on = wait_up_to(context, context.lease);
    context.harm_begins();
    context.note("SIGKILL to the server, which syncs " + policy);
    context.server->kill();
    if (auto started = context.server->start(); !started) return started;
    return set_config(context.redis, "appendfsync", *before);
}

// Row 6.
Result<void> redis_kill(FaultContext& context) {
    return kill_with_policy(context, "always");
}

// Row 7.
Result<void> redis_kill_everysec(FaultContext& context) {
    return kill_with_policy(context, "everysec");
}

// Row 8: the server runs on a disk that forgets what was not synced, and is killed.
Result<void> power_loss(FaultContext& context) {
    ForgetfulDisk const disk(context.shims / "power_loss_shim.so",
                             context.folder / ("synced-" + std::to_string(context.salt)));
    auto& server = *context.server;
    {
        Restored const options(server.options());
        server.options().append_only = "everysec";
        add_environment(server.options().environment, disk.environment());
        if (auto restarted = context.restart_server([&] { disk.all_is_synced(server.folder()); }); !restarted)
            return restarted;
        // More than a second, so that at least one sync is behind us.
        [[maybe_unused]] bool const goes_on = context.wait(1'200ms) && wait_up_to(context, context.lease);
        context.harm_begins();
        server.kill();
        context.taken();
        auto const lost = disk.lose_unsynced(server.folder());
        context.note("power cut: " + std::to_string(lost) + " bytes of the append-only file are gone");
    }
    return server.start();
}

// Row 9: everything is gone. What was dispatched before has to be dispatched again, which nobody does here. What had
// ended goes into the history first, while nothing can be written: only what lived at this moment is excused.
Result<void> redis_empty_restart(FaultContext& context) {
    constexpr Milliseconds longer_than_it_takes{60'000};
    context.harm_begins();
    auto const paused =
        context.redis.command({"client", "pause", std::to_string(longer_than_it_takes.count()), "write"});
    if (!paused) return std::unexpected(paused.error());
    if (auto read = context.read_archive(); !read) return read;
    context.server->kill();
    context.taken();
    std::error_code failed;
    std::filesystem::remove_all(context.server->folder() / "appendonlydir", failed);
    if (failed) return fail(ErrorCode::unavailable, "chaos", "cannot remove the server's data: " + failed.message());
    [[maybe_unused]] bool const goes_on = wait_up_to(context, 2 * context.lease);
    return context.server->start();
}

// Row 11: no more memory than it uses now. Dispatches are refused, what runs is settled.
Result<void> maxmemory(FaultContext& context) {
    auto const before = config(context.redis, "maxmemory");
    auto const used = info(context.redis, "memory", "used_memory");
    if (!before) return std::unexpected(before.error());
    if (!used) return std::unexpected(used.error());
    if (auto set = set_config(context.redis, "maxmemory", *used); !set) return set;
    context.note("maxmemory is " + *used + " bytes, all in use");
    [[maybe_unused]] bool const goes_on = context.wait(context.lease) && wait_up_to(context, context.lease);
    return set_config(context.redis, "maxmemory", *before);
}

// Row 13: the server answers nobody for two leases: it is stopped, or it pauses its clients.
Result<void> redis_stall(FaultContext& context) {
    auto const stall = 2 * context.lease;
    if (context.random.below(2) == 0) {
        context.note("SIGSTOP to the server");
        context.server->signal(SIGSTOP);
        [[maybe_unused]] bool const goes_on = context.wait(stall);
        context.server->signal(SIGCONT);
        return {};
    }
    context.note("the server pauses its clients");
    auto const paused = context.redis.command({"client", "pause", std::to_string(stall.count()), "all"});
    if (!paused) return std::unexpected(paused.error());
    [[maybe_unused]] bool const goes_on = context.wait(stall);
    return {};
}

// Row 14: scripts and connections are thrown away, again and again.
Result<void> script_flush(FaultContext& context) {
    constexpr Milliseconds period{100};
    auto const rounds = 2 * context.lease / period;
    for (std::int64_t round = 0; round < rounds; ++round) {
        try_command(context.redis, {"script", "flush"});
        if (round % 5 == 2) try_command(context.redis, {"client", "kill", "type", "normal"});
        if (round % 5 == 4) try_command(context.redis, {"client", "kill", "type", "pubsub"});
        if (!context.wait(period)) break;
    }
    return {};
}

}  // namespace

std::vector<FaultKind> server_faults() {
    return {
        {.name = "redis-kill",
         .rows = "6",
         .sentence = "SIGKILL to Redis while it syncs every write: nothing may be lost",
         .needs = {Need::own_server},
         .excuse = {.duplicates = true, .after_leases = 1},
         .run = redis_kill},
        {.name = "redis-kill-everysec",
         .rows = "7",
         .sentence = "SIGKILL to Redis while it syncs once a second: the kernel keeps what was written",
         .needs = {Need::own_server},
         .excuse = {.duplicates = true, .after_leases = 1},
         .run = redis_kill_everysec},
        {.name = "power-loss",
         .rows = "8",
         .sentence = "Redis loses what it had not synced: at most the last 2 s",
         .needs = {Need::own_server, Need::fsync_shim},
         .excuse = {.duplicates = true, .overlaps = true, .losses = kEverysecLoss, .after_leases = 1},
         .run = power_loss},
        {.name = "redis-empty-restart",
         .rows = "9",
         .sentence = "Redis comes back empty: what lived is lost, everything after has to work; once in a run, early",
         .needs = {Need::own_server},
         .excuse = {.duplicates = true, .overlaps = true, .emptied = true, .after_leases = 1},
         .run = redis_empty_restart,
         .once = true},
        {.name = "maxmemory",
         .rows = "11",
         .sentence = "Redis has no memory left: dispatches are refused, what runs is settled",
         .needs = {Need::own_server},
         .excuse = {},
         .run = maxmemory},
        {.name = "redis-stall",
         .rows = "13",
         .sentence = "Redis answers nobody for two leases",
         .needs = {Need::own_server},
         .excuse = {.duplicates = true, .overlaps = true, .after_leases = 1},
         .run = redis_stall},
        {.name = "script-flush",
         .rows = "14",
         .sentence = "SCRIPT FLUSH and CLIENT KILL in a loop",
         .needs = {Need::own_server},
         .excuse = {.duplicates = true},
         .run = script_flush},
    };
}

}  // namespace leat::cli::chaos
