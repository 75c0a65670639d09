#include "http/alert_watch.hpp"

#include <utility>

namespace leat::http {

using boost::asio::awaitable;

AlertWatch::AlertWatch(OverviewCache& cache, redis::Connection& connection, std::string const& prefix,
                       boost::asio::any_io_executor executor, core::Clock const& clock, outbound::Poster* poster,
                       AlertOptions options, AlertListener listener)
    : cache_(cache),
      turns_(connection, store::KeySpace(prefix)),
      clock_(clock),
      poster_(poster),
      options_(std::move(options)),
      listener_(std::move(listener)),
      alerts_(options_.rules),
      group_(executor),
      stop_(executor) {
    if (poster_ != nullptr)
        teller_.emplace(connection, prefix, std::move(executor), clock, *poster_, options_.webhook, listener_);
}

json AlertWatch::seen(Result<inspect::Overview> const& look) {
    auto list = json::array();
    if (stopping_) return list;
    auto const why = look ? std::string{} : look.error().message();
    auto const changes = alerts_.step(look ? &*look : nullptr, why, {.at = clock_.now(), .wall_ms = clock_.wall_ms()});
    std::vector<inspect::Alert> ended;
    for (auto const& alert : changes) {
        if (listener_) listener_({.event = to_string(alert.state), .alert = alert});
        if (alert.state == inspect::AlertState::resolved) ended.push_back(alert);
    }
    auto const firing = alerts_.firing();
    if (teller_) teller_->tend(firing, ended);
    for (auto const& alert : firing)
        list.push_back(inspect::json_of(alert));
    return list;
}

void AlertWatch::start() {
    if (options_.rules.enabled) group_.spawn(run());
}

void AlertWatch::stop() {
    stopping_ = true;
    stop_.notify();
    if (teller_) teller_->stop();
}

awaitable<void> AlertWatch::join() {
    co_await group_.join();
    if (teller_) co_await teller_->join();
}

awaitable<void> AlertWatch::run() {
    bool adopted = !teller_;
    while (!stopping_) {
        if (!adopted) adopted = co_await adopt();
        if (stopping_) break;
        (void)co_await cache_.get(options_.every / 2);  // judged in seen()
        if (stopping_) break;
        co_await stop_.wait_for(options_.every);
    }
}

awaitable<bool> AlertWatch::adopt() {
    auto const told = co_await turns_.list();
    if (!told) co_return told.error().code == ErrorCode::denied || told.error().code == ErrorCode::corrupt;
    for (auto const& alert : *told)
        if (auto const kind = inspect::alert_kind_from_string(alert.kind))
            alerts_.adopt(*kind, alert.agent, alert.fired_at);
    co_return true;
}

json AlertWatch::to_json() const {
    auto active = json::array();
    for (auto const& alert : alerts_.active())
        active.push_back(inspect::json_of(alert));
    auto resolved = json::array();
    for (auto const& alert : alerts_.resolved())
        resolved.push_back(inspect::json_of(alert));
    auto const counts = posts();
    return {{"now", clock_.wall_ms()},
            {"enabled", options_.rules.enabled},
            {"alerts", std::move(active)},
            {"resolved", std::move(resolved)},
            {"webhook",
             {{"configured", poster_ != nullptr},
              {"sent", counts.sent},
              {"failed", counts.failed},
              {"dropped", counts.dropped}}}};
}

outbound::PostCounts AlertWatch::posts() const {
    return poster_ != nullptr ? poster_->counts() : outbound::PostCounts{};
}

}  // namespace leat::http
