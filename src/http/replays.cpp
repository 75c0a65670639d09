#include "http/replays.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "http/limits.hpp"
#include "inspect/model_json.hpp"

namespace leat::http {

using boost::asio::awaitable;

Replays::Replays(inspect::Inspector const& inspector, boost::asio::any_io_executor executor, core::Clock const& clock)
    : inspector_(inspector),
      clock_(clock),
      ids_(core::Random::from_entropy()),
      executor_(executor),
      group_(executor),
      stop_(std::move(executor)) {}

std::optional<json> Replays::start(inspect::ReplayRequest request) {
    auto const running = std::ranges::count(replays_, 0, [](auto const& replay) { return replay->ended_at; });
    if (stopping_ || std::cmp_greater_equal(running, kReplaysRunning)) return std::nullopt;
    auto replay = std::make_shared<Replay>(executor_);
    replay->id = ids_.next(clock_.wall_ms());
    replay->request = std::move(request);
    replay->started_at = clock_.wall_ms();
    replays_.push_front(replay);
    while (replays_.size() > kReplaysKept && replays_.back()->ended_at != 0)
        replays_.pop_back();
    auto answer = json_of(*replay);
    group_.spawn(run(std::move(replay)));
    return answer;
}

awaitable<void> Replays::run(std::shared_ptr<Replay> replay) {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (work(replay) || stop_.wait() || replay->stop.wait());
    end_early(*replay);
}

// Nothing where it has ended.
void Replays::end_early(Replay& replay) const {
    if (replay.ended_at != 0) return;
    replay.ended_at = clock_.wall_ms();
    if (!replay.stopped)
        replay.error = Error{ErrorCode::cancelled, "replay", "the server was stopped; start it again to go on"};
}

awaitable<void> Replays::work(std::shared_ptr<Replay> replay) {
    auto request = replay->request;
    auto report = co_await inspector_.replay_all(
        std::move(request), [&shown = replay->report](inspect::ReplayReport const& progress) { shown = progress; });
    if (replay->ended_at != 0) co_return;  // somebody stopped it
    if (report) {
        replay->report = *report;
    } else {
        replay->error = std::move(report.error());
    }
    replay->ended_at = clock_.wall_ms();
}

void Replays::stop() {
    stopping_ = true;
    stop_.notify();
}

json Replays::json_of(Replay const& replay) {
    auto object = inspect::json_of(replay.report);
    object["id"] = replay.id;
    object["agent"] = replay.request.agent;
    object["error_contains"] = replay.request.error_contains;
    object["rate"] = replay.request.rate;
    object["dry_run"] = replay.request.dry_run;
    object["started_at"] = replay.started_at;
    object["ended_at"] = replay.ended_at == 0 ? json(nullptr) : json(replay.ended_at);
    object["state"] = replay.ended_at == 0 ? "running"
                      : replay.error       ? "failed"
                      : replay.stopped     ? "stopped"
                                           : "finished";
    object["error"] = replay.error ? json(replay.error->message()) : json(nullptr);
    return object;
}

json Replays::list() const {
    auto list = json::array();
    for (auto const& replay : replays_)
        list.push_back(json_of(*replay));
    return list;
}

Replays::Replay* Replays::look_up(std::string_view id) const {
    auto const found =
        std::ranges::find(replays_, id, [](auto const& replay) -> std::string_view { return replay->id; });
    return found == replays_.end() ? nullptr : found->get();
}

std::optional<json> Replays::find(std::string_view id) const {
    auto const* const replay = look_up(id);
    if (replay == nullptr) return std::nullopt;
    return json_of(*replay);
}

std::optional<json> Replays::stop(std::string_view id) {
    auto* const replay = look_up(id);
    if (replay == nullptr) return std::nullopt;
    if (replay->ended_at == 0) {
        replay->stopped = true;
        end_early(*replay);  // its place is free at once
        replay->stop.notify();
    }
    return json_of(*replay);
}

}  // namespace leat::http
