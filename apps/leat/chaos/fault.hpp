#pragma once
// Faults: what they are called, what they need, what they excuse, and how they are done.
//
// A fault is a function that does something bad, waits, and undoes it: when it returns, the system must be able to
// heal. The run writes `fault_begin` before it and `fault_end` after it, with what the fault excuses; the checker
// forgives inside that window and nowhere else. Everything happens on one thread: a fault waits with
// FaultContext::wait, which keeps the rest of the run going (ended processes are replaced, progress is shown).
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/excuse.hpp"
#include "core/random.hpp"
#include "leat/error.hpp"
#include "leat/task.hpp"
#include "store/keys.hpp"

namespace leat::cli::chaos {

class Fleet;
class RedisLink;
class ServerProcess;
class FaultProxy;

// What a fault needs to be possible. What is missing makes it skipped: loudly, and counted in the verdict.
enum class Need : std::uint8_t {
    own_server,  // the redis-server process is ours: kill, stop, restart, CONFIG, DEBUG
    proxy,       // workers and producers reach the server through our proxy
    clock_shim,  // the library that moves a process' clock
    fsync_shim,  // the library that forgets what was not synced
    root,        // mounts and network namespaces
    exec_agent,  // workers run the agent of subprocesses
};
[[nodiscard]] std::string_view to_string(Need need) noexcept;

// What a fault works with. Valid for one call of its function.
struct FaultContext {
    Fleet& workers;
    Fleet& producers;
    ServerProcess* server = nullptr;  // with Need::own_server
    FaultProxy* proxy = nullptr;      // with Need::proxy
    RedisLink& redis;                 // straight to the server, never through the proxy
    store::KeySpace const& space;     // of the run's namespace
    std::span<std::string const> agents;
    Milliseconds lease;            // of every agent
    std::filesystem::path folder;  // scratch space of the run, removed with it
    core::Random random;           // the fault's own, from the run's seed
    std::uint64_t salt = 0;        // unique per fault of a run, for names
    std::filesystem::path shims;   // holds clock_shim.so and power_loss_shim.so, with the Need for them
    // Lets `time` pass while the run goes on. False once the run has to end: undo the fault and return.
    std::function<bool(Milliseconds time)> wait;
    // The same until `condition` holds or `timeout` has passed; whether it holds.
    std::function<bool(std::function<bool()> const& condition, Milliseconds timeout)> wait_until;
    // One line into the history.
    std::function<void(std::string_view text)> note;
    // The window begins now instead of with the fault: for those that have to prepare, before they do harm.
    std::function<void()> harm_begins;
    // The same, and the excuse holds for runs of these processes alone.
    std::function<void(std::vector<std::string> processes)> harm_hits;
    // What the fault takes is taken now: what is written from here on stays.
    std::function<void()> taken;
    // Writes into the history what has ended so far; nothing may be written to Redis between this and the harm.
    std::function<Result<void>()> read_archive;
    // Restarts the server, which is harm of its own: `restart`, with a window of its own, which excuses duplicates.
    std::function<Result<void>(std::function<void()> const& while_stopped)> restart_server;
    // A task whose data the fault has hit: its "message", which the record outlives, its "record", which the message
    // outlives, or the "whole" of it. Only the loss of the last is forgiven, and listed.
    std::function<void(std::string_view agent, std::string_view task, std::string_view what)> damaged;
};

// One kind of fault.
struct FaultKind {
    std::string_view name;      // as in --fault: "worker-kill"
    std::string_view rows;      // of the fault matrix in docs/chaos.md: "1"
    std::string_view sentence;  // what it does, for --help and the report
    std::vector<Need> needs;
    Excuse excuse;
    // Does it once. Errors: the fault could not be done or undone (the run ends and is no verdict); `unsupported`: this
    // machine or server cannot do it (counted as skipped).
    Result<void> (*run)(FaultContext&) = nullptr;
    // It takes so much that a run with others has it once, early: what comes after it is judged in full.
    bool once = false;
};

// Every kind there is, in the order of the matrix. Names are unique.
[[nodiscard]] std::span<FaultKind const> all_faults();
// The kind of that name; nullptr where there is none.
[[nodiscard]] FaultKind const* find_fault(std::string_view name);

// Those of a list as people write it: "all", "none", names with commas in between, or "all-but:" and names.
// Errors: invalid_input, with the names that there are.
[[nodiscard]] Result<std::vector<FaultKind const*>> choose_faults(std::string_view list);

// The groups that all_faults() is made of, one file each.
[[nodiscard]] std::vector<FaultKind> worker_faults();    // rows 1 to 5
[[nodiscard]] std::vector<FaultKind> server_faults();    // rows 6 to 9, 11, 13, 14
[[nodiscard]] std::vector<FaultKind> disk_faults();      // row 10
[[nodiscard]] std::vector<FaultKind> failover_faults();  // row 12
[[nodiscard]] std::vector<FaultKind> data_faults();      // rows 15 and 16
[[nodiscard]] std::vector<FaultKind> network_faults();   // rows 17 to 19
[[nodiscard]] std::vector<FaultKind> clock_faults();     // rows 20 and 21

}  // namespace leat::cli::chaos
