#include "chaos/run.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "chaos/fault_proxy.hpp"
#include "chaos/fault_turn.hpp"
#include "chaos/final_reading.hpp"
#include "chaos/fleet.hpp"
#include "chaos/history_file.hpp"
#include "chaos/load.hpp"
#include "chaos/redis_link.hpp"
#include "chaos/run_counts.hpp"
#include "chaos/run_folder.hpp"
#include "chaos/schedule.hpp"
#include "chaos/server_process.hpp"
#include "chaos/setup.hpp"
#include "subprocess.hpp"

namespace leat::cli::chaos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPumpEvery = 20ms;
constexpr auto kProgressEvery = 250ms;
constexpr auto kProducersStop = 20s;  // longer than a command may take
constexpr auto kWorkersStop = 20s;    // longer than their grace
constexpr auto kRestLookEvery = 200ms;
// Until all is at rest: the front door's entries of a killed worker wait 30 s, delays and backoffs come on top.
constexpr auto kRestTimeout = 120s;
constexpr int kRestLooks = 3;  // in a row

std::string ended_how(int status) {
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit " + std::to_string(WEXITSTATUS(status));
}

class ChaosRun {
  public:
    ChaosRun(RunOptions const& options, RunFolder& folder, HistoryWriter history)
        : options_(options), folder_(folder), history_(std::move(history)), counts_(folder.path()) {}

    // The whole run; its end is written in any case. The error is what made it fail.
    Result<void> go() {
        auto done = prepare();
        if (done) done = load_and_faults();
        if (done) done = come_to_rest();
        if (done) done = take_down_and_read();
        Entry end{.op = Op::end, .status = end_status_};
        if (!done) {
            end.status = "failed";
            end.detail = done.error().message();
        } else {
            end.detail = unrest_;
        }
        history_.write(std::move(end));
        return done;
    }

  private:
    // --- before ---

    Result<void> prepare() {
        for (auto const& agent : kAgents)
            agents_.emplace_back(agent.name);
        if (auto opened = open_server(); !opened) return opened;
        auto link = RedisLink::open(setup_.connection);
        if (!link) return std::unexpected(link.error());
        link_ = std::move(*link);
        if (auto const pong = link_->command({"PING"}); !pong) return std::unexpected(pong.error());
        choose();
        if (proxy_) setup_.connection.redis = proxy_->url();
        setup_.folder = folder_.path();
        setup_.lease = options_.lease;
        setup_.rate = options_.rate / static_cast<double>(std::max<std::size_t>(options_.producers, 1));
        setup_.seed = options_.seed;
        if (auto written = write_setup(setup_, folder_.path() / "setup.json"); !written) return written;
        space_ = store::KeySpace(setup_.connection.prefix);
        Entry plan{.op = Op::plan, .detail = "seed " + std::to_string(options_.seed)};
        plan.value = options_.lease.count();
        plan.count = kMaxCrashes;
        plan.attempt = kDrainGrace.count();
        history_.write(std::move(plan));
        workers_ = fleet("worker", options_.workers);
        producers_ = fleet("producer", options_.producers);
        return {};
    }

    Result<void> open_server() {
        if (options_.server) {
            setup_.connection = *options_.server;
            setup_.connection.prefix = "chaos-" + std::to_string(::getpid()) + "-" + std::to_string(options_.seed);
            return {};
        }
        PrivateServerOptions server;
        server.folder = folder_.path() / "redis";
        // Faults need these; the server listens on a socket in a folder of ours.
        server.arguments = {"--enable-debug-command", "yes"};
        server_ = std::make_unique<ServerProcess>(std::move(server));
        if (auto started = server_->start(); !started) return started;
        setup_.connection.redis = server_->url();
        return {};
    }

    // Which of the wanted faults are possible here; the others are skipped aloud.
    void choose() {
        bool needs_proxy = false;
        for (auto const* const fault : options_.faults) {
            auto const missing = std::ranges::find_if(fault->needs, [this](Need need) { return !has(need); });
            if (missing != fault->needs.end()) {
                skip(*fault, "needs " + std::string(to_string(*missing)));
                continue;
            }
            needs_proxy = needs_proxy || std::ranges::find(fault->needs, Need::proxy) != fault->needs.end();
            chosen_.push_back(fault);
        }
        if (needs_proxy)
            proxy_ = std::make_unique<FaultProxy>(server_->url(), folder_.path() / "proxy.sock", options_.seed);
    }

