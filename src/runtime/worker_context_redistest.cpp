// What a handler of a running worker can ask for and say.
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

struct Told {
    EventKind kind;
    std::string agent, task, detail;
    std::int64_t value;
    friend bool operator==(Told const&, Told const&) = default;
};

// Events of some kinds, whole.
class WorkerContext : public WorkerFixture {
  protected:
    std::unique_ptr<WorkerThread> start_listening(std::vector<EventKind> const& kinds,
                                                  std::function<void(Worker&)> const& configure) {
        auto options = worker_options();
        options.on_event = [this, kinds, log = events.listener()](Event const& event) {
            if (std::ranges::find(kinds, event.kind) != kinds.end()) {
                std::lock_guard const lock(mutex_);
                told_.push_back({event.kind, std::string(event.agent), std::string(event.task),
                                 std::string(event.detail), event.value});
            }
            log(event);
        };
        return std::make_unique<WorkerThread>(options, configure);
    }
    std::vector<Told> told() {
        std::lock_guard const lock(mutex_);
        return told_;
    }

  private:
    std::mutex mutex_;
    std::vector<Told> told_;
};

TEST_F(WorkerContext, RetryAfterWaitsAsLongAsItSays) {
    constexpr auto kDelay = 150ms;
    auto const worker = start_listening({EventKind::task_retried}, [&](Worker& w) {
        AgentOptions options;
        options.backoff_base = 1h;  // not this one
        options.backoff_cap = 1h;
        w.handle(
            "later",
            [&](Task const& task, Context& context) -> Verdict {
                if (context.attempt() == 1) return RetryAfter{kDelay, "returned"};
                if (context.attempt() == 2) throw RetryAfter{kDelay, "thrown"};
                return verdict_of(task.retry_count);
            },
            options);
    });
    auto const id = dispatch("later", nullptr);
    auto const result = outcome("later", id);
    EXPECT_EQ(result.result(), json(2));
    EXPECT_EQ(result.attempt, 3);
    EXPECT_GE(result.finished_at, result.created_at + 2 * kDelay.count()) << "both by the server's clock";
    EXPECT_EQ(told(), (std::vector<Told>{{EventKind::task_retried, "later", id, "returned", kDelay.count()},
                                         {EventKind::task_retried, "later", id, "thrown", kDelay.count()}}));
}

TEST_F(WorkerContext, TheDeadlineIsTheAgentsTimeoutOrTheTasks) {
    using std::chrono::duration_cast;
    using std::chrono::minutes;
    AgentOptions options;
    options.timeout = 30min;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "timed",
            [](Task const&, Context& context) -> json {
                auto const left = context.deadline() - std::chrono::steady_clock::now();
                return duration_cast<minutes>(left + 1min).count();
            },
            options);
    });
    EXPECT_EQ(outcome("timed", dispatch("timed", nullptr)).result(), json(30));
    EXPECT_EQ(outcome("timed", dispatch("timed", nullptr, {.timeout = 90min})).result(), json(90));
}

TEST_F(WorkerContext, ProgressAndLogAreToldWhileTheHandlerRuns) {
    Gate gate;
    auto const worker = start_listening({EventKind::task_progress, EventKind::task_log}, [&](Worker& w) {
        w.handle("talks", [&](Task const&, Context& context) -> json {
            context.progress(0.25, "a quarter");
            context.log("one line");
            gate.pass();
            return 1;
        });
    });
    auto const id = dispatch("talks", nullptr);
    EXPECT_TRUE(events.wait_for(EventKind::task_progress));
    EXPECT_TRUE(events.wait_for(EventKind::task_log));
    EXPECT_EQ(told(), (std::vector<Told>{{EventKind::task_progress, "talks", id, "a quarter", 25},
                                         {EventKind::task_log, "talks", id, "one line", 0}}));
    gate.open();
    EXPECT_EQ(outcome("talks", id).state, TaskState::succeeded);
}

}  // namespace
}  // namespace leat::runtime
