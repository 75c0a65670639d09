#pragma once
// What was done, by whom: for the log.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace leat::http {

// One action that changed something, or tried to, a refused one included.
struct AuditRecord {
    std::string_view action{};  // operationId of the API's description: "pauseAgent"
    std::string_view role{};
    std::string_view peer{};
    std::string_view agent{};
    std::string_view subject{};  // id of a task, dead letter or replay
    std::string_view detail{};   // what was asked for, as JSON; untrusted
    unsigned status = 0;         // of the answer
    std::uint64_t count = 1;     // requests; above 1 where several dispatches of one caller are told together
};
using AuditListener = std::function<void(AuditRecord const&)>;

// Sums up dispatches that stored their tasks, so that thousands a second are a line every ten seconds: how many each
// caller sent. No I/O.
class AuditTally {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds kPeriod{10};
    static constexpr std::size_t kCallersMax = 100;  // more are told at once

    // Notes one. Calls `tell` for each sum once the last ones were told kPeriod ago, so for the first one at once.
    void add(AuditRecord const& record, TimePoint now, AuditListener const& tell);
    // Tells what has gathered.
    void flush(TimePoint now, AuditListener const& tell);

  private:
    using Caller = std::tuple<std::string_view, std::string, std::string, unsigned>;  // action, role, peer, status
    std::map<Caller, std::uint64_t> counts_;
    TimePoint told_{};
    bool ever_told_ = false;
};

}  // namespace leat::http
