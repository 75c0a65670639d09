// The life of tasks through a real worker and a real server: verdicts, retries, dedupe, delay, cancel, timeout.
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <stdexcept>

#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

TEST_F(WorkerFixture, SuccessIsRecordedWithItsResult) {
    auto const worker = start([](Worker& w) {
        w.handle("echo", [](Task const& task, Context& context) -> json {
            return {{"text", task.payload().at("text")},
                    {"attempt", context.attempt()},
                    {"key", context.idempotency_key()}};
        });
    });
    auto const id = dispatch("echo", {{"text", "good \"value\" \u00e9\n"}}, {.id = "order-17"});
    EXPECT_EQ(id, "order-17");
    auto const result = outcome("echo", id);
    EXPECT_EQ(result.state, TaskState::succeeded);
    EXPECT_EQ(result.result(), (json{{"text", "good \"value\" \u00e9\n"}, {"attempt", 1}, {"key", "echo/order-17"}}));
    EXPECT_EQ(result.processed_by, worker->worker().consumer());
    EXPECT_EQ(result.attempt, 1);
    EXPECT_GT(result.started_at, 0);
    EXPECT_GE(result.finished_at, result.started_at - 1'000);
}

TEST_F(WorkerFixture, AnExceptionIsARetryUntilNoneAreLeft) {
    std::atomic<int> runs{0};
    auto const worker = start([&](Worker& w) {
        w.handle(
            "fails",
            [&](Task const&, Context&) -> json {
                ++runs;
                throw std::runtime_error("the model said no");
            },
            quick());
    });
    auto const result = outcome("fails", dispatch("fails", nullptr, {.max_retries = 2}));
    EXPECT_EQ(result.state, TaskState::dead);
    EXPECT_EQ(result.error, "the model said no");
    EXPECT_EQ(result.attempt, 3);
    EXPECT_EQ(runs, 3);
}

TEST_F(WorkerFixture, ARetryThatSucceedsEndsAsSuccess) {
    auto const worker = start([](Worker& w) {
        w.handle(
            "flaky",
            [](Task const& task, Context&) -> json {
                if (task.retry_count < 2) throw std::runtime_error("not yet");
                return task.retry_count;
            },
            quick());
    });
    auto const result = outcome("flaky", dispatch("flaky", {{"n", 1}}));
    EXPECT_EQ(result.state, TaskState::succeeded);
    EXPECT_EQ(result.result(), json(2));
}

TEST_F(WorkerFixture, DeadAndThrownDeadEndAtOnce) {
    auto const worker = start([](Worker& w) {
        w.handle("refuses", [](Task const& task, Context&) -> Verdict {
            if (task.payload().at("how") == "throw") throw Dead{"thrown"};
            return Dead{"returned"};
        });
    });
    EXPECT_EQ(outcome("refuses", dispatch("refuses", {{"how", "return"}})).error, "returned");
    auto const thrown = outcome("refuses", dispatch("refuses", {{"how", "throw"}}));
    EXPECT_EQ(thrown.state, TaskState::dead);
    EXPECT_EQ(thrown.error, "thrown");
    EXPECT_EQ(thrown.attempt, 1);
}

TEST_F(WorkerFixture, ThrowingNoExceptionIsARetryToo) {
    auto const worker = start([](Worker& w) {
        w.handle(
            "odd", [](Task const&, Context&) -> json { throw 42; }, quick());
    });
    auto const result = outcome("odd", dispatch("odd", nullptr, {.max_retries = 1}));
    EXPECT_EQ(result.state, TaskState::dead);
    EXPECT_NE(result.error.find("std::exception"), std::string::npos) << result.error;
}

TEST_F(WorkerFixture, AResultAboveTheLimitIsDead) {
    AgentOptions options;
    options.result_bytes_max = 100;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "large", [](Task const&, Context&) -> json { return std::string(200, 'x'); }, options);
    });
    auto const result = outcome("large", dispatch("large", nullptr));
    EXPECT_EQ(result.state, TaskState::dead);
    EXPECT_EQ(ask({"HGET", space.agent("large").stats, "dead"}), "1");
}

