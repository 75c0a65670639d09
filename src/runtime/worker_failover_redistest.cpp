// Workers and clients while their server changes its role, refuses writes for a while, or is replaced by a replica.
#include <gmock/gmock.h>

#include "runtime/worker_fixture.hpp"
#include "support/sentinel.hpp"

namespace leat::runtime {
namespace {

using leat::testing::Sentinel;
using leat::testing::TcpServer;
using ::testing::AnyOf;
using ::testing::HasSubstr;

// A time in which the server serves nobody who writes, and its end.
struct Trouble {
    char const* name;
    std::vector<std::vector<std::string>> begin;
    std::vector<std::vector<std::string>> end;
};

class WorkerTrouble : public WorkerFixture, public ::testing::WithParamInterface<Trouble> {
  protected:
    void ask_all(std::vector<std::vector<std::string>> const& commands) {
        for (auto const& command : commands)
            ASSERT_EQ(ask(command), "OK") << command.front();
    }
};

TEST_P(WorkerTrouble, WhatRunsIsRecordedAfterwardsAndNewWorkComesIn) {
    Gate gate;
    auto const worker = start([&](Worker& it) {
        AgentOptions options;
        options.concurrency = 2;
        it.handle(
            "sentiment",
            [&](Task const& task, Context&) {
                if (task.payload() == "wait") gate.pass();
                return json("done");
            },
            options);
    });
    auto const running = dispatch("sentiment", "wait");
    ASSERT_TRUE(gate.wait_arrived(1));
    // One slot is free: its read is blocked at the server.
    ASSERT_TRUE(eventually([&] { return leat::testing::info(server, "blocked_clients") == "1"; }));
    auto const errors = events.count(EventKind::service_error);
    auto const losses = events.count(EventKind::disconnected);

    ask_all(GetParam().begin);
    ClientOptions impatient;
    impatient.redis = server.url();
    impatient.connect_timeout = 100ms;
    Client client(impatient);
    DispatchOptions named;
    named.id = "refused";
    auto const refused = client.dispatch("sentiment", "x", named);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().code, AnyOf(ErrorCode::unavailable, ErrorCode::overloaded))
        << refused.error().message();
    gate.open();
    ASSERT_TRUE(eventually([&] {
        return events.count(EventKind::service_error) > errors || events.count(EventKind::disconnected) > losses;
    }));
    ask_all(GetParam().end);

    EXPECT_EQ(outcome("sentiment", running).state, TaskState::succeeded);
    EXPECT_EQ(outcome("sentiment", dispatch("sentiment", "x")).state, TaskState::succeeded);
    EXPECT_EQ(this->client().task("sentiment", "refused").error().code, ErrorCode::not_found);
    EXPECT_EQ(events.count(EventKind::watchdog_restart), 0);
    EXPECT_EQ(events.count(EventKind::task_stale), 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, WorkerTrouble,
                         ::testing::Values(
                             // Blocked readers get UNBLOCKED, writers READONLY.
                             Trouble{"Demotion", {{"REPLICAOF", "127.0.0.1", "1"}}, {{"REPLICAOF", "NO", "ONE"}}},
                             Trouble{
                                 "MasterDown",
                                 {{"CONFIG", "SET", "replica-serve-stale-data", "no"}, {"REPLICAOF", "127.0.0.1", "1"}},
                                 {{"REPLICAOF", "NO", "ONE"}}},
                             Trouble{"NoReplicas",
                                     {{"CONFIG", "SET", "min-replicas-to-write", "1"}},
                                     {{"CONFIG", "SET", "min-replicas-to-write", "0"}}}),
                         [](auto const& instance) { return instance.param.name; });

class WorkerFailover : public ::testing::Test {
  protected:
    WorkerFailover() : sentinel((leat::testing::replicate(master, replica), master), 1) {}

