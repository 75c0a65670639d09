// Traces through a real worker: what handlers are given to hand on, and what is told of each attempt.
#include <gmock/gmock.h>

#include <optional>
#include <stdexcept>

#include "leat/span.hpp"
#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto kTraceId = "0af7651916cd43dd8448eb211c80319c";
constexpr auto kSampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr auto kUnsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

// A span with its own texts.
struct ToldSpan {
    explicit ToldSpan(Span const& told)
        : span(told),
          trace(told.trace_id),
          id(told.span_id),
          parent(told.parent_id),
          agent(told.agent),
          task(told.task),
          outcome(told.outcome),
          error(told.error),
          error_kind(told.error_kind),
          worker(told.worker) {}
    Span span;  // numbers only
    std::string trace, id, parent, agent, task, outcome, error, error_kind, worker;
};

class SpanLog {
  public:
    SpanListener listener() {
        return [this](Span const& span) {
            std::lock_guard const lock(mutex_);
            told_.emplace_back(span);
            changed_.notify_all();
        };
    }
    std::vector<ToldSpan> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return told_.size() >= count; })) << told_.size();
        return told_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<ToldSpan> told_;
};

class WorkerTraceTest : public WorkerFixture {
  protected:
    std::unique_ptr<WorkerThread> start_traced(std::function<void(Worker&)> const& configure) {
        auto options = worker_options();
        options.on_span = spans.listener();
        return std::make_unique<WorkerThread>(std::move(options), configure);
    }
    // Answers what it may hand on, and fails on its first run.
    static json hands_on(Task const& task, Context& context) {
        if (task.payload() == "twice" && task.retry_count == 0) throw std::runtime_error("not yet");
        return {{"own", task.traceparent}, {"on", context.traceparent()}};
    }
    SpanLog spans;
};

TEST_F(WorkerTraceTest, WithoutTracingTheTasksOwnContextIsHandedOn) {
    auto const worker = start([](Worker& w) { w.handle("a", hands_on, quick()); });
    auto const with = outcome("a", dispatch("a", 1, {.traceparent = kSampled})).result();
    EXPECT_EQ(with, (json{{"own", kSampled}, {"on", kSampled}}));
    EXPECT_EQ(outcome("a", dispatch("a", 1)).result(), (json{{"own", ""}, {"on", ""}}));
}

TEST_F(WorkerTraceTest, EachAttemptIsASpanOfItsOwnInTheTasksTrace) {
    auto const worker = start_traced([](Worker& w) { w.handle("a", hands_on, quick()); });
    auto const id = dispatch("a", "twice", {.priority = 1, .traceparent = kSampled});
    auto const result = outcome("a", id).result();
    auto const told = spans.wait_for(2);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].outcome, "retry");
    EXPECT_EQ(told[0].error, "not yet");
    EXPECT_EQ(told[0].span.attempt, 1);
    EXPECT_EQ(told[1].outcome, "success");
    EXPECT_EQ(told[1].error, "");
    EXPECT_EQ(told[1].span.attempt, 2);
    EXPECT_NE(told[0].id, told[1].id);
    for (auto const& attempt : told) {
        EXPECT_EQ(attempt.span.kind, SpanKind::attempt);
        EXPECT_EQ(attempt.trace, kTraceId);
        EXPECT_EQ(attempt.parent, "b7ad6b7169203331");
        EXPECT_EQ(attempt.agent, "a");
        EXPECT_EQ(attempt.task, id);
        EXPECT_EQ(attempt.worker, worker->worker().consumer());
        EXPECT_EQ(attempt.span.lane, Lane::high);
        EXPECT_EQ(attempt.span.payload_bytes, 7);
        EXPECT_GE(attempt.span.queue_wait_ms, 0);
        EXPECT_GE(attempt.span.ended_at_ns, attempt.span.started_at_ns);
    }
    EXPECT_EQ(result["own"], kSampled);
    EXPECT_EQ(result["on"], "00-" + told[1].trace + "-" + told[1].id + "-01");
}