TEST_F(WorkerFixture, OneIdIsOneTask) {
    std::atomic<int> runs{0};
    Gate gate;
    auto const worker = start([&](Worker& w) {
        w.handle("once", [&](Task const&, Context&) -> json {
            ++runs;
            gate.pass();
            return 1;
        });
    });
    dispatch("once", {{"n", 1}}, {.id = "same"});
    auto const again = client().dispatch("once", {{"n", 1}}, {.id = "same"});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->status, DispatchStatus::duplicate);
    gate.open();
    outcome("once", "same");
    auto const after = client().dispatch("once", {{"n", 1}}, {.id = "same"});
    ASSERT_TRUE(after);
    EXPECT_EQ(after->status, DispatchStatus::duplicate);
    EXPECT_EQ(after->state, TaskState::succeeded);
    EXPECT_EQ(runs, 1);
}

TEST_F(WorkerFixture, ABeatTellsSinceWhenTheLongestAttemptRuns) {
    Gate gate;
    auto const worker =
        start([&](Worker& w) { w.handle("long", [&](Task const&, Context&) -> json { return gate.pass(); }); });
    auto const id = dispatch("long", nullptr);
    ASSERT_TRUE(gate.wait_arrived(1));
    std::int64_t started = 0;
    auto const told = [&] {
        auto const consumer = ask({"ZRANGE", space.workers(), "0", "0"});
        auto const agents = json::parse(ask({"HGET", space.worker(consumer), "agents"}), nullptr, false);
        if (agents.is_array() && !agents.empty()) started = agents[0].value("oldest_started_at", std::int64_t{0});
        return started > 0;
    };
    EXPECT_TRUE(eventually(told));
    gate.open();
    auto const result = outcome("long", id);
    EXPECT_EQ(result.started_at, started) << "by the clock of the result";
}

TEST_F(WorkerFixture, ADelayedTaskRunsNotBeforeItsTime) {
    auto const worker = start([](Worker& w) { w.handle("later", [](Task const&, Context&) -> json { return 1; }); });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    auto const result = outcome("later", dispatch("later", nullptr, {.delay = 150ms}));
    EXPECT_EQ(result.state, TaskState::succeeded);
    EXPECT_GE(result.finished_at, result.created_at + 150) << "both by the server's clock";
    ASSERT_TRUE(events.wait_for(EventKind::promoted)) << "it may be told after the task has run";
    EXPECT_EQ(events.count(EventKind::promoted), 1);
}

TEST_F(WorkerFixture, CoroutineHandlersRunByTheHundredAtOnce) {
    constexpr int kTasks = 500;
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    AgentOptions options;
    options.concurrency = kTasks;
    struct Body {
        static boost::asio::awaitable<json> wait(std::atomic<int>& now, std::atomic<int>& peak) {
            auto const count = ++now;
            for (auto seen = peak.load(); count > seen && !peak.compare_exchange_weak(seen, count);) {
            }
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
            while (peak < kTasks) {  // until every one of them is here
                timer.expires_after(1ms);
                co_await timer.async_wait(boost::asio::use_awaitable);
            }
            co_return peak.load();
        }
    };
    auto const worker = start([&](Worker& w) {
        w.handle(
            "many", [&](Task, Context&) { return Body::wait(running, most); }, options);
    });
    std::vector<NewTask> tasks(kTasks, NewTask{"{}", {}});
    for (auto const& receipt : client().dispatch_many("many", std::move(tasks)))
        ASSERT_TRUE(receipt);
    EXPECT_TRUE(eventually([&] {
        return ask({"HGET", space.agent("many").stats, "succeeded"}) == std::to_string(kTasks);
    }));
}

TEST_F(WorkerFixture, NeverMoreRunsThanSlots) {
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    AgentOptions options;
    options.concurrency = 3;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "narrow",
            [&](Task const&, Context&) -> json {
                auto const count = ++running;
                for (auto seen = most.load(); count > seen && !most.compare_exchange_weak(seen, count);) {
                }
                --running;
                return 1;
            },
            options);
    });
    dispatch_empty("narrow", 300);
    ASSERT_TRUE(eventually([&] { return ask({"HGET", space.agent("narrow").stats, "succeeded"}) == "300"; }));
    EXPECT_LE(most, 3);
}

