// What is fetched when: pauses and lanes, as a running worker does them.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

TEST_F(WorkerFixture, APausedAgentRunsNothingUntilItIsResumed) {
    std::atomic<int> runs{0};
    auto const worker = start([&](Worker& w) {
        w.handle("still", [&](Task const&, Context&) -> json { return ++runs; });
        w.handle("other", [](Task const&, Context&) -> json { return 1; });
    });
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    ASSERT_EQ(outcome("still", dispatch("still", nullptr)).state, TaskState::succeeded);
    set_paused("still", true);
    ASSERT_TRUE(events.wait_for(EventKind::paused));
    auto const id = dispatch("still", nullptr);
    // A worker that took it would have run it before these.
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(outcome("other", dispatch("other", nullptr)).state, TaskState::succeeded);
    auto const waiting = client().task("still", id);
    ASSERT_TRUE(waiting) << waiting.error().message();
    EXPECT_EQ(waiting->state, TaskState::ready);
    EXPECT_EQ(runs, 1);
    set_paused("still", false);
    ASSERT_TRUE(events.wait_for(EventKind::resumed));
    EXPECT_EQ(outcome("still", id).result(), json(2));
}

TEST_F(WorkerFixture, AWorkerThatStartsWhileItsAgentIsPausedFetchesNothing) {
    std::atomic<int> runs{0};
    set_paused("still", true);
    auto const id = dispatch("still", nullptr);
    auto const worker = start([&](Worker& w) {
        w.handle("still", [&](Task const&, Context&) -> json { return ++runs; });
        w.handle("other", [](Task const&, Context&) -> json { return 1; });
    });
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(outcome("other", dispatch("other", nullptr)).state, TaskState::succeeded);
    EXPECT_EQ(events.count(EventKind::paused), 1);
    EXPECT_EQ(runs, 0);
    EXPECT_EQ(client().task("still", id)->state, TaskState::ready);
    set_paused("still", false);
    EXPECT_EQ(outcome("still", id).state, TaskState::succeeded);
}

class WorkerLanes : public WorkerFixture {
  protected:
    void dispatch_to_every_lane(std::size_t count) {
        std::vector<NewTask> tasks;
        for (auto const priority : {-1, 0, 1, 2}) {
            for (std::size_t i = 0; i < count; ++i) {
                tasks.push_back({"{}", {}});
                tasks.back().options.priority = priority;
            }
        }
        for (auto const& receipt : client().dispatch_many("lanes", std::move(tasks)))
            ASSERT_TRUE(receipt) << receipt.error().message();
    }
    // Runs everything; the lanes in the order in which handlers began.
    std::vector<Lane> run(AgentOptions const& options, int tasks) {
        std::mutex mutex;
        std::vector<Lane> order;
        auto const worker = start([&](Worker& w) {
            w.handle(
                "lanes",
                [&](Task const& task, Context&) -> json {
                    std::lock_guard const lock(mutex);
                    order.push_back(task.lane);
                    return 1;
                },
                options);
        });
        EXPECT_TRUE(succeeded("lanes", tasks));
        std::lock_guard const lock(mutex);
        return order;
    }
    static double count(std::vector<Lane> const& order, int first, Lane lane) {
        return static_cast<double>(std::count(order.begin(), order.begin() + first, lane));
    }
};

TEST_F(WorkerLanes, StrictOrderServesALaneOnlyWhileThoseAboveAreEmpty) {
    constexpr int kEach = 5;
    dispatch_to_every_lane(kEach);
    AgentOptions options;
    options.concurrency = 1;
    options.lane_order = LaneOrder::strict;
    std::vector<Lane> expected;
    for (auto const lane : {Lane::critical, Lane::high, Lane::normal, Lane::low})
        expected.insert(expected.end(), kEach, lane);
    EXPECT_EQ(run(options, 4 * kEach), expected);
}

TEST_F(WorkerLanes, WeightedOrderGivesEveryLaneItsShare) {
    constexpr int kEach = 120;
    constexpr int kTurns = 12;  // 8 + 4 + 2 + 1 each: while every lane has work
    dispatch_to_every_lane(kEach);
    AgentOptions options;
    options.concurrency = 1;
    auto const order = run(options, 4 * kEach);
    ASSERT_EQ(order.size(), 4U * kEach);
    EXPECT_NEAR(count(order, 15 * kTurns, Lane::critical), 8 * kTurns, 8);
    EXPECT_NEAR(count(order, 15 * kTurns, Lane::high), 4 * kTurns, 8);
    EXPECT_NEAR(count(order, 15 * kTurns, Lane::normal), 2 * kTurns, 8);
    EXPECT_NEAR(count(order, 15 * kTurns, Lane::low), 1 * kTurns, 8);
}

TEST_F(WorkerLanes, WeightsOfItsOwnInRoundsOfManySlots) {
    constexpr int kEach = 240;
    dispatch_to_every_lane(kEach);
    AgentOptions options;
    options.concurrency = 8;
    options.lane_weights = {1, 1, 1, 5};
    auto const order = run(options, 4 * kEach);
    ASSERT_EQ(order.size(), 4U * kEach);
    constexpr int kFirst = 240;
    EXPECT_NEAR(count(order, kFirst, Lane::low), 5 * kFirst / 8, 25);
    for (auto const lane : {Lane::critical, Lane::high, Lane::normal})
        EXPECT_NEAR(count(order, kFirst, lane), kFirst / 8, 12);
}

}  // namespace
}  // namespace leat::runtime
