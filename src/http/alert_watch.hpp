#pragma once
// Watches the installation, whether anybody looks or not: judges every overview that is polled, polls one where nobody
// else does, and tells of what changes.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "core/clock.hpp"
#include "http/alert_teller.hpp"
#include "http/overview_cache.hpp"
#include "inspect/alerts.hpp"

namespace leat::http {

struct AlertOptions {
    inspect::AlertRules rules{};
    std::chrono::milliseconds every{5'000};
    WebhookOptions webhook{};
};

// All functions on the connection's thread.
class AlertWatch {
  public:
    // `poster`: null where there is no webhook. Everything by reference outlives this object.
    AlertWatch(OverviewCache& cache, redis::Connection& connection, std::string const& prefix,
               boost::asio::any_io_executor executor, core::Clock const& clock, outbound::Poster* poster,
               AlertOptions options, AlertListener listener);

    // Judges one look at the installation; answers the alerts that fire, as JSON.
    [[nodiscard]] json seen(Result<inspect::Overview> const& look);

    void start();
    void stop();
    [[nodiscard]] boost::asio::awaitable<void> join();

    [[nodiscard]] std::vector<inspect::Alert> firing() const { return alerts_.firing(); }
    // What GET /v1/alerts answers.
    [[nodiscard]] json to_json() const;
    // Of the webhook; zeros without one.
    [[nodiscard]] outbound::PostCounts posts() const;

  private:
    [[nodiscard]] boost::asio::awaitable<void> run();
    // Goes on with what was told before this server was started; false while Redis does not answer.
    [[nodiscard]] boost::asio::awaitable<bool> adopt();

    OverviewCache& cache_;
    store::AlertTurns turns_;
    core::Clock const& clock_;
    outbound::Poster* const poster_;
    AlertOptions const options_;
    AlertListener const listener_;
    inspect::Alerts alerts_;
    std::optional<AlertTeller> teller_;
    async::TaskGroup group_;
    async::Signal stop_;
    bool stopping_ = false;
};

}  // namespace leat::http
