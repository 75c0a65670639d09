#pragma once
// Starts one program with pipes on its standard streams, in a process group of its own, with nothing inherited that was
// not asked for. Plain system calls; who waits for what is decided elsewhere.
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "handlers/posix_fd.hpp"
#include "leat/exec.hpp"

namespace leat::handlers {

inline constexpr char const* kDefaultPath = "/usr/local/bin:/usr/bin:/bin";  // where the worker itself has no PATH

// What the program is started with, prepared once.
struct LaunchPlan {
    std::vector<std::string> arguments;    // the program first
    std::vector<std::string> environment;  // "NAME=value"
    std::string path;                      // folders for programs without '/', separated by ':'
    std::string working_directory;
    ExecLimits limits;
};
// Reads PATH, HOME, LANG and TZ of this process.
[[nodiscard]] LaunchPlan make_launch_plan(ExecOptions const& options);

struct ChildProcess {
    pid_t pid = -1;  // also its process group
    PosixFd exit;    // readable once it has ended
    PosixFd input;   // its standard input, ours to write
    PosixFd output;  // its standard output, ours to read
    PosixFd errors;  // its standard error, ours to read
    PosixFd start;   // a StartFailure, or the end of file once the program has been loaded
};

// What a child that could not load its program says.
struct StartFailure {
    int step = 0;
    int error = 0;  // errno
    [[nodiscard]] std::string message(LaunchPlan const& plan) const;
};

// Starts the program. The child ends with SIGKILL when the calling *thread* ends, so call it on one that stays.
// Errors: unavailable where a pipe or process cannot be had, invalid_input where the program is not found.
// Cost: a fork.
[[nodiscard]] Result<ChildProcess> start_child(LaunchPlan const& plan);

// How a process ended.
struct ChildExit {
    enum class Kind { exited, killed, unknown } kind = Kind::unknown;
    int value = 0;  // exit status or signal number

    // Continues "agent process …": "exited with status 3", "was killed by signal 11 (SIGSEGV)".
    [[nodiscard]] std::string message() const;
};

// A descriptor that becomes readable once the process has ended; empty with errno set where there is none.
[[nodiscard]] PosixFd open_exit_watch(pid_t pid) noexcept;
// Whether the process has ended, asked of ChildProcess::exit. It stays a zombie, so its group keeps its number.
[[nodiscard]] bool has_ended(int exit_fd) noexcept;
// Sends a signal to the whole group of a process that is not yet reaped.
void signal_group(pid_t pid, int signal) noexcept;
// Collects a process that has ended.
[[nodiscard]] ChildExit reap(pid_t pid) noexcept;

}  // namespace leat::handlers