TEST_F(WorkerTraceTest, ATaskWithoutContextGetsOneTraceForAllItsAttempts) {
    auto const worker = start_traced([](Worker& w) { w.handle("a", hands_on, quick()); });
    auto const result = outcome("a", dispatch("a", "twice")).result();
    auto const told = spans.wait_for(2);
    EXPECT_EQ(told[0].trace, told[1].trace);
    EXPECT_EQ(told[0].parent, "");
    EXPECT_EQ(told[1].parent, "");
    EXPECT_EQ(result["on"], "00-" + told[1].trace + "-" + told[1].id + "-01");
}

TEST_F(WorkerTraceTest, UnsampledTracesAreHandedOnAndNotTold) {
    auto const worker = start_traced([](Worker& w) { w.handle("a", hands_on, quick()); });
    auto const result = outcome("a", dispatch("a", 1, {.traceparent = kUnsampled})).result();
    EXPECT_EQ(result["on"], kUnsampled);
    outcome("a", dispatch("a", 1, {.traceparent = kSampled}));
    EXPECT_EQ(spans.wait_for(1).size(), 1U);
}

TEST_F(WorkerTraceTest, DeadAndCancelledAttemptsSayWhatTheyAre) {
    Gate running;
    auto worker = start_traced([&](Worker& w) {
        w.handle("refuses", [](Task const&, Context&) -> json { throw Dead{"no such customer"}; });
        w.handle("waits", [&](Task const&, Context& context) -> Verdict {
            running.open();
            while (!context.cancel_token().cancelled())
                std::this_thread::yield();
            return Retry{"interrupted"};
        });
    });
    outcome("refuses", dispatch("refuses", 1));
    auto const dead = spans.wait_for(1).at(0);
    EXPECT_EQ(dead.outcome, "dead");
    EXPECT_EQ(dead.error, "no such customer");
    EXPECT_EQ(dead.error_kind, "refused");
    auto const cancelled = dispatch("waits", 1);
    ASSERT_TRUE(running.pass());
    ASSERT_TRUE(client().cancel("waits", cancelled));
    outcome("waits", cancelled);
    EXPECT_EQ(spans.wait_for(2).at(1).outcome, "cancelled");
}

TEST_F(WorkerTraceTest, AnAttemptThatADrainGivesBackIsReleased) {
    Gate running;
    auto options = worker_options();
    options.on_span = spans.listener();
    options.grace = 1ms;
    WorkerThread worker(std::move(options), [&](Worker& w) {
        w.handle("waits", [&](Task const&, Context& context) -> Verdict {
            running.open();
            while (!context.cancel_token().cancelled())
                std::this_thread::yield();
            return Retry{"interrupted"};
        });
    });
    dispatch("waits", 1);
    ASSERT_TRUE(running.pass());
    ASSERT_TRUE(worker.stop());
    auto const told = spans.wait_for(1);
    EXPECT_EQ(told[0].outcome, "released");
    EXPECT_EQ(told[0].error, "");
}

TEST_F(WorkerTraceTest, ACoroutinesAttemptIsASpanToo) {
    auto const worker = start_traced([](Worker& w) {
        w.handle("a", [](Task task, Context& context) -> boost::asio::awaitable<json> {
            co_return json{{"own", task.traceparent}, {"on", context.traceparent()}};
        });
    });
    auto const result = outcome("a", dispatch("a", 1, {.traceparent = kSampled})).result();
    auto const told = spans.wait_for(1);
    EXPECT_EQ(result["on"], "00-" + told[0].trace + "-" + told[0].id + "-01");
}

