// What handlers say is in their agent's log while they run and afterwards, and costs no task anything.
#include <gmock/gmock.h>

#include <string>

#include "runtime/limits.hpp"
#include "runtime/worker_fixture.hpp"
#include "store/task_log.hpp"

namespace leat::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class WorkerLog : public WorkerFixture {
  protected:
    std::string log_of(std::string const& agent) { return ask({"XRANGE", space.agent(agent).log, "-", "+"}); }
    std::int64_t length_of(std::string const& agent) { return std::stoll(ask({"XLEN", space.agent(agent).log})); }
    std::int64_t dropped_of(std::string const& agent) {
        auto const text = ask({"HGET", space.agent(agent).stats, std::string(store::kLogDropped)});
        return text.empty() ? 0 : std::stoll(text);
    }
};

TEST_F(WorkerLog, LinesAndProgressAreThereWhileTheHandlerRuns) {
    Gate gate;
    auto const worker = start([&](Worker& w) {
        w.handle("talks", [&](Task const&, Context& context) -> json {
            context.log("one line");
            context.progress(0.25, "a quarter");
            gate.pass();
            return 1;
        });
    });
    auto const id = dispatch("talks", nullptr);
    EXPECT_TRUE(eventually([&] { return length_of("talks") == 2; }));
    EXPECT_THAT(log_of("talks"), HasSubstr("task_id\n" + id + "\nattempt\n1\nlog\none line"));
    EXPECT_THAT(log_of("talks"), HasSubstr("attempt\n1\nprogress\n25\nnote\na quarter"));
    EXPECT_GT(std::stoll(ask({"TTL", space.agent("talks").log})), 86'000);
    gate.open();
    EXPECT_EQ(outcome("talks", id).state, TaskState::succeeded);
}

TEST_F(WorkerLog, TheLastWordsAreThereWithTheOutcome) {
    auto const worker = start([&](Worker& w) {
        w.handle("talks", [](Task const& task, Context& context) -> json {
            context.log("the first words of " + task.id());
            context.log("the last words of " + task.id());
            return 1;
        });
    });
    for (int i = 0; i < 20; ++i) {
        auto const id = dispatch("talks", nullptr);
        EXPECT_EQ(outcome("talks", id).state, TaskState::succeeded);
        EXPECT_THAT(log_of("talks"), HasSubstr("the last words of " + id));
    }
    EXPECT_EQ(length_of("talks"), 40);
    EXPECT_EQ(dropped_of("talks"), 0);
}

TEST_F(WorkerLog, WhoSaysNothingWritesNothing) {
    auto const worker = start(
        [&](Worker& w) { w.handle("silent", [](Task const&, Context&) -> json { return 1; }, {.concurrency = 4}); });
    dispatch_empty("silent", 100);
    ASSERT_TRUE(succeeded("silent", 100));
    EXPECT_EQ(ask({"EXISTS", space.agent("silent").log}), "0");
    EXPECT_EQ(ask({"HEXISTS", space.agent("silent").stats, std::string(store::kLogDropped)}), "0");
}

TEST_F(WorkerLog, WhatIsTooMuchIsDroppedAndCounted) {
    constexpr int kLines = 5'000;
    auto const worker = start([&](Worker& w) {
        w.handle("talks", [](Task const&, Context& context) -> json {
            for (int i = 0; i < kLines; ++i)
                context.log("line");
            return 1;
        });
    });
    EXPECT_EQ(outcome("talks", dispatch("talks", nullptr)).state, TaskState::succeeded);
    // The line that says so is one more.
    EXPECT_TRUE(eventually([&] {
        auto const told = length_of("talks") + dropped_of("talks");
        return told == kLines || told == kLines + 1;
    })) << length_of("talks")
        << " " << dropped_of("talks");
    EXPECT_LE(length_of("talks"), kLogLinesPerAttempt + 1);
}

TEST_F(WorkerLog, TheLatestProgressIsKept) {
    auto const worker = start([&](Worker& w) {
        w.handle("counts", [](Task const&, Context& context) -> json {
            for (int i = 1; i <= 20'000; ++i)
                context.progress(i / 20'000.0, "row " + std::to_string(i));
            context.progress(1.0, "row 20000");  // says nothing new
            return 1;
        });
    });
    EXPECT_EQ(outcome("counts", dispatch("counts", nullptr)).state, TaskState::succeeded);
    auto const last = ask({"XREVRANGE", space.agent("counts").log, "+", "-", "COUNT", "1"});
    EXPECT_THAT(last, HasSubstr("progress\n100\nnote\nrow 20000"));
    EXPECT_LE(length_of("counts"), kLogLinesPerAttempt + 100);
}

TEST_F(WorkerLog, ALogThatCannotBeWrittenHurtsNoTask) {
    auto const log = space.agent("talks").log;
    ask({"SET", log, "somebody's"});
    auto const worker = start([&](Worker& w) {
        w.handle("talks", [](Task const& task, Context& context) -> json {
            context.log("said by " + task.id());
            return 1;
        });
    });
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(outcome("talks", dispatch("talks", nullptr)).state, TaskState::succeeded);
    EXPECT_TRUE(eventually([&] { return dropped_of("talks") >= 1; }));
    EXPECT_EQ(events.count(EventKind::service_error), 1) << events.told(EventKind::service_error);
    EXPECT_THAT(events.told(EventKind::service_error), HasSubstr("task_log"));
    EXPECT_THAT(events.told(EventKind::service_error), HasSubstr("log_dropped"));
    ask({"DEL", log});
    auto const id = dispatch("talks", nullptr);
    EXPECT_TRUE(eventually([&] { return log_of("talks").find("said by " + id) != std::string::npos; }));
    EXPECT_TRUE(eventually([&] { return length_of("talks") + dropped_of("talks") == 11; }));
}

TEST_F(WorkerLog, WhatIsSaidWhileRedisIsAwayWaitsForIt) {
    Gate away;
    Gate back;
    auto const worker = start([&](Worker& w) {
        w.handle("talks", [&](Task const&, Context& context) -> json {
            away.pass();
            context.log("nobody listens");
            back.pass();
            return 1;
        });
    });
    auto const id = dispatch("talks", nullptr);
    ASSERT_TRUE(away.wait_arrived(1));
    server.kill();
    ASSERT_TRUE(events.wait_for(EventKind::disconnected));
    away.open();
    ASSERT_TRUE(back.wait_arrived(1));
    server.start();
    EXPECT_TRUE(eventually([&] { return log_of("talks").find("nobody listens") != std::string::npos; }));
    back.open();
}

}  // namespace
}  // namespace leat::runtime