TEST_F(WorkerFixture, ABacklogIsDrainedToTheLastTaskAlthoughRunsOutpaceTheirRecording) {
    // More short runs than verdicts may wait: fetching pauses, and must go on once they are recorded.
    constexpr std::size_t kTasks = 5'000;
    dispatch_empty("fast", kTasks);
    AgentOptions options;
    options.concurrency = 2'000;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "fast", [](Task const&, Context&) -> json { return 1; }, options);
    });
    EXPECT_TRUE(eventually([&] {
        return ask({"HGET", space.agent("fast").stats, "succeeded"}) == std::to_string(kTasks);
    }));
}

TEST_F(WorkerFixture, ABlockingHandlerLearnsOfItsCancellation) {
    Gate started;
    auto const worker = start([&](Worker& w) {
        w.handle("long", [&](Task const&, Context& context) -> json {
            started.open();
            while (!context.cancel_token().cancelled())
                std::this_thread::yield();
            EXPECT_EQ(context.cancel_token().reason(), CancelReason::cancelled);
            throw std::runtime_error("stopped");
        });
    });
    auto const id = dispatch("long", nullptr);
    ASSERT_TRUE(started.pass());
    auto const status = client().cancel("long", id);
    ASSERT_TRUE(status) << status.error().message();
    EXPECT_EQ(*status, CancelStatus::requested);
    EXPECT_EQ(outcome("long", id).state, TaskState::cancelled);
    EXPECT_EQ(client().cancel("long", id).value(), CancelStatus::terminal);
}

boost::asio::awaitable<json> sleep_for_ever(Gate& started) {
    started.open();
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::chrono::hours(1));
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return nullptr;
}

TEST_F(WorkerFixture, ACoroutineHandlerIsInterruptedByCancel) {
    Gate started;
    auto const worker =
        start([&](Worker& w) { w.handle("nap", [&](Task, Context&) { return sleep_for_ever(started); }); });
    auto const id = dispatch("nap", nullptr);
    ASSERT_TRUE(started.pass());
    ASSERT_TRUE(client().cancel("nap", id));
    EXPECT_EQ(outcome("nap", id).state, TaskState::cancelled);
}

// From the call of cancel to the outcome that a waiter sees.
TEST_F(WorkerFixture, ARunningTaskIsCancelledWithinATenthOfASecond) {
    constexpr int kCancels = 21;
    Gate started;
    auto const worker =
        start([&](Worker& w) { w.handle("nap", [&](Task, Context&) { return sleep_for_ever(started); }); });
    std::vector<std::chrono::duration<double, std::milli>> took;
    for (int i = 1; i <= kCancels; ++i) {
        auto const id = dispatch("nap", nullptr);
        ASSERT_TRUE(events.wait_for(EventKind::task_started, i));
        auto const asked = std::chrono::steady_clock::now();
        ASSERT_EQ(client().cancel("nap", id), CancelStatus::requested);
        ASSERT_EQ(outcome("nap", id).state, TaskState::cancelled);
        took.emplace_back(std::chrono::steady_clock::now() - asked);
    }
    std::ranges::sort(took);
    std::cout << "cancel of a running task to its outcome: median " << took[kCancels / 2].count() << " ms, longest "
              << took.back().count() << " ms of " << kCancels << '\n';
    EXPECT_LE(took[kCancels / 2], 100ms);
}

TEST_F(WorkerFixture, AnAttemptBeyondItsTimeoutIsARetryThatSaysSo) {
    Gate started;
    AgentOptions options = quick();
    options.timeout = 30ms;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "slow", [&](Task, Context&) { return sleep_for_ever(started); }, options);
    });
    auto const result = outcome("slow", dispatch("slow", nullptr, {.max_retries = 1}));
    EXPECT_EQ(result.state, TaskState::dead);
    EXPECT_EQ(result.error, "timed out after 30 ms");
    EXPECT_EQ(result.attempt, 2);
}

TEST_F(WorkerFixture, AWaitingTaskIsCancelledAtOnce) {
    auto const id = dispatch("nobody", nullptr);
    EXPECT_EQ(client().cancel("nobody", id).value(), CancelStatus::cancelled);
    EXPECT_EQ(outcome("nobody", id).state, TaskState::cancelled);
    EXPECT_EQ(ask({"XLEN", space.agent("nobody").lane(Lane::normal)}), "0");
}

TEST_F(WorkerFixture, WaitSaysWhenItTakesTooLongAndWhenThereIsNoSuchTask) {
    auto const id = dispatch("nobody", nullptr);
    auto const late = client().wait("nobody", id, 50ms);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::timeout);
    auto const none = client().wait("nobody", "no-such-task", 50ms);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::not_found);
}

