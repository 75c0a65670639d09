// Leases and drains: what a worker does when it is not alone.
#include <atomic>
#include <set>
#include <sstream>
#include <string>

#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

AgentOptions short_lease() {
    AgentOptions options = quick();
    options.lease = 1s;
    return options;
}

class WorkerLease : public WorkerFixture {
  protected:
    // Whether the oldest delivery of the agent was renewed so many times while this looked on.
    bool renewed_times(std::string const& agent, int times) {
        auto const lane = space.agent(agent).lane(Lane::normal);
        int renewals = 0;
        long idle_before = 0;
        return eventually([&] {
            // id, consumer, idle, deliveries: one per line
            std::istringstream row(ask({"XPENDING", lane, std::string(store::kGroup), "-", "+", "1"}));
            std::string id;
            std::string consumer;
            long idle = 0;
            if (!(row >> id >> consumer >> idle)) return false;
            if (idle < idle_before) ++renewals;
            idle_before = idle;
            return renewals >= times;
        });
    }
};

TEST_F(WorkerLease, ASlowHealthyRunIsNeverDoubled) {
    // Two workers, a lease of one second, and a handler that outlives several: it ends after four renewals were seen.
    std::atomic<int> runs{0};
    Gate gate;
    auto const configure = [&](Worker& w) {
        w.handle(
            "slow",
            [&](Task const&, Context&) -> json {
                ++runs;
                gate.pass();
                return 1;
            },
            short_lease());
    };
    auto const first = start(configure);
    auto const second = start(configure);
    auto const id = dispatch("slow", nullptr);
    ASSERT_TRUE(gate.wait_arrived(1));
    ASSERT_TRUE(renewed_times("slow", 4));
    gate.open();
    EXPECT_EQ(outcome("slow", id).state, TaskState::succeeded);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(events.count(EventKind::reclaimed), 0);
}

// A renewal that hangs must not keep the worker from noticing that its lease runs out.
TEST_F(WorkerLease, AnUnansweredRenewalEndsTheTrustInTime) {
    Gate started;
    auto options = worker_options();
    options.command_timeout = 10min;  // only the lease may end the wait
    WorkerThread const worker(std::move(options), [&](Worker& w) {
        w.handle(
            "mute",
            [&](Task const&, Context& context) -> json {
                started.open();
                while (!context.cancel_token().cancelled())
                    std::this_thread::yield();
                return std::string(to_string(context.cancel_token().reason()));
            },
            short_lease());
    });
    dispatch("mute", nullptr);
    ASSERT_TRUE(started.pass());
    server.pause();
    EXPECT_TRUE(events.wait_for(EventKind::lease_lost));
    EXPECT_TRUE(events.wait_for(EventKind::task_stale)) << "the handler was not interrupted";
    server.resume();
}

TEST_F(WorkerFixture, AStolenDeliveryIsInterruptedAndItsVerdictDropped) {
    Gate started;
    std::atomic<int> lost{0};
    auto const worker = start([&](Worker& w) {
        w.handle(
            "stolen",
            [&](Task const&, Context& context) -> json {
                started.open();
                while (!context.cancel_token().cancelled())
                    std::this_thread::yield();
                if (context.cancel_token().reason() == CancelReason::lease_lost) ++lost;
                return "late";
            },
            short_lease());
    });
    auto const id = dispatch("stolen", nullptr);
    ASSERT_TRUE(started.pass());
    auto const lane = space.agent("stolen").lane(Lane::normal);
    auto const at = client().task("stolen", id);
    ASSERT_TRUE(at);
    EXPECT_EQ(at->state, TaskState::running);
    auto const pending = ask({"XPENDING", lane, std::string(store::kGroup), "-", "+", "1"});
    ask({"XCLAIM", lane, std::string(store::kGroup), "thief", "0", pending.substr(0, pending.find('\n'))});
    EXPECT_TRUE(events.wait_for(EventKind::lease_lost));
    EXPECT_TRUE(events.wait_for(EventKind::task_stale));
    EXPECT_EQ(lost, 1);
    auto const now = client().task("stolen", id);
    ASSERT_TRUE(now);
    EXPECT_EQ(now->state, TaskState::running) << "the thief holds it";
}