TEST_F(WorkerTraceTest, MalformedContextsInRedisAreIgnoredAndTold) {
    auto options = worker_options();
    options.front_door.enabled = true;
    options.front_door.stream = "tasks";
    WorkerThread const worker(std::move(options), [](Worker& w) { w.handle("a", hands_on, quick()); });
    ask({"XADD", "tasks", "*", "task_id", "t1", "agent_type", "a", "payload", "1", "traceparent", "00-nonsense"});
    ASSERT_TRUE(events.wait_for(EventKind::adopted, 1));
    EXPECT_EQ(outcome("a", "t1").result(), (json{{"own", ""}, {"on", ""}}));
    EXPECT_TRUE(events.wait_for(EventKind::traceparent_ignored, 1));
    EXPECT_THAT(events.last_detail(EventKind::traceparent_ignored), HasSubstr("too short"));
    ask({"XADD", space.agent("a").lane(Lane::normal), "*", "task_id", "t2", "agent_type", "a", "payload", "1",
         "traceparent", std::string(70, 'x')});
    ASSERT_TRUE(events.wait_for(EventKind::adopted, 2));
    EXPECT_EQ(outcome("a", "t2").result(), (json{{"own", ""}, {"on", ""}}));
    EXPECT_TRUE(events.wait_for(EventKind::traceparent_ignored, 2));
    ask({"XADD", "tasks", "*", "task_id", "t3", "agent_type", "a", "payload", "1", "traceparent", kSampled});
    ASSERT_TRUE(events.wait_for(EventKind::adopted, 3));
    EXPECT_EQ(outcome("a", "t3").result(), (json{{"own", kSampled}, {"on", kSampled}}));
    EXPECT_EQ(events.count(EventKind::traceparent_ignored), 2);
}

TEST_F(WorkerTraceTest, TheClientRefusesMalformedContexts) {
    auto const refused = client().dispatch("a", 1, {.id = "t", .traceparent = "00-1-2-03"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_input);
    EXPECT_THAT(refused.error().message(), HasSubstr("leave it out"));
    auto const later = dispatch("a", 1, {.id = "t", .traceparent = "cc" + std::string(kSampled).substr(2) + "-more"});
    EXPECT_THAT(ask({"XRANGE", space.agent("a").lane(Lane::normal), "-", "+"}), HasSubstr(kSampled));
}

TEST_F(WorkerTraceTest, ATracingClientGivesEachTaskTheSpanOfItsDispatch) {
    ClientOptions options;
    options.redis = leat::testing::url_as(server, store::AclRole::producer);
    options.on_span = spans.listener();
    Client tracing(options);
    std::vector<NewTask> tasks(4, NewTask{"[1]", {}});
    tasks[0].options = {.id = "child", .traceparent = kSampled};
    tasks[1].options = {.id = "root"};
    tasks[2].options = {.id = "unsampled", .traceparent = kUnsampled};
    tasks[3].options = {.id = "child", .traceparent = kSampled};
    for (auto const& receipt : tracing.dispatch_many("a", tasks))
        ASSERT_TRUE(receipt) << receipt.error().message();
    auto const told = spans.wait_for(3);
    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told[0].span.kind, SpanKind::dispatch);
    EXPECT_EQ(told[0].trace, kTraceId);
    EXPECT_EQ(told[0].parent, "b7ad6b7169203331");
    EXPECT_EQ(told[0].outcome, "created");
    EXPECT_EQ(told[0].span.payload_bytes, 3);
    EXPECT_EQ(told[1].task, "root");
    EXPECT_EQ(told[1].parent, "");
    EXPECT_NE(told[1].trace, kTraceId);
    EXPECT_EQ(told[2].outcome, "duplicate");
    auto const stored = ask({"XRANGE", space.agent("a").lane(Lane::normal), "-", "+"});
    EXPECT_THAT(stored, HasSubstr("00-" + told[0].trace + "-" + told[0].id + "-01"));
    EXPECT_THAT(stored, HasSubstr("00-" + told[1].trace + "-" + told[1].id + "-01"));
    EXPECT_THAT(stored, HasSubstr(kUnsampled));
}

TEST_F(WorkerTraceTest, AFailedDispatchIsToldToo) {
    ClientOptions options;
    options.redis = "unix:///nowhere/redis.sock";
    options.connect_timeout = 1ms;
    options.on_span = spans.listener();
    Client tracing(options);
    EXPECT_FALSE(tracing.dispatch("a", 1));
    auto const told = spans.wait_for(1);
    EXPECT_EQ(told[0].outcome, "failed");
    EXPECT_EQ(told[0].error_kind, "unavailable");
}

}  // namespace
}  // namespace leat::runtime
