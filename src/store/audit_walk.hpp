#pragma once
// One pass of the audit over an agent, in slices that are cheap for a live system.
//
// A pass looks at every message, every scheduled id and every record once. A task whose message is gone is a suspect at
// first: workers may be about to restore it. Seen in the same state `confirm_after` later, it is closed.
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/audit.hpp"

namespace leat::store {

struct AuditFinding {
    AuditStatus status = AuditStatus::good;
    std::string task_id{};
};

class AuditWalk {
  public:
    using Time = std::chrono::steady_clock::time_point;

    // `connection` and `keys` outlive the walk.
    AuditWalk(redis::Connection& connection, AgentKeys const& keys, AuditMode mode,
              std::chrono::milliseconds confirm_after);

    // Begins a pass, over everything or over the suspects only. Suspects are kept.
    void restart(bool suspects_only = false);
    // One slice, at most three calls. Answers what is to be repaired or reported; nothing more when finished().
    // After an error the same slice may be tried again.
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<AuditFinding>>> step(Time now);
    [[nodiscard]] bool finished() const noexcept { return phase_ == Phase::finished && queue_.empty(); }

    // Tasks looked at in this pass.
    [[nodiscard]] std::int64_t checked() const noexcept { return checked_; }
    // When the oldest suspect is worth another look; nothing without suspects.
    [[nodiscard]] std::optional<Time> next_confirmation() const;

  private:
    enum class Phase : std::uint8_t { suspects, lanes, scheduled, records, finished };
    struct Suspect {
        std::string place;
        Time since;
    };

    void take_suspects(Time now);
    [[nodiscard]] boost::asio::awaitable<Result<void>> read_lane();
    [[nodiscard]] boost::asio::awaitable<Result<void>> read_scheduled();
    [[nodiscard]] boost::asio::awaitable<Result<void>> read_records();
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<AuditFinding>>> judge(Time now);
    void note(AuditItem const& item, AuditReply const& reply, Time now);

    redis::Connection& connection_;
    AgentKeys const& keys_;
    AuditMode const mode_;
    std::chrono::milliseconds const confirm_after_;
    std::deque<AuditItem> queue_;  // read, not yet judged
    std::map<std::string, Suspect> suspects_;
    Phase phase_ = Phase::finished;
    std::size_t lane_ = 0;
    std::string cursor_;
    std::int64_t checked_ = 0;
    bool suspects_only_ = false;
};

}  // namespace leat::store