TEST_F(WorkerFixture, ADeadWorkersTaskComesBack) {
    // A consumer that took the task and will never be heard of again, its lease over.
    auto const id = dispatch("orphan", {{"n", 7}});
    auto const lane = space.agent("orphan").lane(Lane::normal);
    ask({"XGROUP", "CREATE", lane, std::string(store::kGroup), "0"});
    ask({"XREADGROUP", "GROUP", std::string(store::kGroup), "gone", "COUNT", "1", "STREAMS", lane, ">"});
    auto const pending = ask({"XPENDING", lane, std::string(store::kGroup), "-", "+", "1"});
    ask({"XCLAIM", lane, std::string(store::kGroup), "gone", "0", pending.substr(0, pending.find('\n')), "IDLE",
         "100000", "JUSTID"});
    auto const worker = start([](Worker& w) {
        w.handle(
            "orphan", [](Task const& task, Context&) -> json { return task.crashes; }, short_lease());
    });
    auto const result = outcome("orphan", id);
    EXPECT_EQ(result.state, TaskState::succeeded);
    EXPECT_EQ(result.result(), json(1)) << "one delivery ended without a verdict";
    EXPECT_EQ(events.count(EventKind::reclaimed), 1);
}

// XAUTOCLAIM looks at a bounded number of deliveries a call: the sweep must go on behind them.
TEST_F(WorkerLease, ASilentDeliveryBehindManyFreshOnesIsFound) {
    constexpr std::size_t kFresh = 1'500;
    dispatch_empty("sweep", kFresh);
    auto const last = dispatch("sweep", nullptr, {.id = "silent"});
    auto const lane = space.agent("sweep").lane(Lane::normal);
    ask({"XGROUP", "CREATE", lane, "workers", "0"});
    ask({"XREADGROUP", "GROUP", "workers", "busy", "COUNT", std::to_string(kFresh), "STREAMS", lane, ">"});
    ask({"XREADGROUP", "GROUP", "workers", "dead", "STREAMS", lane, ">"});
    auto const entry = ask({"XPENDING", lane, "workers", "-", "+", "1", "dead"});
    ask({"XCLAIM", lane, "workers", "dead", "0", entry.substr(0, entry.find('\n')), "IDLE", "3600000", "JUSTID"});
    auto const worker = start([](Worker& w) { w.handle("sweep", [](Task const&, Context&) -> json { return 1; }); });
    auto const ended = client().wait("sweep", last, 20s);
    ASSERT_TRUE(ended) << ended.error().message();
    EXPECT_EQ(ended->state, TaskState::succeeded);
    EXPECT_EQ(events.count(EventKind::reclaimed), 1);
}

TEST_F(WorkerFixture, TooManyCrashesArePoison) {
    auto const id = dispatch("poison", nullptr);
    auto const lane = space.agent("poison").lane(Lane::normal);
    ask({"XGROUP", "CREATE", lane, std::string(store::kGroup), "0"});
    ask({"XREADGROUP", "GROUP", std::string(store::kGroup), "gone", "COUNT", "1", "STREAMS", lane, ">"});
    auto const pending = ask({"XPENDING", lane, std::string(store::kGroup), "-", "+", "1"});
    ask({"XCLAIM", lane, std::string(store::kGroup), "gone", "0", pending.substr(0, pending.find('\n')), "IDLE",
         "100000", "RETRYCOUNT", "4"});
    std::atomic<int> runs{0};
    auto const worker = start([&](Worker& w) {
        w.handle(
            "poison", [&](Task const&, Context&) -> json { return ++runs; }, short_lease());
    });
    auto const result = outcome("poison", id);
    EXPECT_EQ(result.state, TaskState::dead);
    EXPECT_EQ(runs, 0);
    EXPECT_EQ(events.count(EventKind::poisoned), 1);
}

