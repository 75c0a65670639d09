#include "bench/report.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <thread>

namespace leat::cli::bench {
namespace {

std::string number(double value, int digits = 0) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

double rounded(double value) {
    return std::round(value * 1e3) / 1e3;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    auto const middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double percent(Summary const& phase) {
    return 100 * phase.per_second / *phase.median.possible_per_s;
}

bool is_undisturbed(Phase const& phase, double steal_max) {
    return phase.steal.value_or(0) <= steal_max;
}

Summary summary_of(std::vector<Phase const*> const& runs) {
    auto const figures = [&](auto const& figure) {
        std::vector<double> values;
        for (auto const* run : runs)
            values.push_back(std::invoke(figure, *run));
        return values;
    };
    Summary summary;
    summary.median = *runs.front();
    auto& phase = summary.median;
    for (auto const figure :
         {&Phase::seconds, &Phase::redis_cpu_us, &Phase::own_cpu_us, &Phase::own_mib, &Phase::redis_mib})
        phase.*figure = median(figures(figure));
    for (auto const figure : {&Percentiles::p50_ms, &Percentiles::p95_ms, &Percentiles::p99_ms, &Percentiles::max_ms})
        phase.latency.*figure = median(figures([figure](Phase const& run) { return run.latency.*figure; }));
    for (auto const figure : {&Phase::redis_bytes_a_task, &Phase::slowest_call_ms})
        if (phase.*figure) phase.*figure = median(figures([figure](Phase const& run) { return *(run.*figure); }));
    for (auto const* run : runs) {  // the most of any run
        phase.lost_leases = std::max(phase.lost_leases, run->lost_leases);
        phase.stale_verdicts = std::max(phase.stale_verdicts, run->stale_verdicts);
        phase.steal = std::max(phase.steal, run->steal);
    }
    summary.runs = static_cast<int>(runs.size());
    auto const rates = figures(&Phase::per_second);
    auto const p99s = figures([](Phase const& run) { return run.latency.p99_ms; });
    summary.per_second = median(rates);
    std::tie(summary.per_second_min, summary.per_second_max) =
        std::pair(std::ranges::min(rates), std::ranges::max(rates));
    std::tie(summary.p99_min_ms, summary.p99_max_ms) = std::pair(std::ranges::min(p99s), std::ranges::max(p99s));
    return summary;
}

struct Cell {
    Column column;
    std::function<std::string(Summary const&)> text;  // empty: not measured in this phase
};

std::vector<Cell> cells() {
    auto const right = Align::right;
    auto const latency = [](double Percentiles::*figure) {
        return [figure](Summary const& phase) {
            return phase.median.latency_of.empty() ? std::string() : number(phase.median.latency.*figure, 2);
        };
    };
    auto const count = [](std::optional<std::int64_t> Phase::*figure) {
        return [figure](Summary const& phase) {
            return phase.median.*figure ? std::to_string(*(phase.median.*figure)) : std::string();
        };
    };
    return {
        {{"phase", Align::left}, [](auto const& phase) { return phase.median.name; }},
        {{"tasks", right}, [](auto const& phase) { return std::to_string(phase.median.tasks); }},
        {{"tasks/s", right}, [](auto const& phase) { return number(phase.per_second); }},
        {{"least–most", right},
         [](auto const& phase) {
             return phase.per_second_min == phase.per_second_max
                        ? std::string()
                        : number(phase.per_second_min) + "–" + number(phase.per_second_max);
         }},
        {{"runs", right},
         [](auto const& phase) {
             return phase.disturbed > 0
                        ? std::to_string(phase.runs) + " of " + std::to_string(phase.runs + phase.disturbed)
                        : std::string();
         }},
        {{"of possible", right},
         [](auto const& phase) {
             return phase.median.possible_per_s ? number(percent(phase), 1) + " %" : std::string();
         }},
        {{"Redis µs/task", right}, [](auto const& phase) { return number(phase.median.redis_cpu_us, 1); }},
        {{"own µs/task", right}, [](auto const& phase) { return number(phase.median.own_cpu_us, 1); }},
        {{"Redis busy", right}, [](auto const& phase) { return number(100 * phase.median.redis_busy()) + " %"; }},
        {{"steal", right},
         [](auto const& phase) {
             return phase.median.steal ? number(100 * *phase.median.steal, 1) + " %" : std::string();
         }},
        {{"p50 ms", right}, latency(&Percentiles::p50_ms)},
        {{"p95 ms", right}, latency(&Percentiles::p95_ms)},
        {{"p99 ms", right}, latency(&Percentiles::p99_ms)},
        {{"max ms", right}, latency(&Percentiles::max_ms)},
        {{"slowest call ms", right},
         [](auto const& phase) {
             if (!phase.median.slowest_call_ms) return std::string();
             return *phase.median.slowest_call_ms > 0 ? number(*phase.median.slowest_call_ms, 1) : std::string("< 1");
         }},
        {{"bytes/task", right},
         [](auto const& phase) {
             return phase.median.redis_bytes_a_task ? number(*phase.median.redis_bytes_a_task) : std::string();
         }},
        {{"lost leases", right}, count(&Phase::lost_leases)},
        {{"stale verdicts", right}, count(&Phase::stale_verdicts)},
        {{"own MiB", right}, [](auto const& phase) { return number(phase.median.own_mib); }},
        {{"Redis MiB", right}, [](auto const& phase) { return number(phase.median.redis_mib); }},
        {{"latency of", Align::left, 80}, [](auto const& phase) { return phase.median.latency_of; }},
    };
}

std::string processor() {
    std::ifstream cpus("/proc/cpuinfo");
    for (std::string line; std::getline(cpus, line);) {
        if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2)) + ", ";
    }
    return {};
}

}  // namespace

