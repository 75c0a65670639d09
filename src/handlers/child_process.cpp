#include "handlers/child_process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string_view>
#include <system_error>

namespace leat::handlers {
namespace {

constexpr int kFirstFreeFd = 3;  // after the standard streams
constexpr int kCannotStart = 127;

enum Step { kNone, kFolder, kLimits, kPrivileges, kStreams, kDescriptors, kProgram };

std::string text_of(int error) {
    return std::generic_category().message(error);
}

std::unexpected<Error> no_process(std::string_view call, int error) {
    return fail(ErrorCode::unavailable, "exec", std::string(call) + ": " + text_of(error));
}

struct Pipe {
    PosixFd read, write;
};

// Both ends close on exec and lie above the standard streams, so that dup2 onto those never meets them.
Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return no_process("pipe", errno);
    Pipe pipe{PosixFd(ends[0]), PosixFd(ends[1])};
    for (PosixFd* end : {&pipe.read, &pipe.write}) {
        if (end->get() >= kFirstFreeFd) continue;
        PosixFd moved(::fcntl(end->get(), F_DUPFD_CLOEXEC, kFirstFreeFd));
        if (moved.get() < 0) return no_process("fcntl", errno);
        *end = std::move(moved);
    }
    return pipe;
}

// The program's file: as given with a '/', else the first in PATH that may be run.
Result<std::string> find_program(LaunchPlan const& plan) {
    auto const& name = plan.arguments.front();
    if (name.find('/') != std::string::npos) return name;
    std::string_view rest = plan.path;
    while (!rest.empty()) {
        auto const end = rest.find(':');
        auto candidate = std::string(rest.substr(0, end)) + "/" + name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return fail(ErrorCode::invalid_input, "exec", "no program '" + name + "' in PATH (" + plan.path + ")");
}

std::vector<char*> pointers_to(std::vector<std::string> const& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto const& text : texts)
        pointers.push_back(const_cast<char*>(text.c_str()));  // execve does not write
    pointers.push_back(nullptr);
    return pointers;
}

// All that the child needs, so that it allocates nothing.
struct ChildPlan {
    char const* program;
    char* const* arguments;
    char* const* environment;
    char const* folder;  // null: stay
    ExecLimits limits;
    pid_t parent;
    int input, output, errors, start;
};

bool limit_resource(int resource, std::optional<std::uint64_t> wanted, rlim_t above = 0) noexcept {
    if (!wanted) return true;
    rlimit limit{};
    auto const which = static_cast<__rlimit_resource>(resource);
    if (::getrlimit(which, &limit) != 0) return false;
    auto const value = static_cast<rlim_t>(*wanted);
    if (value < limit.rlim_max) limit.rlim_max = value + above;
    limit.rlim_cur = std::min(limit.rlim_max, value);
    return ::setrlimit(which, &limit) == 0;
}

void reset_signals() noexcept {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        ::sigaction(signal, &action, nullptr);
}

bool connect_streams(ChildPlan const& plan) noexcept {
    return ::dup2(plan.input, STDIN_FILENO) >= 0 && ::dup2(plan.output, STDOUT_FILENO) >= 0 &&
           ::dup2(plan.errors, STDERR_FILENO) >= 0;
}

// The step that failed, with errno set; does not return where all worked.
Step become_program(ChildPlan const& plan) noexcept {
    if (plan.folder != nullptr && ::chdir(plan.folder) != 0) return kFolder;
    constexpr rlim_t kSecondForHandler = 1;  // between SIGXCPU and SIGKILL
    if (!limit_resource(RLIMIT_AS, plan.limits.memory_bytes) ||
        !limit_resource(RLIMIT_CPU, plan.limits.cpu_seconds, kSecondForHandler) ||
        !limit_resource(RLIMIT_NOFILE, plan.limits.open_files) ||
        !limit_resource(RLIMIT_NPROC, plan.limits.user_processes)) {
        return kLimits;
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return kPrivileges;
    if (!connect_streams(plan)) return kStreams;
    if (::close_range(kFirstFreeFd, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return kDescriptors;
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(plan.program, plan.arguments, plan.environment);
    return kProgram;
}

// Runs between fork and exec in a process that had other threads: only async-signal-safe calls from here on.
[[noreturn]] void run_child(ChildPlan const& plan) noexcept {
    reset_signals();
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(kCannotStart);  // the parent ended before the line above
    StartFailure failure;
    failure.step = become_program(plan);
    failure.error = errno;
    [[maybe_unused]] auto const written = ::write(plan.start, &failure, sizeof failure);
    ::_exit(kCannotStart);
}

// Blocks all signals of this thread, so that none of the parent's signal handlers runs in the child.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(SignalsBlocked const&) = delete;
    SignalsBlocked& operator=(SignalsBlocked const&) = delete;

  private:
    sigset_t before_{};
};

std::string signal_name(int number) {
    auto const* const name = ::sigabbrev_np(number);
    return name == nullptr ? std::string() : " (SIG" + std::string(name) + ")";
}

}  // namespace

LaunchPlan make_launch_plan(ExecOptions const& options) {
    auto variables = options.environment;
    for (char const* name : {"PATH", "HOME", "LANG", "TZ"}) {
        if (char const* value = std::getenv(name)) variables.try_emplace(name, value);
    }
    variables.try_emplace("PATH", kDefaultPath);
    LaunchPlan plan;
    plan.arguments = options.command;
    plan.path = variables["PATH"];
    for (auto const& [name, value] : variables)
        plan.environment.push_back(name + "=" + value);
    plan.working_directory = options.working_directory;
    plan.limits = options.limits;
    return plan;
}

std::string StartFailure::message(LaunchPlan const& plan) const {
    auto const reason = ": " + text_of(error);
    switch (static_cast<Step>(step)) {
        case kFolder:
            return "cannot enter the folder '" + plan.working_directory + "'" + reason;
        case kLimits:
            return "cannot set the resource limits" + reason;
        case kPrivileges:
            return "cannot give up new privileges" + reason;
        case kStreams:
            return "cannot connect the standard streams" + reason;
        case kDescriptors:
            return "cannot close inherited descriptors" + reason + " (needs Linux 5.11)";
        case kProgram:
        case kNone:
            break;
    }
    auto const hint = error == ENOEXEC ? " (a script needs a first line such as #!/bin/sh)" : "";
    return "cannot run '" + plan.arguments.front() + "'" + reason + hint;
}

Result<ChildProcess> start_child(LaunchPlan const& plan) {
    auto const program = find_program(plan);
    if (!program) return std::unexpected(program.error());
    auto input = make_pipe();
    if (!input) return std::unexpected(input.error());
    auto output = make_pipe();
    if (!output) return std::unexpected(output.error());
    auto errors = make_pipe();
    if (!errors) return std::unexpected(errors.error());
    auto start = make_pipe();
    if (!start) return std::unexpected(start.error());

    auto const arguments = pointers_to(plan.arguments);
    auto const environment = pointers_to(plan.environment);
    auto const* const folder = plan.working_directory.empty() ? nullptr : plan.working_directory.c_str();
    ChildPlan const child_plan{program->c_str(),    arguments.data(),  environment.data(), folder,
                               plan.limits,         ::getpid(),        input->read.get(),  output->write.get(),
                               errors->write.get(), start->write.get()};
    ChildProcess child;
    {
        SignalsBlocked const blocked;
        child.pid = ::fork();
        if (child.pid == 0) run_child(child_plan);
    }
    if (child.pid < 0) return no_process("fork", errno);
    ::setpgid(child.pid, child.pid);  // the child does the same; whoever is first
    child.exit = open_exit_watch(child.pid);
    if (child.exit.get() < 0) {
        int const error = errno;
        signal_group(child.pid, SIGKILL);
        ::waitpid(child.pid, nullptr, 0);
        return no_process("pidfd_open", error);
    }
    child.input = std::move(input->write);
    child.output = std::move(output->read);
    child.errors = std::move(errors->read);
    child.start = std::move(start->read);
    return child;
}

std::string ChildExit::message() const {
    switch (kind) {
        case Kind::exited:
            return "exited with status " + std::to_string(value);
        case Kind::killed:
            return "was killed by signal " + std::to_string(value) + signal_name(value);
        case Kind::unknown:
            break;
    }
    return "ended, and its exit status was collected by another part of this program";
}

// By number: the declaration in glibc 2.36 has no C linkage.
PosixFd open_exit_watch(pid_t pid) noexcept {
    return PosixFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
}

bool has_ended(int exit_fd) noexcept {
    pollfd query{exit_fd, POLLIN, 0};
    return ::poll(&query, 1, 0) > 0;
}

void signal_group(pid_t pid, int signal) noexcept {
    ::kill(-pid, signal);
}

ChildExit reap(pid_t pid) noexcept {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return {};
    auto const kind = info.si_code == CLD_EXITED ? ChildExit::Kind::exited : ChildExit::Kind::killed;
    return {kind, info.si_status};
}

}  // namespace leat::handlers
