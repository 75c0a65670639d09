// Faults of the worker processes: rows 1 to 5 of the matrix.
#include <signal.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "chaos/fault.hpp"
#include "chaos/fleet.hpp"

namespace leat::cli::chaos {
namespace {

// How long one worker may take to drain and a new one to come up.
constexpr Milliseconds kReplacement{20'000};

// A worker at random; no name where none runs just now.
FleetProcess any_worker(FaultContext& context) {
    auto const& running = context.workers.running();
    if (running.empty()) return {};
    return running[static_cast<std::size_t>(context.random.below(running.size()))];
}

std::vector<std::string> names_of(std::vector<FleetProcess> const& processes) {
    std::vector<std::string> names;
    for (auto const& process : processes)
        names.push_back(process.name);
    return names;
}

// Lets up to a lease pass, so that faults meet every moment of a lease.
bool wait_a_while(FaultContext& context) {
    return context.wait(Milliseconds(context.random.below(static_cast<std::uint64_t>(context.lease.count()))));
}

bool all_back(FaultContext& context) {
    return context.wait_until([&] { return context.workers.running().size() == context.workers.size(); }, kReplacement);
}

// Row 1. A replacement with a new name is started by the fleet.
Result<void> worker_kill(FaultContext& context) {
    if (!wait_a_while(context)) return {};
    if (auto const worker = any_worker(context); worker.pid > 0) {
        context.note("SIGKILL to " + worker.name);
        context.harm_hits({worker.name});
        context.workers.signal(worker.pid, SIGKILL);
    }
    return {};
}

Result<void> pause(FaultContext& context, double leases) {
    if (!wait_a_while(context)) return {};
    auto const worker = any_worker(context);
    if (worker.pid <= 0) return {};
    context.note("SIGSTOP to " + worker.name);
    context.harm_hits({worker.name});
    context.workers.signal(worker.pid, SIGSTOP);
    context.wait(Milliseconds(static_cast<std::int64_t>(leases * static_cast<double>(context.lease.count()))));
    context.workers.signal(worker.pid, SIGCONT);
    return {};
}

// Row 2: too short for its lease to lapse, and far too long.
Result<void> worker_pause_short(FaultContext& context) {
    return pause(context, 0.5);
}
Result<void> worker_pause(FaultContext& context) {
    return pause(context, 3);
}

// Row 3: nobody is left for a lease; those who come have other names.
Result<void> all_workers_restart(FaultContext& context) {
    context.workers.hold();
    context.harm_hits(names_of(context.workers.running()));
    context.workers.signal_all(SIGKILL);
    context.wait(context.lease);
    context.workers.release();
    all_back(context);
    return {};
}

// Row 4: one after the other drains and is replaced.
Result<void> worker_term(FaultContext& context) {
    auto const workers = context.workers.running();
    for (auto const& worker : workers) {
        context.note("SIGTERM to " + worker.name);
        context.workers.signal(worker.pid, SIGTERM);
        auto const gone = [&] { return !context.workers.signal(worker.pid, 0); };
        if (!context.wait_until(gone, kReplacement) || !all_back(context)) return {};
    }
    return {};
}

// The processes that a process has started.
std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    std::error_code ignored;
    auto const threads = std::filesystem::path("/proc") / std::to_string(parent) / "task";
    for (auto const& thread : std::filesystem::directory_iterator(threads, ignored)) {
        std::ifstream list(thread.path() / "children");
        for (pid_t child = 0; list >> child;)
            children.push_back(child);
    }
    return children;
}

// Row 5: the subprocesses of a worker crash, or hang until their timeout.
Result<void> handler_crash(FaultContext& context) {
    constexpr std::array<int, 4> kSignals{SIGSEGV, SIGABRT, SIGKILL, SIGSTOP};
    for (int round = 0; round < 3; ++round) {
        if (!wait_a_while(context)) return {};
        for (auto const child : children_of(any_worker(context).pid)) {
            auto const signal = kSignals[static_cast<std::size_t>(context.random.below(kSignals.size()))];
            context.note("signal " + std::to_string(signal) + " to a subprocess");
            ::kill(child, signal);
        }
    }
    return {};
}

}  // namespace

std::vector<FaultKind> worker_faults() {
    return {
        {.name = "worker-kill",
         .rows = "1",
         .sentence = "SIGKILL to a worker",
         .needs = {},
         .excuse = {.duplicates = true},
         .run = worker_kill},
        {.name = "worker-pause-short",
         .rows = "2",
         .sentence = "a worker stands still for half a lease",
         .needs = {},
         // Two thirds of a lease without a renewal, and the worker gives up what it runs.
         .excuse = {.duplicates = true, .after_leases = 0.5},
         .run = worker_pause_short},
        {.name = "worker-pause",
         .rows = "2",
         .sentence = "a worker stands still for three leases, then goes on",
         .needs = {},
         .excuse = {.duplicates = true, .overlaps = true, .after_leases = 1},
         .run = worker_pause},
        {.name = "all-workers-restart",
         .rows = "3",
         .sentence = "SIGKILL to all workers; others come a lease later",
         .needs = {},
         .excuse = {.duplicates = true},
         .run = all_workers_restart},
        {.name = "worker-term",
         .rows = "4",
         .sentence = "SIGTERM to one worker after the other: excuses nothing",
         .needs = {},
         .excuse = {},
         .run = worker_term},
        {.name = "handler-crash",
         .rows = "5",
         .sentence = "subprocesses of agents crash or hang: excuses nothing",
         .needs = {Need::exec_agent},
         .excuse = {},
         .run = handler_crash},
    };
}

}  // namespace leat::cli::chaos
