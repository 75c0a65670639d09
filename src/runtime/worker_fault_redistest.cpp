// Replies that get lost, messages that somebody deletes, a server that stands still: a worker loses nothing by them.
#include <atomic>
#include <sstream>

#include "runtime/limits.hpp"
#include "runtime/worker_fixture.hpp"
#include "runtime/worker_pace.hpp"

namespace leat::runtime {
namespace {

class WorkerFaultTest : public WorkerFixture {
  protected:
    // The server's id of the worker's connection with this name.
    std::string client_id(std::string const& name) {
        std::istringstream lines(ask({"CLIENT", "LIST"}));
        for (std::string line; std::getline(lines, line);) {
            if (line.find(" name=" + name + " ") == std::string::npos) continue;
            return line.substr(3, line.find(' ') - 3);
        }
        return {};
    }
    // Cuts a connection whose read blocks, as soon as it does.
    void cut_blocked(std::string const& name) {
        ASSERT_TRUE(eventually([&] {
            std::istringstream lines(ask({"CLIENT", "LIST"}));
            for (std::string line; std::getline(lines, line);) {
                if (line.find(" name=" + name + " ") != std::string::npos && line.find(" flags=b") != std::string::npos)
                    return true;
            }
            return false;
        }));
        ASSERT_EQ(ask({"CLIENT", "KILL", "ID", client_id(name)}), "1");
    }
    // Adds an entry and hands it to `consumer` in one step: its worker never hears of it.
    void hand_out_unheard(std::string const& stream, std::string_view group, std::string const& consumer,
                          std::vector<std::string> const& fields, std::string const& record) {
        std::vector<std::string> call{"EVAL",
                                      "local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 3)) "
                                      "redis.call('SET', KEYS[2], '{\"state\":\"ready\",\"at\":\"n/' .. id .. '\"}') "
                                      "redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'STREAMS', KEYS[1], '>') "
                                      "return id",
                                      "2",
                                      stream,
                                      record,
                                      std::string(group),
                                      consumer};
        call.insert(call.end(), fields.begin(), fields.end());
        ask(call);
    }
    std::string entry_of(std::string const& agent, std::string const& id) {
        auto const record = ask({"GET", space.agent(agent).task(id)});
        auto const slash = record.find('/');
        return record.substr(slash + 1, record.find('"', slash) - slash - 1);
    }
    void delete_message(std::string const& agent, std::string const& id) {
        ask({"XDEL", space.agent(agent).lane(Lane::normal), entry_of(agent, id)});
    }
};

TEST_F(WorkerFaultTest, ADeliveryWhoseReplyWasLostRunsWithoutWaitingForItsLease) {
    AgentOptions options = quick();
    options.lease = 1h;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "heard", [](Task const& task, Context&) -> json { return task.crashes; }, options);
    });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    auto const keys = space.agent("heard");
    ASSERT_TRUE(eventually([&] { return !client_id("leat-fetch-heard").empty(); }));
    hand_out_unheard(keys.lane(Lane::normal), store::kGroup, worker->worker().consumer(),
                     {"v", "1", "task_id", "unheard", "agent_type", "heard", "payload", "1", "priority", "0",
                      "created_at", "1", "retry_count", "0", "max_retries", "3"},
                     keys.task("unheard"));
    cut_blocked("leat-fetch-heard");
    ASSERT_TRUE(events.wait_for(EventKind::delivery_found));
    auto const result = outcome("heard", "unheard");
    EXPECT_EQ(result.state, TaskState::succeeded);
    EXPECT_EQ(result.result(), json(0)) << "no crash: nobody had begun it";
    EXPECT_EQ(events.count(EventKind::delivery_found), 1);
}

TEST_F(WorkerFaultTest, WhatAWorkerHoldsIsNotTakenForUnheardOf) {
    Gate gate;
    std::atomic<int> runs{0};
    AgentOptions options = quick();
    options.concurrency = 4;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "busy",
            [&](Task const&, Context&) -> json {
                ++runs;
                gate.pass();
                return 1;
            },
            options);
    });
    auto const id = dispatch("busy", nullptr);
    ASSERT_TRUE(gate.wait_arrived(1));
    cut_blocked("leat-fetch-busy");
    // The next one runs after the look that the cut caused.
    dispatch("busy", nullptr);
    ASSERT_TRUE(gate.wait_arrived(2));
    gate.open();
    EXPECT_EQ(outcome("busy", id).state, TaskState::succeeded);
    EXPECT_TRUE(eventually([&] { return ask({"HGET", space.agent("busy").stats, "succeeded"}) == "2"; }));
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(events.count(EventKind::delivery_found), 0);
}

TEST_F(WorkerFaultTest, AnEntryOfTheFrontDoorWhoseReplyWasLostIsAdmittedAtOnce) {
    auto options = worker_options();
    options.front_door.enabled = true;
    WorkerThread worker(options, [](Worker& w) { w.handle("open", [](Task const&, Context&) -> json { return 1; }); });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    ASSERT_TRUE(eventually([&] { return ask({"XINFO", "GROUPS", "tasks"}).find("leat") != std::string::npos; }));
    hand_out_unheard("tasks", store::kFrontGroup, worker.worker().consumer(),
                     {"task_id", "unheard", "agent_type", "open", "payload", "1"}, "somewhere");
    auto const cut = std::chrono::steady_clock::now();
    cut_blocked("leat-front-door");
    ASSERT_TRUE(events.wait_for(EventKind::adopted));
    EXPECT_EQ(outcome("open", "unheard").state, TaskState::succeeded);
    EXPECT_LT(std::chrono::steady_clock::now() - cut, kFrontIdle) << "nobody else had to take it over";
}

