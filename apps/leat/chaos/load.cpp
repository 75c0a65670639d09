#include "chaos/load.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace leat::cli::chaos {
namespace {

constexpr double kAgain = 0.05;
constexpr double kCancel = 0.04;
constexpr double kLook = 0.04;
constexpr double kFront = 0.08;
constexpr double kDelayed = 0.15;
constexpr double kExecCrash = 0.3;  // of the subprocesses' tasks
constexpr std::uint64_t kRemembered = 30;
constexpr std::int64_t kKept = 100'000'000;  // archive and dead letters: everything has to be there at the end
constexpr std::string_view kMark = "[run ";

}  // namespace

AgentOptions agent_options(ChaosAgent const& agent, Milliseconds lease) {
    AgentOptions options;
    options.concurrency = agent.concurrency;
    options.lease = lease;
    // Subprocesses that never answer are ended by it; runs of the others are at most half as long.
    options.timeout = agent.runner == Runner::exec ? lease : 4 * lease;
    options.max_crashes = kMaxCrashes;
    options.backoff_base = Milliseconds{100};
    options.backoff_cap = Milliseconds{1'000};
    options.results_kept = kKept;
    options.dead_kept = kKept;
    return options;
}

json to_payload(Errand const& errand) {
    return {{"run_ms", errand.run_ms}, {"failures", errand.failures}, {"retry_after", errand.retry_after},
            {"end", errand.end},       {"number", errand.number},     {"padding", errand.padding}};
}

Errand errand_of(json const& payload) {
    Errand errand;
    payload.at("run_ms").get_to(errand.run_ms);
    payload.at("failures").get_to(errand.failures);
    payload.at("retry_after").get_to(errand.retry_after);
    payload.at("end").get_to(errand.end);
    return errand;
}

Verdict answer(Errand const& errand, std::int64_t attempt, std::string const& fence, std::string const& digest) {
    if (attempt <= errand.failures) {
        auto const text = mark_fence("asked to fail", fence);
        if (errand.retry_after > 0) return RetryAfter{Milliseconds(errand.retry_after), text};
        return Retry{text};
    }
    if (errand.end != "ok") return Dead{mark_fence("asked to end", fence)};
    return Success{json{{"digest", digest}, {"run", fence}}.dump()};
}

std::string mark_fence(std::string_view text, std::string_view fence) {
    return std::string(text) + " " + std::string(kMark) + std::string(fence) + "]";
}

std::string fence_in(std::string_view text) {
    auto const begin = text.rfind(kMark);
    if (begin == std::string_view::npos) return {};
    auto const rest = text.substr(begin + kMark.size());
    auto const end = rest.find(']');
    return end == std::string_view::npos ? std::string{} : std::string(rest.substr(0, end));
}

Load::Load(std::uint64_t seed, std::string name, Milliseconds lease)
    : random_(seed), name_(std::move(name)), lease_(lease) {}

LoadStep Load::step() {
    auto const dice = random_.unit();
    LoadStep step;
    if (dice < kAgain) {
        step.kind = LoadStep::Kind::again;
    } else if (dice < kAgain + kCancel) {
        step.kind = LoadStep::Kind::cancel;
    } else if (dice < kAgain + kCancel + kLook) {
        step.kind = LoadStep::Kind::look;
    }
    if (step.kind != LoadStep::Kind::dispatch) step.back = random_.below(kRemembered);
    return step;
}

LoadTask Load::task() {
    constexpr int kShares = std::accumulate(kAgents.begin(), kAgents.end(), 0,
                                            [](int sum, ChaosAgent const& agent) { return sum + agent.share; });
    auto dice = static_cast<int>(random_.below(kShares));
    auto const agent =
        std::ranges::find_if(kAgents, [&dice](ChaosAgent const& one) { return (dice -= one.share) < 0; });
    auto const up_to = [this](double limit) { return static_cast<std::int64_t>(random_.unit() * limit); };
    auto const lease = static_cast<double>(lease_.count());

    Errand errand;
    errand.number = ++number_;
    errand.run_ms = up_to(agent->longest_in_leases * lease);
    if (random_.unit() < agent->retries) {
        // Some want more than they have; long ones fail once, or a run would take minutes to come to rest.
        errand.failures = agent->longest_in_leases > 1 ? 1 : 1 + up_to(5);
        errand.retry_after = up_to(3) - 1;
        if (errand.retry_after == 1) errand.retry_after = 1 + up_to(0.5 * lease);
    }
    if (random_.unit() < agent->dead) errand.end = "dead";
    if (agent->runner == Runner::exec && random_.unit() < kExecCrash) {
        constexpr std::array<char const*, 4> kCrashes{"segv", "abort", "exit", "loop"};
        errand.end = kCrashes[static_cast<std::size_t>(random_.below(kCrashes.size()))];
    }
    errand.padding = std::string(static_cast<std::size_t>(up_to(200)), 'x') + "äß\n\"€";

    LoadTask task;
    task.agent = agent->name;
    task.payload = to_payload(errand).dump();
    task.options.id = name_ + ":" + std::to_string(number_);
    task.options.priority = up_to(4) - 1;
    task.options.max_retries = errand.end == "loop" ? up_to(2) : up_to(5);
    task.front = random_.unit() < kFront;
    if (!task.front && random_.unit() < kDelayed) task.options.delay = Milliseconds(up_to(1.5 * lease));
    return task;
}

}  // namespace leat::cli::chaos
