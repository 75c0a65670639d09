// Event streams: the whole installation, and one task.
#include <tuple>
#include <utility>

#include "http/api.hpp"
#include "http/limits.hpp"
#include "http/problem.hpp"
#include "inspect/model_json.hpp"

namespace leat::http {
namespace {

constexpr std::string_view kBeat = ": beat\n\n";
constexpr std::chrono::milliseconds kTaskLook{1'000};  // an outcome is told at once, other changes within this

// Counts a stream as long as it runs.
class Counted {
  public:
    explicit Counted(std::size_t& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(Counted const&) = delete;
    Counted& operator=(Counted const&) = delete;

  private:
    std::size_t& count_;
};

// What makes a change worth telling; how long a worker has been silent does not.
auto told_of(TaskInfo const& task) {
    return std::tuple(task.state, task.lane, task.attempts, task.retry_count, task.crashes, task.consumer,
                      task.cancel_requested, task.last_error);
}

}  // namespace

Api::StreamEnd Api::stream(Request request, EventWriter& writer) {
    if (streams_ >= kStreamsMax)
        co_return problem(503, "busy", "there are too many event streams; poll, or try again later");
    Counted const counted(streams_);
    if (request.route->action == Action::task_events) co_return co_await follow_task(request, writer);
    co_return co_await follow_overview(writer);
}

Api::StreamEnd Api::follow_overview(EventWriter& writer) {
    bool started = false;
    while (!stopping_) {
        auto const snapshot = co_await cache_.get(options_.overview_age);
        if (stopping_) break;
        if (!snapshot && !started) co_return problem(snapshot.error());
        auto part = snapshot ? server_sent_event("overview", std::to_string((*snapshot)->number), (*snapshot)->text)
                             : server_sent_event("unavailable", "", inspect::dump(inspect::json_of(snapshot.error())));
        if (!co_await writer.write(std::move(part))) break;
        started = true;
        if (stopping_) break;
        co_await stop_.wait_for(options_.overview_age);
    }
    co_return std::nullopt;
}

Api::StreamEnd Api::follow_task(Request const& request, EventWriter& writer) {
    auto const& agent = request.values[0];
    auto const& id = request.values[1];
    auto task = co_await inspector_.task(agent, id);
    if (!task) co_return problem(task.error());
    std::optional<decltype(told_of(*task))> told;
    auto log_cursor = store::log_start(task->created_at);
    auto last_write = clock_.now();
    while (!stopping_) {
        // Behind the look at the state: whatever an attempt said is told before its end.
        if (!co_await tell_log(agent, id, log_cursor, writer) || stopping_) break;
        bool const ended = task && is_terminal(task->state);
        bool const changed = task && told != told_of(*task);
        std::string part;
        if (changed) {
            told = told_of(*task);
            auto object = inspect::json_of(*task);
            redaction_.apply_to_answer(object);
            part = server_sent_event(ended ? "end" : "state", "", inspect::dump(object));
        } else if (clock_.now() - last_write >= kStreamBeat) {
            part = kBeat;
        }
        if (!part.empty()) {
            if (!co_await writer.write(std::move(part))) break;
            last_write = clock_.now();
        }
        if (ended || (!task && task.error().code == ErrorCode::not_found)) break;
        co_await wait_for_outcome(agent, id, kTaskLook);
        if (stopping_) break;
        task = co_await inspector_.task(agent, id);
    }
    co_return std::nullopt;
}

}  // namespace leat::http
