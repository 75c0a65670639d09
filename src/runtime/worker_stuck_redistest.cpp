// Handlers that do not return when they are asked to.
#include "runtime/worker_fixture.hpp"
#include "runtime/worker_pace.hpp"

namespace leat::runtime {
namespace {

class WorkerStuck : public WorkerFixture {
  protected:
    std::unique_ptr<WorkerThread> start_paced(AgentOptions const& agent, Milliseconds grace = 25s) {
        Pace pace;
        pace.cancel_grace = 20ms;
        pace.drain_cancel_grace = 20ms;
        auto options = worker_options();
        options.grace = grace;
        return std::make_unique<WorkerThread>(options, [&](Worker& w) {
            PacedWorker::set(w, options, pace);
            w.handle(
                "deaf",
                [&](Task const& task, Context&) -> json {
                    if (task.payload() == "stay") gate.pass();
                    return task.crashes;
                },
                agent);
        });
    }
    AgentOptions impatient() {
        auto options = quick();
        options.timeout = 10ms;
        options.concurrency = 2;
        return options;
    }

    Gate gate;  // opened before the worker ends: its end waits for the handler
};

TEST_F(WorkerStuck, ATaskWhoseHandlerIgnoresItsTimeoutIsJudgedWithoutIt) {
    auto const worker = start_paced(impatient());
    auto const ended = outcome("deaf", dispatch("deaf", "stay", {.max_retries = 0}));
    EXPECT_EQ(ended.state, TaskState::dead);
    EXPECT_EQ(ended.error, "timed out after 10 ms; the handler ignored its interruption");
    EXPECT_TRUE(events.wait_for(EventKind::handler_stuck));
    EXPECT_EQ(events.last_detail(EventKind::handler_stuck), "timeout");
    EXPECT_EQ(outcome("deaf", dispatch("deaf", "go", {.timeout = 1h})).state, TaskState::succeeded)
        << "the other slot works";
    gate.open();
}

TEST_F(WorkerStuck, ItsSlotIsTakenUntilItReturnsAndItsVerdictIsNotRecorded) {
    auto options = impatient();
    options.concurrency = 1;
    auto const worker = start_paced(options);
    auto const first = dispatch("deaf", "stay", {.max_retries = 0});
    ASSERT_EQ(outcome("deaf", first).state, TaskState::dead);
    auto const second = dispatch("deaf", "go", {.timeout = 1h});
    auto const waiting = client().wait("deaf", second, 100ms);
    ASSERT_FALSE(waiting);
    EXPECT_EQ(waiting.error().code, ErrorCode::timeout);
    gate.open();
    EXPECT_EQ(outcome("deaf", second).state, TaskState::succeeded);
    EXPECT_EQ(client().task("deaf", first)->state, TaskState::dead);
    EXPECT_EQ(ask({"HGET", space.agent("deaf").stats, "succeeded"}), "1");
}

TEST_F(WorkerStuck, ACancelledTaskDoesNotWaitForItsHandler) {
    auto options = impatient();
    options.timeout = 1h;
    auto const worker = start_paced(options);
    auto const id = dispatch("deaf", "stay");
    ASSERT_TRUE(gate.wait_arrived(1));
    ASSERT_TRUE(client().cancel("deaf", id));
    EXPECT_EQ(outcome("deaf", id).state, TaskState::cancelled);
    EXPECT_TRUE(events.wait_for(EventKind::handler_stuck));
    gate.open();
}

TEST_F(WorkerStuck, ADrainGivesItsTaskBackAndSaysThatAHandlerStillRuns) {
    auto options = impatient();
    options.timeout = 1h;
    auto const worker = start_paced(options, 0ms);
    auto const id = dispatch("deaf", "stay");
    ASSERT_TRUE(gate.wait_arrived(1));
    auto const ended = worker->stop();
    ASSERT_FALSE(ended) << "run() says nothing of the handler";
    EXPECT_EQ(ended.error().code, ErrorCode::timeout);
    EXPECT_EQ(events.count(EventKind::handler_stuck), 1);
    EXPECT_EQ(events.last_detail(EventKind::handler_stuck), "shutdown");
    EXPECT_EQ(events.count(EventKind::task_released), 1);
    // Somebody else runs it while the first one still does not return; nothing was counted.
    auto const second =
        start([](Worker& w) { w.handle("deaf", [](Task const& task, Context&) -> json { return task.crashes; }); });
    EXPECT_EQ(outcome("deaf", id).result(), json(0));
    gate.open();
}

}  // namespace
}  // namespace leat::runtime
