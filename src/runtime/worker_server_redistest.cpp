// Servers that are late, old, locked, or speak the older protocol.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "runtime/worker_fixture.hpp"
#include "store/store_worker.hpp"
#include "support/fake_redis.hpp"

namespace leat::runtime {
namespace {

using leat::testing::FakeRedis;
using leat::testing::RedisServer;

class WorkerServer : public WorkerFixture {
  protected:
    WorkerOptions options_for(RedisServer const& other) {
        auto options = worker_options();
        options.redis = other.url();
        return options;
    }
    // Runs a worker that must not start.
    static Result<void> refused(WorkerOptions options) {
        Worker worker(std::move(options));
        worker.handle("any", [](Task const&, Context&) -> json { return 1; });
        return worker.run();
    }
    TaskResult run_one(RedisServer const& other, std::string const& agent) {
        ClientOptions options;
        options.redis = other.url();
        Client client(std::move(options));
        auto const receipt = client.dispatch(agent, 5);
        EXPECT_TRUE(receipt) << receipt.error().message();
        if (!receipt) return {};
        auto const result = client.wait(agent, receipt->task_id, std::chrono::duration_cast<Milliseconds>(kPatience));
        EXPECT_TRUE(result) << result.error().message();
        return result.value_or(TaskResult{});
    }
    // A server that tells this version, and nothing else.
    Result<void> run_against(std::string const& info) {
        boost::asio::io_context context;
        auto const bulk = "$" + std::to_string(info.size()) + "\r\n" + info + "\r\n";
        FakeRedis fake(context, {{FakeRedis::kHello, FakeRedis::kPong, bulk}});
        auto options = worker_options();
        options.redis = "redis://127.0.0.1:" + std::to_string(fake.port());
        auto const work = boost::asio::make_work_guard(context);
        std::thread runner([&] { context.run(); });
        auto ended = refused(std::move(options));
        context.stop();
        runner.join();
        return ended;
    }
};

TEST_F(WorkerServer, AWorkerThatStartsBeforeItsServerServesOnceItIsThere) {
    RedisServer late;
    late.kill();
    WorkerThread const worker(options_for(late), [](Worker& w) {
        w.handle("early", [](Task const& task, Context&) -> json { return task.payload(); });
    });
    ASSERT_TRUE(events.wait_for(EventKind::disconnected, 2));
    EXPECT_EQ(events.count(EventKind::worker_started), 0);
    late.start();
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    EXPECT_EQ(run_one(late, "early").result(), json(5));
}

TEST_F(WorkerServer, AWrongPasswordEndsTheWorkerWithAnErrorThatSaysSo) {
    RedisServer const locked({"--requirepass", "right"});
    auto options = options_for(locked);
    options.password = "wrong-and-secret";
    auto const ended = refused(options);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, ErrorCode::denied);
    EXPECT_EQ(ended.error().message().find("wrong-and-secret"), std::string::npos);
}

TEST_F(WorkerServer, ARedisBeforeSevenIsRefused) {
    auto const ended = run_against("# Server\r\nredis_version:6.2.14\r\nredis_mode:standalone\r\n");
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, ErrorCode::unsupported);
    EXPECT_NE(ended.error().detail.find("6.2.14"), std::string::npos) << ended.error().detail;
    EXPECT_NE(ended.error().detail.find("7.0"), std::string::npos) << ended.error().detail;
}

// A server that knows no HELLO: every reply comes in the shapes of RESP2, and pub/sub on connections of its own.
class WorkerResp2 : public WorkerServer {
  protected:
    RedisServer old_{{"--rename-command", "HELLO", ""}};
};

