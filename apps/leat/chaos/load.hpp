#pragma once
// The work of a run: which agents there are, what their tasks ask for, and what the handlers answer. Pure.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/random.hpp"
#include "leat/handler.hpp"
#include "leat/json.hpp"
#include "leat/options.hpp"

namespace leat::cli::chaos {

enum class Runner : std::uint8_t { blocking, coroutine, exec };

struct ChaosAgent {
    std::string_view name;
    Runner runner = Runner::coroutine;
    int concurrency = 1;
    int share = 1;                 // of the tasks, in parts of all shares
    double longest_in_leases = 0;  // of a run, in leases
    double retries = 0;            // chance that a task asks for retries
    double dead = 0;               // chance that it ends dead
};
inline constexpr std::array<ChaosAgent, 5> kAgents{{
    {"quick", Runner::blocking, 8, 50, 0.005, 0.02, 0.01},
    {"flaky", Runner::coroutine, 16, 25, 0.02, 0.6, 0.2},
    {"slow", Runner::coroutine, 32, 12, 2.0, 0.1, 0.02},
    {"block", Runner::blocking, 8, 8, 1.2, 0.1, 0.02},
    {"exec", Runner::exec, 4, 5, 0.02, 0.2, 0.05},
}};

// The policy of every agent of a run.
[[nodiscard]] AgentOptions agent_options(ChaosAgent const& agent, Milliseconds lease);
// How long a worker that is told to stop lets handlers finish.
inline constexpr Milliseconds kDrainGrace{10'000};
// Of each task, for the checker.
inline constexpr int kMaxCrashes = 3;

// What a handler is asked for, as the payload says it.
struct Errand {
    std::int64_t run_ms = 0;
    std::int64_t failures = 0;      // the first attempts that fail
    std::int64_t retry_after = -1;  // how they fail: -1 by an exception, 0 by Retry, else RetryAfter with so many ms
    std::string end = "ok";         // then: "ok", "dead"; subprocesses also "segv", "abort", "exit", "loop"
    std::int64_t number = 0;
    std::string padding{};
};
[[nodiscard]] json to_payload(Errand const& errand);
// Throws json::exception for a payload that is none.
[[nodiscard]] Errand errand_of(json const& payload);

// The answer to an attempt. `fence` goes into every text, so that the archive tells which run it came from.
[[nodiscard]] Verdict answer(Errand const& errand, std::int64_t attempt, std::string const& fence,
                             std::string const& digest);
// The run that an archived text names; empty where it names none.
[[nodiscard]] std::string fence_in(std::string_view text);
[[nodiscard]] std::string mark_fence(std::string_view text, std::string_view fence);

// One task to hand in.
struct LoadTask {
    std::string_view agent;
    std::string payload;
    DispatchOptions options;  // with its id
    bool front = false;       // through the front door
};

// What a producer does next.
struct LoadStep {
    enum class Kind : std::uint8_t { dispatch, again, cancel, look } kind = Kind::dispatch;
    std::uint64_t back = 0;  // again, cancel, look: of which task, counted back from the newest
};

// Draws tasks and steps from a seed. One thread at a time.
class Load {
  public:
    Load(std::uint64_t seed, std::string name, Milliseconds lease);

    [[nodiscard]] LoadStep step();
    [[nodiscard]] LoadTask task();

  private:
    core::Random random_;
    std::string name_;
    Milliseconds lease_;
    std::int64_t number_ = 0;
};

}  // namespace leat::cli::chaos