TEST_F(WorkerFaultTest, ATaskWhoseMessageIsDeletedWhileItRunsIsPutBackAndRunsAgain) {
    std::atomic<int> runs{0};
    Gate started;
    AgentOptions options = quick();
    options.lease = 1s;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "kept",
            [&](Task const& task, Context& context) -> json {
                if (++runs > 1) return {task.payload(), task.crashes};
                started.open();
                while (!context.cancel_token().cancelled())
                    std::this_thread::yield();
                throw std::runtime_error("interrupted");
            },
            options);
    });
    auto const id = dispatch("kept", "payload");
    ASSERT_TRUE(started.pass());
    delete_message("kept", id);
    ASSERT_TRUE(events.wait_for(EventKind::message_missing));
    ASSERT_TRUE(events.wait_for(EventKind::task_restored));
    EXPECT_EQ(outcome("kept", id).result(), (json{"payload", 1}));
    EXPECT_EQ(runs, 2);
}

TEST_F(WorkerFaultTest, ARetryWhoseMessageWasDeletedIsARetry) {
    std::atomic<int> runs{0};
    Gate started;
    Gate gate;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "kept",
            [&](Task const& task, Context& context) -> json {
                if (++runs > 1) return {task.payload(), task.retry_count, context.attempt()};
                started.open();
                gate.pass();
                throw std::runtime_error("once");
            },
            quick());
    });
    auto const id = dispatch("kept", "payload");
    ASSERT_TRUE(started.pass());
    delete_message("kept", id);
    gate.open();
    ASSERT_TRUE(events.wait_for(EventKind::task_restored));
    EXPECT_EQ(outcome("kept", id).result(), (json{"payload", 1, 2}));
    EXPECT_EQ(events.count(EventKind::task_dead), 0);
}

TEST_F(WorkerFaultTest, AWorkerDistrustsItsLeasesWhileARenewalHangs) {
    std::atomic<int> lost{0};
    Gate started;
    AgentOptions options = quick();
    options.lease = 2s;
    auto worker_settings = worker_options();
    worker_settings.command_timeout = 10min;  // a renewal that is under way hangs for as long as the server does
    WorkerThread const worker(worker_settings, [&](Worker& w) {
        w.handle(
            "fenced",
            [&](Task const&, Context& context) -> json {
                started.open();
                if (lost > 0) return "again";
                while (!context.cancel_token().cancelled())
                    std::this_thread::yield();
                if (context.cancel_token().reason() == CancelReason::lease_lost) ++lost;
                return "late";
            },
            options);
    });
    auto const id = dispatch("fenced", nullptr);
    ASSERT_TRUE(started.pass());
    server.pause();
    EXPECT_TRUE(events.wait_for(EventKind::lease_lost));
    EXPECT_TRUE(events.wait_for(EventKind::task_stale));
    server.resume();
    EXPECT_EQ(lost, 1);
    EXPECT_EQ(outcome("fenced", id).result(), json("again")) << "its verdict was not recorded, it ran again";
}

TEST_F(WorkerFaultTest, AFetchLoopThatIsSilentForTooLongIsRestarted) {
    Pace pace;
    pace.block = 50ms;
    pace.watchdog_silence = 1s;  // less than the patience for the reply of a blocking read
    auto const worker = start([&](Worker& w) {
        PacedWorker::set(w, worker_options(), pace);
        w.handle("watched", [](Task const&, Context&) -> json { return 1; });
    });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    ASSERT_EQ(outcome("watched", dispatch("watched", nullptr)).state, TaskState::succeeded);
    auto const before = client_id("leat-fetch-watched");
    ASSERT_FALSE(before.empty());
    server.pause();
    EXPECT_TRUE(events.wait_for(EventKind::watchdog_restart));
    server.resume();
    EXPECT_EQ(outcome("watched", dispatch("watched", nullptr)).state, TaskState::succeeded);
    EXPECT_NE(client_id("leat-fetch-watched"), before) << "its connection is another one";
}

TEST_F(WorkerFaultTest, OthersGetALeaseToRenewAfterAWorkerLostItsConnection) {
    AgentOptions options = quick();
    options.lease = 3s;
    auto const worker = start([&](Worker& w) {
        w.handle(
            "guarded", [](Task const&, Context&) -> json { return 1; }, options);
    });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    auto const lane = space.agent("guarded").lane(Lane::normal);
    ASSERT_TRUE(eventually([&] { return !client_id("leat-worker").empty(); }));
    ASSERT_EQ(ask({"CLIENT", "KILL", "ID", client_id("leat-worker")}), "1");
    ASSERT_TRUE(events.wait_for(EventKind::claims_held));
    auto const held = std::chrono::steady_clock::now();
    // Somebody who was cut off as well, and is overdue.
    auto const keys = space.agent("guarded");
    hand_out_unheard(lane, store::kGroup, "other",
                     {"v", "1", "task_id", "t1", "agent_type", "guarded", "payload", "1", "priority", "0", "created_at",
                      "1", "retry_count", "0", "max_retries", "3"},
                     keys.task("t1"));
    ask({"XCLAIM", lane, std::string(store::kGroup), "other", "0", entry_of("guarded", "t1"), "IDLE", "100000",
         "JUSTID"});
    ASSERT_TRUE(events.wait_for(EventKind::reclaimed));
    EXPECT_GT(std::chrono::steady_clock::now() - held, options.lease / 3) << "not at the next sweep";
    EXPECT_EQ(outcome("guarded", "t1").state, TaskState::succeeded);
}

}  // namespace
}  // namespace leat::runtime
