#include "chaos/fleet.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "subprocess.hpp"

namespace leat::cli::chaos {
namespace {

constexpr std::chrono::milliseconds kPollEvery{10};

}  // namespace

Fleet::Fleet(FleetOptions options, core::Random random) : options_(std::move(options)), random_(random) {}

Fleet::~Fleet() {
    stop(Milliseconds{0});
}

Result<void> Fleet::tend() {
    reap();
    if (stopped_ || holds_ > 0) return {};
    auto const now = Clock::now();
    while (running_.size() + due_.size() < options_.count) {
        auto const delay =
            first_ ? 0 : random_.below(static_cast<std::uint64_t>(options_.restart_delay_max.count()) + 1);
        due_.push_back(now + Milliseconds(delay));
    }
    first_ = false;
    std::ranges::sort(due_);
    while (!due_.empty() && due_.front() <= now) {
        if (auto started = start_one(); !started) return started;
        due_.erase(due_.begin());
    }
    return {};
}

Result<void> Fleet::start_one() {
    FleetProcess process;
    process.name = options_.role + "-" + std::to_string(++number_);
    Subprocess subprocess;
    subprocess.arguments = options_.command(process.name, number_);
    subprocess.environment = environment_;
    subprocess.output = options_.log;
    subprocess.death_signal = SIGKILL;
    process.started = Clock::now();
    process.pid = spawn(subprocess);
    if (process.pid < 0)
        return fail(ErrorCode::unavailable, "chaos", "cannot start a " + options_.role + ": " + std::strerror(errno));
    running_.push_back(process);
    if (options_.on_start) options_.on_start(process);
    return {};
}

void Fleet::reap() {
    std::erase_if(running_, [this](FleetProcess const& process) {
        int status = 0;
        if (::waitpid(process.pid, &status, WNOHANG) != process.pid) return false;
        if (options_.on_end) options_.on_end(process, status);
        return true;
    });
}

bool Fleet::signal(pid_t pid, int number) {
    reap();
    auto const found = std::ranges::find(running_, pid, &FleetProcess::pid);
    return found != running_.end() && send(*found, number);
}

void Fleet::signal_all(int number) {
    reap();
    for (auto const& process : running_)
        send(process, number);
}

bool Fleet::send(FleetProcess const& process, int number) {
    if (options_.on_signal) options_.on_signal(process, number);
    return ::kill(process.pid, number) == 0;
}

bool Fleet::stop(Milliseconds timeout) {
    stopped_ = true;
    signal_all(SIGCONT);
    signal_all(SIGTERM);
    auto const deadline = Clock::now() + timeout;
    bool by_themselves = true;
    for (reap(); !running_.empty(); reap()) {
        if (Clock::now() >= deadline) {
            by_themselves = false;
            signal_all(SIGKILL);
        }
        std::this_thread::sleep_for(kPollEvery);
    }
    return by_themselves;
}

}  // namespace leat::cli::chaos