TEST_F(WorkerResp2, TasksRunIdleAndBusy) {
    auto const worker = std::make_unique<WorkerThread>(options_for(old_), [](Worker& w) {
        AgentOptions options = quick();
        options.concurrency = 8;
        w.handle(
            "old",
            [](Task const& task, Context&) -> json {
                if (task.payload() == "once" && task.retry_count == 0) throw std::runtime_error("not yet");
                return task.payload();
            },
            options);
    });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    EXPECT_EQ(run_one(old_, "old").result(), json(5)) << "by a blocking read";
    ClientOptions options;
    options.redis = old_.url();
    Client client(std::move(options));
    std::vector<NewTask> many(300, NewTask{"\"once\"", {}});
    for (auto const& receipt : client.dispatch_many("old", std::move(many)))
        ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_TRUE(eventually([&] { return old_.command({"HGET", space.agent("old").stats, "succeeded"}) == "301"; }));
    EXPECT_EQ(events.count(EventKind::service_error), 0) << events.last_detail(EventKind::service_error);
}

TEST_F(WorkerResp2, CancelReachesARunningTask) {
    Gate started;
    WorkerThread const worker(options_for(old_), [&](Worker& w) {
        w.handle("old", [&](Task const&, Context& context) -> json {
            started.open();
            while (!context.cancel_token().cancelled())
                std::this_thread::yield();
            throw std::runtime_error("stopped");
        });
    });
    ClientOptions options;
    options.redis = old_.url();
    Client client(std::move(options));
    auto const receipt = client.dispatch("old", nullptr);
    ASSERT_TRUE(receipt);
    ASSERT_TRUE(started.pass());
    ASSERT_TRUE(client.cancel("old", receipt->task_id));
    auto const ended = client.wait("old", receipt->task_id, std::chrono::duration_cast<Milliseconds>(kPatience));
    ASSERT_TRUE(ended) << ended.error().message();
    EXPECT_EQ(ended->state, TaskState::cancelled);
}

TEST_F(WorkerResp2, TheFrontDoorAdmitsAndTakesOver) {
    auto const group = std::string(store::kFrontGroup);
    old_.command({"XADD", "tasks", "*", "task_id", "lying", "agent_type", "old", "payload", "1"});
    old_.command({"XGROUP", "CREATE", "tasks", group, "0"});
    old_.command({"XREADGROUP", "GROUP", group, "gone", "STREAMS", "tasks", ">"});
    auto const entry = old_.command({"XPENDING", "tasks", group, "-", "+", "1"});
    old_.command(
        {"XCLAIM", "tasks", group, "gone", "0", entry.substr(0, entry.find('\n')), "IDLE", "3600000", "JUSTID"});
    auto options = options_for(old_);
    options.front_door.enabled = true;
    WorkerThread const worker(options,
                              [](Worker& w) { w.handle("old", [](Task const&, Context&) -> json { return 1; }); });
    ASSERT_TRUE(events.wait_for(EventKind::adopted));
    old_.command({"XADD", "tasks", "*", "task_id", "fresh", "agent_type", "old", "payload", "1"});
    ASSERT_TRUE(events.wait_for(EventKind::adopted, 2));
    EXPECT_TRUE(eventually([&] { return old_.command({"HGET", space.agent("old").stats, "succeeded"}) == "2"; }));
    EXPECT_TRUE(eventually([&] { return old_.command({"XLEN", "tasks"}) == "0"; }));
}

TEST_F(WorkerResp2, WorkersAreListed) {
    WorkerThread worker(options_for(old_),
                        [](Worker& w) { w.handle("old", [](Task const&, Context&) -> json { return 1; }); });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    boost::asio::io_context context;
    leat::testing::RedisClient viewer(context, redis::parse_url(old_.url()).value());
    auto const listed = viewer.wait(viewer.start(store::list_workers(viewer.connection(), space, 10)));
    ASSERT_TRUE(listed) << listed.error().message();
    ASSERT_EQ(listed->size(), 1U);
    EXPECT_EQ(listed->front().consumer, worker.worker().consumer());
    EXPECT_GT(listed->front().beat_at, 0);
    EXPECT_GT(listed->front().pid, 0);
}

}  // namespace
}  // namespace leat::runtime
