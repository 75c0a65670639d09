#pragma once
// The slow service that finds what no transition leaves behind: passes of the audit over its agent's tasks, a slice at
// a time, and a look at the groups in between.
#include <functional>

#include "runtime/service.hpp"
#include "store/audit_walk.hpp"

namespace leat::runtime {

class Auditor final : public Service {
  public:
    Auditor(WorkerCore& core, store::AgentKeys const& keys, std::chrono::milliseconds lease);

    [[nodiscard]] boost::asio::awaitable<void> run() override;
    // Something was lost: a pass now, whoever's turn it is.
    void hurry();

  private:
    enum class Pass : std::uint8_t { none, suspects, all };

    [[nodiscard]] boost::asio::awaitable<Result<void>> look();
    [[nodiscard]] boost::asio::awaitable<Result<void>> mend();
    [[nodiscard]] boost::asio::awaitable<Result<void>> glance();
    [[nodiscard]] boost::asio::awaitable<Result<Pass>> next_pass();
    [[nodiscard]] boost::asio::awaitable<Result<void>> pass();
    [[nodiscard]] boost::asio::awaitable<Result<void>> compare_counters();
    void tell(std::vector<store::AuditFinding> const& findings);

    store::AgentKeys const& keys_;
    store::AuditWalk walk_;
    std::chrono::steady_clock::time_point next_mend_;
    std::chrono::steady_clock::time_point next_turn_;
    std::int64_t drift_ = 0;          // of the counters, at the last pass
    std::int64_t glanced_drift_ = 0;  // at the last glance
    bool unexplained_ = false;        // the drift is another one than at the last pass, and no task in transit
    bool reported_ = false;           // the pass found what it cannot repair
    bool hurried_ = false;
};

}  // namespace leat::runtime
