#pragma once
// The run's subprocesses of one role (workers, producers): kept at a number, replaced when they end.
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.hpp"
#include "leat/error.hpp"
#include "leat/task.hpp"

namespace leat::cli::chaos {

// One running process. `name` is unique for the whole run, never reused: it names the history's lines of the process.
struct FleetProcess {
    std::string name;
    pid_t pid = -1;
    std::chrono::steady_clock::time_point started;
};

struct FleetOptions {
    std::string role;  // "worker": processes are worker-1, worker-2, …
    std::size_t count = 1;
    // The command line of the process with that name and number (from 1 on).
    std::function<std::vector<std::string>(std::string const& name, std::uint64_t number)> command;
    Milliseconds restart_delay_max{500};  // an ended process is replaced after 0 to this
    std::string log;                      // file that takes stdout and stderr of all
    // Called after each start and each end; `status` is waitpid's.
    std::function<void(FleetProcess const&)> on_start{};
    std::function<void(FleetProcess const&, int status)> on_end{};
    // Called before a signal is sent.
    std::function<void(FleetProcess const&, int number)> on_signal{};
};

// Not thread-safe: everything on the thread that made it, which has to outlive its processes (they die with it).
class Fleet {
  public:
    Fleet(FleetOptions options, core::Random random);
    // Kills what is left.
    ~Fleet();
    Fleet(Fleet const&) = delete;
    Fleet& operator=(Fleet const&) = delete;

    // Reaps the ended, starts the missing. Called often by the run. Errors: no process can be made.
    [[nodiscard]] Result<void> tend();

    // Running now; a process that was just killed may still be in it until the next tend().
    [[nodiscard]] std::vector<FleetProcess> const& running() const noexcept { return running_; }
    [[nodiscard]] std::size_t size() const noexcept { return options_.count; }

    // A signal to one process. Whether it still ran.
    bool signal(pid_t pid, int number);
    // To all that run.
    void signal_all(int number);

    // While held, ended processes are not replaced. Counted: release as often as hold.
    void hold() noexcept { ++holds_; }
    void release() noexcept { --holds_; }

    // Added to the environment of processes that are started from now on; an empty map ends it.
    void set_environment(std::map<std::string, std::string> variables) { environment_ = std::move(variables); }

    // Ends all for good: SIGTERM, and SIGKILL for what is left after `timeout`. Whether all ended by themselves.
    bool stop(Milliseconds timeout);

    [[nodiscard]] std::uint64_t started() const noexcept { return number_; }

  private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] Result<void> start_one();
    bool send(FleetProcess const& process, int number);
    void reap();

    FleetOptions options_;
    core::Random random_;
    std::vector<FleetProcess> running_;
    std::vector<Clock::time_point> due_;  // when each missing process is to be started
    std::map<std::string, std::string> environment_;
    std::uint64_t number_ = 0;
    int holds_ = 0;
    bool first_ = true;
    bool stopped_ = false;
};

}  // namespace leat::cli::chaos