    [[nodiscard]] bool has(Need need) const {
        switch (need) {
            case Need::own_server:
            case Need::proxy:
                return server_ != nullptr;
            case Need::clock_shim:
                return server_ != nullptr && fs::exists(options_.shims / "clock_shim.so");
            case Need::fsync_shim:
                return server_ != nullptr && fs::exists(options_.shims / "power_loss_shim.so");
            case Need::root:
                return ::geteuid() == 0;
            case Need::exec_agent:
                return true;
        }
        return false;
    }

    void skip(FaultKind const& fault, std::string const& why) {
        Entry entry{.op = Op::fault, .phase = Phase::info, .status = std::string(fault.name), .detail = why};
        history_.write(std::move(entry));
        if (options_.on_notice) options_.on_notice("SKIPPED " + std::string(fault.name) + ": " + why);
    }

    std::unique_ptr<Fleet> fleet(std::string const& role, std::size_t count) {
        FleetOptions options;
        options.role = role;
        options.count = count;
        auto const setup = (folder_.path() / "setup.json").string();
        options.command = [program = own_path(), setup, role](std::string const& name, std::uint64_t number) {
            return std::vector<std::string>{
                program, "chaos", role, "--setup", setup, "--name", name, "--number", std::to_string(number)};
        };
        options.restart_delay_max = options_.lease / 4;
        options.log = folder_.path() / (role + ".log");
        auto const write = [this](Phase phase, FleetProcess const& process, std::string status) {
            Entry entry{.op = Op::process, .phase = phase, .task = process.name, .status = std::move(status)};
            entry.value = process.pid;
            history_.write(std::move(entry));
        };
        options.on_start = [write](FleetProcess const& process) { write(Phase::begin, process, {}); };
        options.on_end = [write](FleetProcess const& process, int status) {
            write(Phase::end, process, ended_how(status));
        };
        options.on_signal = [write](FleetProcess const& process, int number) {
            if (number == SIGKILL || number == SIGTERM) write(Phase::info, process, "signal " + std::to_string(number));
        };
        core::Random random(options_.seed * 2 + (role == "worker" ? 1 : 0));
        return std::make_unique<Fleet>(std::move(options), random);
    }

    // --- during ---

    // One turn of everything that goes on beside the faults. False once the run has to end.
    bool pump() {
        for (auto* const fleet : {workers_.get(), producers_.get()}) {
            if (auto tended = fleet->tend(); !tended && failure_.detail.empty()) failure_ = tended.error();
        }
        if (server_ && !fault_runs_ && !server_->alive() && failure_.detail.empty())
            failure_ = {ErrorCode::unavailable, "chaos", "the redis-server ended by itself"};
        if (options_.interrupted && options_.interrupted()) stopped_ = true;
        if (auto const now = Clock::now(); now >= progress_due_) {
            progress_due_ = now + kProgressEvery;
            counts_.update();
            if (options_.on_progress) options_.on_progress(phase_, fault_, counts_.handed_in(), counts_.runs());
        }
        return !stopped_ && failure_.detail.empty();
    }

    bool wait_until(std::function<bool()> const& condition, Clock::time_point deadline) {
        while (pump()) {
            if (condition()) return true;
            auto const now = Clock::now();
            if (now >= deadline) return false;
            std::this_thread::sleep_for(std::min<Clock::duration>(kPumpEvery, deadline - now));
        }
        return false;
    }
    bool wait(Milliseconds time) {
        wait_until([] { return false; }, Clock::now() + time);
        return !stopped_ && failure_.detail.empty();
    }

    Result<void> load_and_faults() {
        auto const deadline = Clock::now() + options_.duration;
        auto const planned_faults = chosen_;
        std::vector<bool> once;
        for (auto const* const fault : chosen_)
            once.push_back(fault->once);
        Schedule schedule(options_.seed, once.empty() ? std::vector<bool>{false} : once, options_.lease);
        while (Clock::now() < deadline) {
            auto const planned = schedule.next();
            auto const left = std::chrono::duration_cast<Milliseconds>(deadline - Clock::now());
            if (!wait(chosen_.empty() ? left : std::min(planned.pause, left))) break;
            if (chosen_.empty() || Clock::now() >= deadline) break;
            auto const* const fault = planned_faults[planned.fault];
            if (std::ranges::find(chosen_, fault) == chosen_.end()) continue;  // this machine cannot do it
            if (auto done = do_fault(*fault, planned); !done) return done;
        }
        if (!failure_.detail.empty()) return std::unexpected(failure_);
        return {};
    }