TEST_F(WorkerFixture, ADrainFinishesWhatRunsAndGivesBackTheRest) {
    Gate gate;
    std::atomic<int> runs{0};
    AgentOptions options = quick();
    options.concurrency = 2;
    auto worker = start([&](Worker& w) {
        w.handle(
            "drain",
            [&](Task const&, Context&) -> json {
                ++runs;
                gate.pass();
                return 1;
            },
            options);
    });
    dispatch_empty("drain", 10);
    ASSERT_TRUE(gate.wait_arrived(2));
    worker->worker().stop();
    ASSERT_TRUE(events.wait_for(EventKind::worker_draining));
    gate.open();
    ASSERT_TRUE(events.wait_for(EventKind::worker_stopped));
    EXPECT_EQ(runs, 2);
    auto const keys = space.agent("drain");
    EXPECT_EQ(ask({"HGET", keys.stats, "succeeded"}), "2");
    EXPECT_EQ(ask({"XLEN", keys.lane(Lane::normal)}), "8");
    EXPECT_EQ(ask({"EXISTS", space.worker(worker->worker().consumer())}), "0");

    // Somebody else does the rest; no run was charged to anybody.
    auto const second = start([&](Worker& w) {
        w.handle(
            "drain", [&](Task const& task, Context&) -> json { return task.crashes; }, options);
    });
    EXPECT_TRUE(eventually([&] { return ask({"HGET", keys.stats, "succeeded"}) == "10"; }));
    EXPECT_EQ(ask({"HGET", keys.stats, "retried"}), "");
}

// Leases end last in a drain: what still runs is not taken for dead.
TEST_F(WorkerLease, ADrainRenewsTheLeasesOfWhatStillRuns) {
    std::atomic<int> runs{0};
    Gate gate;
    auto const configure = [&](Worker& w) {
        w.handle(
            "drain",
            [&](Task const&, Context&) -> json {
                ++runs;
                gate.pass();
                return 1;
            },
            short_lease());
    };
    auto const first = start(configure);
    auto const id = dispatch("drain", nullptr);
    ASSERT_TRUE(gate.wait_arrived(1));
    auto const second = start(configure);
    first->worker().stop();
    ASSERT_TRUE(events.wait_for(EventKind::worker_draining));
    EXPECT_TRUE(renewed_times("drain", 4));
    EXPECT_EQ(events.count(EventKind::reclaimed), 0);
    gate.open();
    EXPECT_EQ(outcome("drain", id).state, TaskState::succeeded);
    EXPECT_EQ(runs, 1);
}

TEST_F(WorkerFixture, AnInterruptedDrainGivesTheTaskBackUncounted) {
    Gate started;
    auto options = worker_options();
    options.grace = 0ms;
    {
        WorkerThread worker(options, [&](Worker& w) {
            w.handle("handback", [&](Task const&, Context& context) -> json {
                started.open();
                while (!context.cancel_token().cancelled())
                    std::this_thread::yield();
                EXPECT_EQ(context.cancel_token().reason(), CancelReason::shutdown);
                throw std::runtime_error("stopped");
            });
        });
        dispatch("handback", nullptr, {.id = "kept"});
        ASSERT_TRUE(started.pass());
        EXPECT_TRUE(worker.stop());
    }
    EXPECT_EQ(events.count(EventKind::task_released), 1);
    auto const second = start([](Worker& w) {
        w.handle("handback", [](Task const& task, Context& context) -> json {
            return {task.crashes, task.retry_count, context.attempt()};
        });
    });
    EXPECT_EQ(outcome("handback", "kept").result(), (json{0, 0, 1}));
}

TEST_F(WorkerFixture, TwoAgentsInOneWorkerDoNotMix) {
    auto const worker = start([](Worker& w) {
        w.handle("one", [](Task const& task, Context&) -> json { return task.agent(); });
        w.handle("two", [](Task const& task, Context&) -> json { return task.agent(); });
    });
    auto const first = dispatch("one", nullptr);
    auto const second = dispatch("two", nullptr);
    EXPECT_EQ(outcome("one", first).result(), json("one"));
    EXPECT_EQ(outcome("two", second).result(), json("two"));
}

