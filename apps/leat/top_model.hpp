#pragma once
// What `leat top` shows: the values of one moment, and what they come to. No I/O.
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "inspect/model.hpp"
#include "leat/json.hpp"

namespace leat::cli::top {

inline constexpr std::int64_t kHistoryMinutes = 60;
inline constexpr std::int64_t kMsPerMinute = 60'000;

// What the minutes of one agent come to.
struct Figures {
    std::vector<double> rates{};  // attempts that ended, a second, for each minute, oldest first
    double rate = 0;              // the same, now
    // Handler times in the last minute in which something ended.
    std::optional<double> p50_ms{};
    std::optional<double> p99_ms{};
    std::optional<double> error_share{};  // of the attempts that ended in these minutes with success or failure
};
// `minutes`: in a row, the last one is under way; `now`: server clock, ms since the epoch.
[[nodiscard]] Figures figures_of(std::vector<store::MinuteCounters> const& minutes, std::int64_t now);

// Attempts that ended, whatever their verdict.
[[nodiscard]] std::int64_t ended_of(store::Counters const& counters);

// A rate from totals that are looked at now and then.
class RateMeter {
  public:
    // The rate over the last seconds; none where there is too little to tell, as after the counters were lost.
    std::optional<double> add(std::int64_t now_ms, std::int64_t total);

  private:
    struct Look {
        std::int64_t at_ms;
        std::int64_t total;
    };
    std::deque<Look> looks_;
};

struct Agent {
    inspect::AgentInfo info{};
    Figures figures{};
};

// What the page of one agent shows besides.
struct Detail {
    std::string agent{};
    std::vector<store::PendingByWorker> pending{};
    std::vector<store::DeadLetter> letters{};  // newest first
    std::string problem{};                     // why it could not be read; else empty
};

struct Model {
    std::int64_t now = 0;  // server clock, ms since the epoch
    std::vector<Agent> agents{};
    bool all_agents = true;  // false: there are more than are shown
    std::vector<store::WorkerBeat> workers{};
    store::ServerFacts server{};
    std::optional<Detail> detail{};
    std::string failure{};  // why the last reading failed, and this is an earlier one; else empty

    [[nodiscard]] Agent const* agent(std::string_view name) const noexcept;
};

// Something that is wrong, as far as an overview tells.
struct Trouble {
    bool severe = false;  // tasks do not move, or may be lost
    std::string agent{};  // empty: the server
    std::string text{};   // a sentence; not escaped
};
// The severe ones first.
[[nodiscard]] std::vector<Trouble> troubles_of(Model const& model);

// The overview as `--json` prints it.
[[nodiscard]] json json_of(Model const& model);

}  // namespace leat::cli::top