    WorkerOptions worker_options() {
        WorkerOptions options;
        options.redis = sentinel.url();
        options.handle_signals = false;
        options.on_event = events.listener();
        return options;
    }
    ClientOptions client_options() const {
        ClientOptions options;
        options.redis = sentinel.url();
        options.connect_timeout = 30s;
        options.durability_timeout = 30s;
        return options;
    }
    // Ids of stored tasks.
    static std::vector<std::string> dispatch(Client& client, int count, Durability durability) {
        std::vector<std::string> ids;
        for (int i = 0; i < count; ++i) {
            DispatchOptions options;
            options.durability = durability;
            auto const receipt = client.dispatch("sentiment", i, options);
            EXPECT_TRUE(receipt) << receipt.error().message();
            if (receipt) ids.push_back(receipt->task_id);
        }
        return ids;
    }

    static bool eventually(std::function<bool()> const& holds) {
        auto const deadline = std::chrono::steady_clock::now() + kPatience;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::yield();
        }
        return true;
    }

    TcpServer master;
    TcpServer replica;
    Sentinel sentinel;
    EventLog events;
};

TEST_F(WorkerFailover, WhatWasReplicatedIsKeptAndWhatIsLostIsSeen) {
    constexpr int kSafe = 20;
    constexpr int kUnsafe = 10;
    Gate gate;
    WorkerThread const worker(worker_options(), [&](Worker& it) {
        AgentOptions options;
        options.concurrency = 4;
        it.handle(
            "sentiment",
            [&](Task const&, Context&) {
                gate.pass();
                return json("done");
            },
            options);
    });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    Client client(client_options());
    auto const safe = dispatch(client, kSafe, Durability::replicated(1));
    ASSERT_TRUE(gate.wait_arrived(4));
    // The four deliveries are to be replicated as well.
    ASSERT_EQ(master.command({"WAIT", "1", "30000"}), "1");

    // The replica falls behind: nothing of what follows reaches it.
    replica.pause();
    master.command({"CLIENT", "KILL", "TYPE", "replica"});
    auto const unsafe = dispatch(client, kUnsafe, Durability::memory());
    // Nor does a heartbeat: the worker knows of data that the replica has not got.
    auto const beats = [&] { return std::stoll(master.command({"HGET", store::KeySpace().epoch(), "beats"})); };
    auto const known = beats();
    ASSERT_TRUE(eventually([&] { return beats() > known; }));
    EXPECT_EQ(events.count(EventKind::data_reset), 0);
    master.kill();
    replica.resume();
    ASSERT_TRUE(events.wait_for(EventKind::failover));
    EXPECT_THAT(events.last_detail(EventKind::failover), HasSubstr(master.address() + " → " + replica.address()));
    gate.open();

    for (auto const& id : safe) {
        auto const result = client.wait("sentiment", id, std::chrono::duration_cast<Milliseconds>(kPatience));
        ASSERT_TRUE(result) << id << ": " << result.error().message();
        EXPECT_EQ(result->state, TaskState::succeeded);
    }
    int lost = 0;
    for (auto const& id : unsafe) {
        auto const info = client.task("sentiment", id);
        if (!info && info.error().code == ErrorCode::not_found) ++lost;
    }
    EXPECT_EQ(lost, kUnsafe) << "receipts without a task: visible, and no more than the replica lacked";
    // What is lost is told, once, by whoever saw newer data.
    EXPECT_TRUE(events.wait_for(EventKind::data_reset));
    EXPECT_THAT(events.last_detail(EventKind::data_reset), HasSubstr("older data"));
    // Everything goes on at the new master.
    auto const later = dispatch(client, 1, Durability::memory());
    auto const result = client.wait("sentiment", later.at(0), std::chrono::duration_cast<Milliseconds>(kPatience));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(events.count(EventKind::task_stale), 0);
    EXPECT_EQ(events.count(EventKind::data_reset), 1);
}

}  // namespace
}  // namespace leat::runtime
