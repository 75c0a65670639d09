#include "bench/measure.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <cmath>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "async/io_thread.hpp"
#include "async/task_group.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"

namespace leat::cli::bench {
namespace {

using boost::asio::awaitable;

constexpr std::chrono::milliseconds kPollEvery{2};

double seconds_of(timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

std::int64_t steady_ns() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double own_cpu_seconds() noexcept {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double resident_mib() {
    std::ifstream statm("/proc/self/statm");
    double size = 0;
    double resident = 0;
    statm >> size >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024.0 * 1024.0);
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

    std::string text(redis::Command command) {
        return boost::asio::co_spawn(engine_.context(), run(std::move(command)), boost::asio::use_future).get();
    }

  private:
    awaitable<std::string> run(redis::Command command) {
        auto const reply = co_await connection_.exec(std::move(command));
        if (!reply) throw std::runtime_error(reply.error().message());
        co_return std::string(reply->root().text());
    }
    awaitable<void> close() {
        connection_.close();
        co_await group_.join();
    }

    async::IoThread engine_;
    redis::Connection connection_;
    async::TaskGroup group_;
};

ServerProbe::ServerProbe(std::string const& url) {
    auto options = redis::parse_url(url);
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

double ServerProbe::cpu_seconds() {
    return std::stod("0" + info("used_cpu_user")) + std::stod("0" + info("used_cpu_sys"));
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

json json_of(Phase const& phase) {
    json value{{"phase", phase.name},
               {"tasks", phase.tasks},
               {"seconds", phase.seconds},
               {"tasks_per_s", std::llround(phase.per_second())},
               {"redis_cpu_us_per_task", phase.redis_cpu_us},
               {"own_cpu_us_per_task", phase.own_cpu_us}};
    if (!phase.latency_of.empty()) {
        value["latency"] = {{"of", phase.latency_of},
                            {"p50_ms", phase.latency.p50_ms},
                            {"p95_ms", phase.latency.p95_ms},
                            {"p99_ms", phase.latency.p99_ms},
                            {"max_ms", phase.latency.max_ms}};
    }
    return value;
}

PhaseTimer::PhaseTimer(ServerProbe& probe, std::string name) : probe_(probe) {
    phase_.name = std::move(name);
    redis_cpu_ = probe_.cpu_seconds();
    own_cpu_ = own_cpu_seconds();
    started_ = std::chrono::steady_clock::now();
}

Phase PhaseTimer::finish(std::int64_t tasks) {
    phase_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    auto const per_task = 1e6 / static_cast<double>(std::max<std::int64_t>(tasks, 1));
    phase_.own_cpu_us = (own_cpu_seconds() - own_cpu_) * per_task;
    phase_.redis_cpu_us = (probe_.cpu_seconds() - redis_cpu_) * per_task;
    phase_.tasks = tasks;
    return phase_;
}

}  // namespace leat::cli::bench
