#pragma once
// Agents in any language: a handler that hands each task to a subprocess and reads its answer, one JSON line each way.
// The protocol is described in docs/exec-protocol.md.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leat/handler.hpp"

namespace leat {

// Limits of one agent process, enforced by the kernel. None: what the worker itself has. A limit above the worker's own
// hard limit is lowered to it.
struct ExecLimits {
    std::optional<std::uint64_t> memory_bytes;  // address space; runtimes such as Node reserve several GiB
    std::optional<std::uint64_t> cpu_seconds;   // over the whole life of a process, not per task
    std::optional<std::uint64_t> open_files;
    // Processes and threads of the worker's user, all of them together: what stops a fork bomb. Root has no such limit.
    std::optional<std::uint64_t> user_processes{};
};

// How to run the agent's command.
struct ExecOptions {
    // Program and arguments, passed as they are: no shell. A name without '/' is looked up in the PATH of
    // `environment`; a relative path counts from `working_directory`.
    std::vector<std::string> command;
    // Most subprocesses at once; 0: one per running attempt, so the agent's concurrency. Started when first needed,
    // then reused. Attempts beyond it wait in the order they came.
    int processes = 0;
    // Added to the only variables that are inherited: PATH, HOME, LANG, TZ. A variable here wins over an inherited one.
    std::map<std::string, std::string> environment;
    std::string working_directory;  // empty: the worker's
    // Longest line a subprocess may write, in bytes; one more fails the attempt.
    std::size_t output_bytes_max = Limits::payload_bytes + 64U * 1024U;
    ExecLimits limits;
    Milliseconds start_timeout{10'000};  // until the program has been loaded; 1 ms and above
    Milliseconds kill_grace{2'000};      // between SIGTERM and SIGKILL; 0 and above
};

// A coroutine handler that keeps subprocesses of `options.command`, each with one task at a time.
//
// The verdict is what the subprocess answers. `retry` with a reason that names the cause, one attempt each, where it
// cannot be started, ends before it answers, closes a pipe, or writes something that is no answer; it is replaced then,
// and the others go on. While starting keeps failing, starts are spaced out (0.1 s doubling to 30 s). `dead` where the
// payload is no JSON.
// Cancellation (timeout, cancel, lost lease, shutdown) ends the subprocess with its whole process group, SIGTERM first,
// SIGKILL after `kill_grace`, and the handler returns only then: no two runs of a task overlap.
//
// Threads: the handler may be called from any number of threads at once; all subprocesses belong to one thread of its
// own. Destroying the last copy of the handler, after every call has returned, closes their standard input, ends those
// that stay, and blocks for at most twice `kill_grace` and a little more.
// They die with the worker, however it ends; each has its own process group, no inherited descriptors and no new
// privileges. Needs Linux 5.11.
// Throws std::invalid_argument for malformed options.
[[nodiscard]] Handler exec_handler(ExecOptions options);

}  // namespace leat
