#pragma once
// What the benchmarks measure with: CPU of this process and of the server, percentiles, and one phase's figures.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "leat/error.hpp"
#include "leat/json.hpp"

namespace leat::cli::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

// Nanoseconds of the steady clock; also across processes of one machine.
[[nodiscard]] std::int64_t steady_ns() noexcept;

// CPU seconds (user and system) that this process has used.
[[nodiscard]] double own_cpu_seconds() noexcept;
// Resident memory of this process now, MiB.
[[nodiscard]] double resident_mib();

// A connection of the benchmark's own, for the server's figures. Blocking; any thread.
class ServerProbe {
  public:
    explicit ServerProbe(std::string const& url);
    ~ServerProbe();
    // A field of INFO ("used_cpu_user"), empty where it is missing.
    [[nodiscard]] std::string info(std::string_view field);
    // CPU seconds (user and system) of the server.
    [[nodiscard]] double cpu_seconds();
    // A field of an agent's totals ("succeeded"); 0 where it is missing.
    [[nodiscard]] std::int64_t stat(std::string const& prefix, std::string const& agent, std::string_view field);
    // Blocks until the field has reached `value` or `timeout` has passed; whether it has.
    [[nodiscard]] bool wait_for_stat(std::string const& prefix, std::string const& agent, std::string_view field,
                                     std::int64_t value, std::chrono::seconds timeout);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
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
    Percentiles latency;
    std::string latency_of;  // what the percentiles are of; empty: not measured

    [[nodiscard]] double per_second() const noexcept { return seconds > 0 ? static_cast<double>(tasks) / seconds : 0; }
};
[[nodiscard]] json json_of(Phase const& phase);

// Measures time and CPU from its construction to finish().
class PhaseTimer {
  public:
    PhaseTimer(ServerProbe& probe, std::string name);
    [[nodiscard]] Phase finish(std::int64_t tasks);

  private:
    ServerProbe& probe_;
    Phase phase_;
    SteadyTime started_;
    double redis_cpu_ = 0;
    double own_cpu_ = 0;
};

}  // namespace leat::cli::bench
