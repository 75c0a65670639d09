#include "bench/measure.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "async/io_thread.hpp"
#include "async/task_group.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"
#include "store/open.hpp"

namespace leat::cli::bench {
namespace {

using boost::asio::awaitable;

constexpr std::chrono::milliseconds kPollEvery{2};
constexpr double kMib = 1024.0 * 1024.0;
constexpr int kSlowCallUs = 1'000;
constexpr int kSlowCallsKept = 1'000;

double seconds_of(timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// In steps of 10 ms, as the kernel tells it of others.
double cpu_seconds_of(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(stat, text);
    std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
        fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double resident_mib_of(std::string const& process) {
    std::ifstream statm("/proc/" + process + "/statm");
    double size = 0;
    double resident = 0;
    statm >> size >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / kMib;
}

}  // namespace

std::int64_t steady_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double own_cpu_seconds(std::span<pid_t const> others) {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    for (auto const pid : others)
        seconds += cpu_seconds_of(pid);
    return seconds;
}

double resident_mib(std::span<pid_t const> others) {
    auto mib = resident_mib_of("self");
    for (auto const pid : others)
        mib += resident_mib_of(std::to_string(pid));
    return mib;
}

MachineTime machine_time() {
    constexpr int kFields = 8;  // user, nice, system, idle, iowait, irq, softirq, steal; guests are within user
    std::ifstream stat("/proc/stat");
    std::string name;
    stat >> name;
    MachineTime time;
    for (int field = 1; field <= kFields; ++field) {
        std::int64_t ticks = 0;
        if (!(stat >> ticks)) return {};
        time.all += ticks;
        if (field == kFields) time.stolen = ticks;
    }
    return time;
}

class ServerProbe::Impl {
  public:
    explicit Impl(redis::ConnectOptions options)
        : engine_("leat-probe"),
          connection_(engine_.context().get_executor(), std::move(options)),
          group_(engine_.context().get_executor()) {
        boost::asio::post(engine_.context(), [this] { group_.spawn(connection_.run()); });
    }
    ~Impl() { boost::asio::co_spawn(engine_.context(), close(), boost::asio::use_future).get(); }

    redis::Reply ask(redis::Command command) {
        return boost::asio::co_spawn(engine_.context(), run(std::move(command)), boost::asio::use_future).get();
    }
    std::string text(redis::Command command) { return std::string(ask(std::move(command)).root().text()); }

  private:
    awaitable<redis::Reply> run(redis::Command command) {
        auto reply = co_await connection_.exec(std::move(command));
        if (!reply) throw std::runtime_error(reply.error().message());
        co_return std::move(*reply);
    }
    awaitable<void> close() {
        connection_.close();
        co_await group_.join();
    }

    async::IoThread engine_;
    redis::Connection connection_;
    async::TaskGroup group_;
};

ServerProbe::ServerProbe(ConnectionOptions const& connection) {
    auto options = store::connect_options_of(connection);
    if (!options) throw std::runtime_error(options.error().message());
    impl_ = std::make_unique<Impl>(std::move(*options));
}

ServerProbe::~ServerProbe() = default;

std::string ServerProbe::info(std::string_view field) {
    auto const text = impl_->text(redis::Command("INFO"));
    auto const start = text.find("\n" + std::string(field) + ":");
    if (start == std::string::npos) return {};
    auto const value = start + field.size() + 2;
    return text.substr(value, text.find_first_of("\r\n", value) - value);
}

double ServerProbe::number(std::string_view field) {
    return std::stod("0" + info(field));
}

std::string ServerProbe::setting(std::string_view name) {
    redis::Command command("CONFIG");
    command.args(std::string_view("GET"), name);
    auto const reply = impl_->ask(std::move(command));
    auto const pair = reply.root();
    return pair.is_aggregate() && pair.size() >= 2 ? std::string(pair[1].text()) : std::string{};
}

double ServerProbe::cpu_seconds() {
    return number("used_cpu_user") + number("used_cpu_sys");
}

void ServerProbe::watch_slow_calls() {
    for (auto const& [name, value] :
         {std::pair{"slowlog-log-slower-than", kSlowCallUs}, std::pair{"slowlog-max-len", kSlowCallsKept}}) {
        redis::Command command("CONFIG");
        command.args(std::string_view("SET"), std::string_view(name), value);
        impl_->ask(std::move(command));
    }
    slow_calls_watched_ = true;
    static_cast<void>(slowest_call_ms());
}

std::optional<double> ServerProbe::slowest_call_ms() {
    if (!slow_calls_watched_) return std::nullopt;
    redis::Command get("SLOWLOG");
    get.args(std::string_view("GET"), kSlowCallsKept);
    auto const calls = impl_->ask(std::move(get));
    std::int64_t slowest_us = 0;
    for (auto const call : calls.root())
        slowest_us = std::max(slowest_us, call[2].integer().value_or(0));
    redis::Command reset("SLOWLOG");
    impl_->ask(std::move(reset.arg("RESET")));
    return static_cast<double>(slowest_us) / 1e3;
}

std::int64_t ServerProbe::stat(std::string const& prefix, std::string const& agent, std::string_view field) {
    redis::Command command("HGET");
    command.args(store::KeySpace(prefix).agent(agent).stats, field);
    auto const text = impl_->text(std::move(command));
    return text.empty() ? 0 : std::stoll(text);
}

bool ServerProbe::wait_for_stat(std::string const& prefix, std::string const& agent, std::string_view field,
                                std::int64_t value, std::chrono::seconds timeout) {
    auto const deadline = std::chrono::steady_clock::now() + timeout;
    while (stat(prefix, agent, field) < value) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(kPollEvery);
    }
    return true;
}

Percentiles percentiles(std::vector<std::int64_t>& durations_ns) {
    if (durations_ns.empty()) return {};
    std::ranges::sort(durations_ns);
    auto const at = [&](double q) {
        auto const rank = std::ceil(q * static_cast<double>(durations_ns.size()));
        auto const index = std::min(durations_ns.size(), static_cast<std::size_t>(std::max(1.0, rank))) - 1;
        return static_cast<double>(durations_ns[index]) / 1e6;
    };
    return {at(0.50), at(0.95), at(0.99), at(1.0)};
}

PhaseTimer::PhaseTimer(ServerProbe& probe, std::string name, std::vector<pid_t> others)
    : probe_(probe), others_(std::move(others)) {
    phase_.name = std::move(name);
    static_cast<void>(probe_.slowest_call_ms());
    redis_cpu_ = probe_.cpu_seconds();
    own_cpu_ = own_cpu_seconds(others_);
    machine_ = machine_time();
    started_ = std::chrono::steady_clock::now();
}

Phase PhaseTimer::finish(std::int64_t tasks) {
    phase_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    auto const machine = machine_time();
    if (machine.all > machine_.all)
        phase_.steal =
            static_cast<double>(machine.stolen - machine_.stolen) / static_cast<double>(machine.all - machine_.all);
    auto const per_task = 1e6 / static_cast<double>(std::max<std::int64_t>(tasks, 1));
    phase_.own_cpu_us = (own_cpu_seconds(others_) - own_cpu_) * per_task;
    phase_.redis_cpu_us = (probe_.cpu_seconds() - redis_cpu_) * per_task;
    phase_.own_mib = resident_mib(others_);
    phase_.redis_mib = probe_.number("used_memory_rss") / kMib;
    phase_.slowest_call_ms = probe_.slowest_call_ms();
    phase_.tasks = tasks;
    return phase_;
}

}  // namespace leat::cli::bench