    Result<void> do_fault(FaultKind const& fault, Planned const& planned) {
        FaultTurn turn(
            {.history = history_,
             .workers = *workers_,
             .producers = *producers_,
             .server = server_.get(),
             .proxy = proxy_.get(),
             .redis = *link_,
             .space = space_,
             .agents = agents_,
             .lease = options_.lease,
             .folder = folder_.path(),
             .shims = options_.shims,
             .wait = [this](Milliseconds time) { return wait(time); },
             .wait_until = [this](std::function<bool()> const& condition,
                                  Milliseconds timeout) { return wait_until(condition, Clock::now() + timeout); }},
            fault, planned);
        fault_ = fault.name;
        fault_runs_ = true;
        auto const done = turn.take();
        fault_runs_ = false;
        fault_.clear();
        if (done || done.error().code != ErrorCode::unsupported) return done;
        skip(fault, done.error().detail);
        std::erase(chosen_, &fault);
        return {};
    }

    void note(std::string_view text) {
        Entry entry{.op = Op::note, .detail = std::string(text)};
        history_.write(std::move(entry));
    }

    // --- after ---

    [[nodiscard]] Result<TaskNames> tasks_handed_in() const {
        auto const histories = folder_.read();
        if (!histories) return std::unexpected(histories.error());
        TaskNames tasks;
        for (auto const& entry : *histories) {
            if (entry.op == Op::dispatch || entry.op == Op::front) tasks.emplace(entry.agent, entry.task);
        }
        return tasks;
    }

    Result<void> come_to_rest() {
        if (stopped_) return {};
        phase_ = "coming to rest";
        producers_->stop(kProducersStop);
        auto tasks = tasks_handed_in();
        if (!tasks) return std::unexpected(tasks.error());
        auto const deadline = Clock::now() + kRestTimeout;
        int looks = 0;
        while (looks < kRestLooks) {
            if (!wait(kRestLookEvery)) break;
            auto const unrest = look_for_rest(*link_, space_, setup_.front_stream(), agents_, *tasks);
            bool const rest = unrest && unrest->left == 0;
            looks = rest ? looks + 1 : 0;
            if (rest || Clock::now() < deadline) continue;
            unrest_ = unrest ? unrest->what : unrest.error().message();
            end_status_ = "timeout";
            break;
        }
        if (!failure_.detail.empty()) return std::unexpected(failure_);
        return {};
    }

    Result<void> take_down_and_read() {
        if (stopped_) {
            end_status_ = "stopped";
            return {};
        }
        phase_ = "reading";
        if (!workers_->stop(kWorkersStop)) note("a worker did not stop in time");
        auto const tasks = tasks_handed_in();
        if (!tasks) return std::unexpected(tasks.error());
        auto read = read_all(*link_, space_, setup_.front_stream(), agents_, *tasks, history_);
        if (read && !server_) read = remove_all(*link_, setup_.connection.prefix);
        return read;
    }

    RunOptions const& options_;
    RunFolder& folder_;
    HistoryWriter history_;
    RunCounts counts_;
    Setup setup_;
    std::vector<std::string> agents_;
    store::KeySpace space_;
    std::vector<FaultKind const*> chosen_;
    // In the order in which they depend on each other.
    std::unique_ptr<ServerProcess> server_;
    std::unique_ptr<FaultProxy> proxy_;
    std::unique_ptr<RedisLink> link_;
    std::unique_ptr<Fleet> workers_;
    std::unique_ptr<Fleet> producers_;

    std::string phase_ = "load";
    std::string fault_;  // under way
    bool fault_runs_ = false;
    bool stopped_ = false;
    Error failure_;  // with a detail: the run has failed
    Clock::time_point progress_due_;
    std::string end_status_ = "drained";
    std::string unrest_;
};

}  // namespace

Result<RunResult> run_chaos(RunOptions const& options) {
    auto const started = Clock::now();
    auto folder = RunFolder::make();
    if (!folder) return std::unexpected(folder.error());
    auto writer = HistoryWriter::open(folder->path() / "run.history", "run");
    if (!writer) return std::unexpected(writer.error());
    Result<void> done;
    {
        ChaosRun run(options, *folder, std::move(*writer));
        done = run.go();
    }
    auto entries = folder->read();
    if (!entries) return std::unexpected(entries.error());
    RunResult result;
    if (!options.history.empty()) {
        if (auto written = write_history(options.history, *entries); !written) return std::unexpected(written.error());
        result.history = options.history;
    }
    Checker checker;
    for (auto& entry : *entries)
        checker.add(std::move(entry));
    result.report = checker.finish();
    result.seconds = std::chrono::duration<double>(Clock::now() - started).count();
    if (result.report.verdict != Verdict::valid && result.history.empty()) result.history = folder->keep();
    if (!done && result.report.verdict != Verdict::invalid) return std::unexpected(done.error());
    return result;
}

}  // namespace leat::cli::chaos