TEST_F(WorkerFixture, AClientFindsResultsInTheStreamsThatTheWorkerNamed) {
    AgentOptions options;
    options.results_stream = "results";
    options.dead_stream = "dead_letters";
    auto const worker = start([&](Worker& w) {
        w.handle(
            "shared",
            [](Task const& task, Context&) -> Verdict {
                if (task.payload() == 0) return Dead{"zero"};
                return verdict_of(task.payload());
            },
            options);
    });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    EXPECT_EQ(outcome("shared", dispatch("shared", 5)).result(), json(5));
    EXPECT_EQ(outcome("shared", dispatch("shared", 0)).error, "zero");
    EXPECT_EQ(ask({"XLEN", "results"}), "2");
    EXPECT_EQ(ask({"XLEN", "dead_letters"}), "1");
}

TEST_F(WorkerFixture, TypedHandlersConvertBothWays) {
    auto const worker = start([](Worker& w) {
        w.handle<std::vector<int>, int>("sum", [](std::vector<int> const& numbers, Context&) {
            int sum = 0;
            for (auto const n : numbers)
                sum += n;
            return sum;
        });
    });
    EXPECT_EQ(outcome("sum", dispatch("sum", {1, 2, 3})).result(), json(6));
    auto const wrong = outcome("sum", dispatch("sum", {{"not", "a list"}}));
    EXPECT_EQ(wrong.state, TaskState::dead);
    EXPECT_NE(wrong.error.find("does not fit"), std::string::npos);
}

boost::asio::awaitable<std::string> join_later(std::vector<std::string> words, Context&) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1ms);
    co_await timer.async_wait(boost::asio::use_awaitable);
    std::string joined;
    for (auto const& word : words)
        joined += word;
    co_return joined;
}

TEST_F(WorkerFixture, TypedCoroutinesConvertBothWays) {
    auto const worker = start([](Worker& w) {
        w.handle<std::vector<std::string>, std::string>("join", join_later);
        w.handle<int, json>(
            "half",
            [](int number, Context&) -> boost::asio::awaitable<json> {
                if (number % 2 != 0) throw Dead{"an odd number"};
                co_return number / 2;
            },
            quick());
    });
    EXPECT_EQ(outcome("join", dispatch("join", {"a", "b"})).result(), json("ab"));
    auto const wrong = outcome("join", dispatch("join", {{"not", "a list"}}));
    EXPECT_EQ(wrong.state, TaskState::dead);
    EXPECT_NE(wrong.error.find("does not fit"), std::string::npos);
    EXPECT_EQ(outcome("half", dispatch("half", 8)).result(), json(4));
    EXPECT_EQ(outcome("half", dispatch("half", 7)).error, "an odd number");
}

TEST_F(WorkerFixture, BadInputIsRefusedBeforeItIsSent) {
    EXPECT_EQ(client().dispatch_text("a", "{not json").error().code, ErrorCode::invalid_input);
    EXPECT_EQ(client().dispatch_text("a", "\"" + std::string(2 << 20, 'x') + "\"").error().code, ErrorCode::too_large);
    EXPECT_EQ(client().dispatch("", nullptr).error().code, ErrorCode::invalid_input);
    EXPECT_EQ(client().dispatch("a b", nullptr).error().code, ErrorCode::invalid_input);
    EXPECT_EQ(client().dispatch(std::string(129, 'a'), nullptr).error().code, ErrorCode::invalid_input);
    EXPECT_EQ(client().dispatch("a", nullptr, {.id = "no spaces"}).error().code, ErrorCode::invalid_input);
    EXPECT_EQ(client().dispatch("a", nullptr, {.delay = -1ms}).error().code, ErrorCode::invalid_input);
    EXPECT_EQ(client().dispatch("a", nullptr, {.delay = std::chrono::hours(24 * 400)}).error().code,
              ErrorCode::invalid_input);
    EXPECT_EQ(client().dispatch("a", nullptr, {.max_retries = -1}).error().code, ErrorCode::invalid_input);
    EXPECT_EQ(client().dispatch("a", json("\xff")).error().code, ErrorCode::invalid_input);
    EXPECT_EQ(ask({"DBSIZE"}), "0");
}

}  // namespace
}  // namespace leat::runtime