int undisturbed_runs(std::vector<RunPhases> const& runs, double steal_max) {
    auto least = static_cast<int>(runs.size());
    for (std::size_t phase = 0; phase < runs.front().size(); ++phase) {
        auto const count =
            std::ranges::count_if(runs, [&](RunPhases const& run) { return is_undisturbed(run.at(phase), steal_max); });
        least = std::min(least, static_cast<int>(count));
    }
    return least;
}

std::vector<Summary> summarize(std::vector<RunPhases> const& runs, double steal_max) {
    std::vector<Summary> summaries;
    for (std::size_t phase = 0; phase < runs.front().size(); ++phase) {
        std::vector<Phase const*> same;
        for (auto const& run : runs)
            if (is_undisturbed(run.at(phase), steal_max)) same.push_back(&run.at(phase));
        if (same.empty()) {
            throw std::runtime_error("in all " + std::to_string(runs.size()) + " runs the hypervisor gave more than " +
                                     number(100 * steal_max, 1) + " % of the machine to others during `" +
                                     runs.front()[phase].name + "`; wait for a quieter hour or raise --steal-max");
        }
        summaries.push_back(summary_of(same));
        summaries.back().disturbed = static_cast<int>(runs.size() - same.size());
    }
    return summaries;
}

Table table_of(std::vector<Summary> const& phases) {
    auto shown = cells();
    std::erase_if(shown, [&](Cell const& cell) {
        return std::ranges::all_of(phases, [&](Summary const& phase) { return cell.text(phase).empty(); });
    });
    std::vector<Column> columns;
    for (auto const& cell : shown)
        columns.push_back(cell.column);
    Table table(std::move(columns));
    for (auto const& phase : phases) {
        std::vector<std::string> texts;
        for (auto const& cell : shown)
            texts.push_back(cell.text(phase));
        table.add(texts);
    }
    return table;
}

json json_of(Summary const& summary) {
    auto const& phase = summary.median;
    json value{{"phase", phase.name},
               {"tasks", phase.tasks},
               {"runs", summary.runs},
               {"runs_disturbed", summary.disturbed},
               {"seconds", rounded(phase.seconds)},
               {"tasks_per_s", std::llround(summary.per_second)},
               {"tasks_per_s_min", std::llround(summary.per_second_min)},
               {"tasks_per_s_max", std::llround(summary.per_second_max)},
               {"redis_cpu_us_per_task", rounded(phase.redis_cpu_us)},
               {"own_cpu_us_per_task", rounded(phase.own_cpu_us)},
               {"redis_busy", rounded(phase.redis_busy())},
               {"own_rss_mib", rounded(phase.own_mib)},
               {"redis_rss_mib", rounded(phase.redis_mib)}};
    if (phase.possible_per_s) value["of_possible"] = rounded(summary.per_second / *phase.possible_per_s);
    if (phase.steal) value["steal"] = rounded(*phase.steal);
    if (phase.redis_bytes_a_task) value["redis_bytes_per_task"] = std::llround(*phase.redis_bytes_a_task);
    if (phase.lost_leases) value["lost_leases"] = *phase.lost_leases;
    if (phase.stale_verdicts) value["stale_verdicts"] = *phase.stale_verdicts;
    if (phase.slowest_call_ms) value["slowest_call_ms"] = rounded(*phase.slowest_call_ms);
    if (!phase.latency_of.empty()) {
        value["latency"] = {{"of", phase.latency_of},
                            {"p50_ms", rounded(phase.latency.p50_ms)},
                            {"p95_ms", rounded(phase.latency.p95_ms)},
                            {"p99_ms", rounded(phase.latency.p99_ms)},
                            {"max_ms", rounded(phase.latency.max_ms)},
                            {"p99_ms_min", rounded(summary.p99_min_ms)},
                            {"p99_ms_max", rounded(summary.p99_max_ms)}};
    }
    return value;
}

std::string machine() {
    utsname name{};
    ::uname(&name);
    return std::string(name.sysname) + " " + name.release + " " + name.machine + ", " + processor() +
           std::to_string(std::thread::hardware_concurrency()) + " cores";
}

}  // namespace leat::cli::bench