TEST_F(WorkerFixture, RunningTasksSettleAfterTheServerCameBack) {
    leat::testing::RedisServer durable({"--appendonly", "yes", "--appendfsync", "always"});
    Gate started;
    Gate gate;
    auto options = worker_options();
    options.redis = durable.url();
    WorkerThread const worker(options, [&](Worker& w) {
        w.handle("patient", [&](Task const&, Context&) -> json {
            started.open();
            gate.pass();
            return "kept";
        });
    });
    ClientOptions client_options;
    client_options.redis = durable.url();
    Client other(client_options);
    auto const receipt = other.dispatch("patient", nullptr);
    ASSERT_TRUE(receipt);
    ASSERT_TRUE(started.pass());
    durable.kill();
    ASSERT_TRUE(events.wait_for(EventKind::disconnected));
    gate.open();
    durable.start();
    auto const result = other.wait("patient", receipt->task_id, std::chrono::duration_cast<Milliseconds>(kPatience));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->result(), json("kept"));
    EXPECT_EQ(result->attempt, 1);
}

// A server that takes no writes for a while delays a verdict; it does not cost it.
TEST_F(WorkerFixture, ARefusedVerdictIsSentAgainUntilItIsRecorded) {
    Gate started;
    Gate gate;
    Gate refused;
    auto options = worker_options();
    options.on_event = [&refused](Event const& event) {
        if (event.kind == EventKind::service_error && event.task == "settler") refused.open();
    };
    WorkerThread const worker(options, [&](Worker& w) {
        w.handle("patient", [&](Task const&, Context&) -> json {
            started.open();
            gate.pass();
            return "kept";
        });
    });
    auto const id = dispatch("patient", nullptr);
    ASSERT_TRUE(started.pass());
    ask({"CONFIG", "SET", "min-replicas-to-write", "1"});
    gate.open();
    ASSERT_TRUE(refused.pass());
    ask({"CONFIG", "SET", "min-replicas-to-write", "0"});
    auto const ended = client().wait("patient", id, 20s);
    ASSERT_TRUE(ended) << ended.error().message();
    EXPECT_EQ(ended->result(), json("kept"));
    EXPECT_EQ(ended->attempt, 1);
}

TEST_F(WorkerFixture, AVerdictThatIsRefusedHoldsUpNoOther) {
    auto const dead = space.agent("mixed").dead;
    Gate refused;
    auto options = worker_options();
    options.on_event = [&refused](Event const& event) {
        if (event.kind == EventKind::service_error && event.task == "settler") refused.open();
    };
    WorkerThread const worker(options, [](Worker& w) {
        w.handle("mixed", [](Task const& task, Context&) -> json {
            if (task.payload() == "bad") throw Dead{"refused by its handler"};
            return "kept";
        });
    });
    ask({"SET", dead, "no stream"});
    auto const bad = dispatch("mixed", "bad");
    ASSERT_TRUE(refused.pass());
    for (int i = 0; i < 3; ++i) {
        auto const good = client().wait("mixed", dispatch("mixed", "good"), 20s);
        ASSERT_TRUE(good) << good.error().message();
    }
    ask({"DEL", dead});
    auto const ended = client().wait("mixed", bad, 20s);
    ASSERT_TRUE(ended) << ended.error().message();
    EXPECT_EQ(ended->state, TaskState::dead);
}

TEST_F(WorkerFixture, AServerThatEvictsIsRefused) {
    ask({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
    Worker worker(worker_options());
    worker.handle("any", [](Task const&, Context&) -> json { return 1; });
    auto const ended = worker.run();
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, ErrorCode::unsupported);
    EXPECT_NE(ended.error().detail.find("noeviction"), std::string::npos);
}

TEST_F(WorkerFixture, RunningTasksSettleAlthoughTheServerIsOutOfMemory) {
    Gate started;
    Gate gate;
    auto const worker = start([&](Worker& w) {
        w.handle("tight", [&](Task const&, Context&) -> json {
            started.open();
            gate.pass();
            return "done";
        });
    });
    auto const id = dispatch("tight", nullptr);
    ASSERT_TRUE(started.pass());
    ask({"CONFIG", "SET", "maxmemory", "1"});
    auto const refused = client().dispatch("tight", nullptr);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
    gate.open();
    EXPECT_TRUE(eventually([&] { return ask({"HGET", space.agent("tight").stats, "succeeded"}) == "1"; }));
    ask({"CONFIG", "SET", "maxmemory", "0"});
    EXPECT_EQ(outcome("tight", id).result(), json("done"));
}

}  // namespace
}  // namespace leat::runtime
