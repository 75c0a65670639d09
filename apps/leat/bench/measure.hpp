#pragma once
// What the benchmarks measure with: CPU and memory of this process and of the server, percentiles, and one phase's
// figures.
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "leat/json.hpp"
#include "leat/options.hpp"

namespace leat::cli::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

// Nanoseconds of the steady clock; also across processes of one machine.
[[nodiscard]] std::int64_t steady_ns() noexcept;

// CPU seconds (user and system) that this process has used, and those of `others`.
[[nodiscard]] double own_cpu_seconds(std::span<pid_t const> others = {});
// Resident memory of this process now, and of `others`, MiB.
[[nodiscard]] double resident_mib(std::span<pid_t const> others = {});

// CPU time of the whole machine since it started, in the kernel's ticks, and what of it a hypervisor gave to others
// (proc_stat(5), `steal`). Zeros where the kernel does not tell.
struct MachineTime {
    std::int64_t all = 0, stolen = 0;
};
[[nodiscard]] MachineTime machine_time();

// A connection of the benchmark's own, for the server's figures. Blocking; any thread.
class ServerProbe {
  public:
    explicit ServerProbe(ConnectionOptions const& connection);
    ~ServerProbe();
    // A field of INFO ("used_cpu_user"), empty where it is missing.
    [[nodiscard]] std::string info(std::string_view field);
    // The same as a number; 0 where it is missing.
    [[nodiscard]] double number(std::string_view field);
    // A setting of the server ("appendonly"), empty where it does not tell.
    [[nodiscard]] std::string setting(std::string_view name);
    // CPU seconds (user and system) of the server.
    [[nodiscard]] double cpu_seconds();
    // From now on the server notes calls of 1 ms and more, and what is there already is forgotten. Changes its
    // settings: for private servers.
    void watch_slow_calls();
    // The longest of those calls in ms, 0 where there was none; nothing where they are not watched. Forgets them.
    [[nodiscard]] std::optional<double> slowest_call_ms();
    // A field of an agent's totals ("succeeded"); 0 where it is missing.
    [[nodiscard]] std::int64_t stat(std::string const& prefix, std::string const& agent, std::string_view field);
    // Blocks until the field has reached `value` or `timeout` has passed; whether it has.
    [[nodiscard]] bool wait_for_stat(std::string const& prefix, std::string const& agent, std::string_view field,
                                     std::int64_t value, std::chrono::seconds timeout);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
    bool slow_calls_watched_ = false;
};

struct Percentiles {
    double p50_ms = 0, p95_ms = 0, p99_ms = 0, max_ms = 0;
};
// Of durations in nanoseconds; sorts them.
[[nodiscard]] Percentiles percentiles(std::vector<std::int64_t>& durations_ns);

// The figures of one phase.
struct Phase {
    std::string name;
    std::int64_t tasks = 0;
    double seconds = 0;
    double redis_cpu_us = 0;  // per task
    double own_cpu_us = 0;    // per task
    double own_mib = 0;       // resident at its end
    double redis_mib = 0;
    Percentiles latency;
    std::string latency_of;                      // what the percentiles are of; empty: not measured
    std::optional<double> possible_per_s;        // the rate that the handlers allow
    std::optional<double> redis_bytes_a_task;    // what its memory grew by
    std::optional<double> slowest_call_ms;       // of the server's; 0: below 1 ms
    std::optional<double> steal;                 // share of the machine that a hypervisor gave to others, 0 to 1
    std::optional<std::int64_t> lost_leases;     // deliveries that the worker could not keep
    std::optional<std::int64_t> stale_verdicts;  // that came too late and changed nothing

    [[nodiscard]] double per_second() const noexcept { return seconds > 0 ? static_cast<double>(tasks) / seconds : 0; }
    // How much of the time Redis used one core; at 1 it is the limit.
    [[nodiscard]] double redis_busy() const noexcept { return redis_cpu_us * per_second() / 1e6; }
};

// Measures time, CPU and memory from its construction to finish().
class PhaseTimer {
  public:
    // `others`: processes that belong to this side. They must live until finish().
    PhaseTimer(ServerProbe& probe, std::string name, std::vector<pid_t> others = {});
    [[nodiscard]] Phase finish(std::int64_t tasks);

  private:
    ServerProbe& probe_;
    Phase phase_;
    std::vector<pid_t> others_;
    SteadyTime started_;
    double redis_cpu_ = 0;
    double own_cpu_ = 0;
    MachineTime machine_;
};

}  // namespace leat::cli::bench
