#pragma once
// One poll of the whole installation, shared by everybody who looks.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/clock.hpp"
#include "http/shared_answer.hpp"
#include "inspect/inspector.hpp"

namespace leat::http {

inline constexpr std::int64_t kOverviewAgentsMax = 1'000;

struct Snapshot {
    inspect::Overview overview{};
    std::string text{};  // overview_json, serialised once
    std::uint64_t number = 0;
    std::chrono::steady_clock::time_point taken{};
};
using SnapshotPtr = std::shared_ptr<Snapshot const>;

// The overview as the API shows it, without what is per lane. `alerts`: those that fire.
[[nodiscard]] json overview_json(inspect::Overview const& overview, json alerts = json::array());
[[nodiscard]] json server_json(store::ServerFacts const& server);

// All functions on the inspector's thread.
class OverviewCache {
  public:
    // Sees the outcome of every poll; answers the alerts that go into its snapshot.
    using Seen = std::function<json(Result<inspect::Overview> const&)>;

    OverviewCache(inspect::Inspector const& inspector, boost::asio::any_io_executor executor, core::Clock const& clock,
                  Seen seen)
        : inspector_(inspector), clock_(clock), seen_(std::move(seen)), shared_(std::move(executor), clock) {}

    // A snapshot at most `age` old; the last one, or one poll that all concurrent callers share.
    // Errors: those of Inspector::overview.
    [[nodiscard]] boost::asio::awaitable<Result<SnapshotPtr>> get(std::chrono::milliseconds age);

  private:
    [[nodiscard]] boost::asio::awaitable<Result<Snapshot>> poll();

    inspect::Inspector const& inspector_;
    core::Clock const& clock_;
    Seen const seen_;
    SharedAnswer<Snapshot> shared_;
    std::uint64_t polls_ = 0;
};

}  // namespace leat::http
