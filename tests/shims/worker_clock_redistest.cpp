// A real worker whose server's clock is set, or whose server has just come back: whose work it takes over, and when.
#include <gmock/gmock.h>

#include <cstdlib>

#include "chaos/shims.hpp"
#include "runtime/worker_fixture.hpp"

namespace leat::runtime {
namespace {

using namespace std::chrono_literals;
using leat::testing::RedisServer;
using ::testing::HasSubstr;

constexpr auto kLease = 1s;  // the shortest
std::string const kGhost = "a worker that says nothing";

// Children that are started meanwhile get these variables.
class ScopedEnvironment {
  public:
    explicit ScopedEnvironment(cli::chaos::Environment variables) : variables_(std::move(variables)) {
        for (auto const& [name, value] : variables_)
            ::setenv(name.c_str(), value.c_str(), 1);
    }
    ~ScopedEnvironment() {
        for (auto const& [name, value] : variables_)
            ::unsetenv(name.c_str());
    }
    ScopedEnvironment(ScopedEnvironment const&) = delete;
    ScopedEnvironment& operator=(ScopedEnvironment const&) = delete;

  private:
    cli::chaos::Environment variables_;
};

class WorkerClockTest : public WorkerFixture {
  protected:
    WorkerClockTest() : clock_(LEAT_SHIMS "/clock_shim.so", server.folder() / "clock") {
        ScopedEnvironment const shim(clock_.environment());
        timed_ = std::make_unique<RedisServer>(std::vector<std::string>{"--appendonly", "yes"});
    }
    std::string ask_it(std::vector<std::string> const& arguments) const { return timed_->command(arguments); }
    std::unique_ptr<WorkerThread> start_worker() {
        auto options = worker_options();
        options.redis = timed_->url();
        return std::make_unique<WorkerThread>(std::move(options), [](Worker& worker) {
            auto agent = quick();
            agent.lease = kLease;
            worker.handle(
                "echo", [](Task const& task, Context&) -> json { return task.payload(); }, agent);
        });
    }
    // The one task that the ghost holds, in the only call that the worker cannot come before.
    void hand_to_ghost() const {
        ask_it({"EVAL",
                "local id = redis.call('XADD', KEYS[1], '*', 'v', '1', 'task_id', 'held', 'agent_type', 'echo', "
                "'payload', '7', 'priority', '0', 'created_at', '1', 'retry_count', '0', 'max_retries', '3') "
                "redis.call('SET', KEYS[2], '{\"state\":\"ready\",\"at\":\"n/' .. id .. '\"}') "
                "redis.call('HINCRBY', KEYS[3], 'dispatched', 1) "
                "redis.pcall('XGROUP', 'CREATE', KEYS[1], 'workers', '0') "
                "return redis.call('XREADGROUP', 'GROUP', 'workers', ARGV[1], 'STREAMS', KEYS[1], '>')",
                "3", keys.lane(Lane::normal), keys.task("held"), keys.stats, kGhost});
    }
    void renew_for_ghost() const {
        auto const entry = ask_it({"XPENDING", keys.lane(Lane::normal), "workers", "-", "+", "1", kGhost});
        ask_it(
            {"XCLAIM", keys.lane(Lane::normal), "workers", kGhost, "0", entry.substr(0, entry.find('\n')), "JUSTID"});
    }
    std::string holder() const { return ask_it({"XPENDING", keys.lane(Lane::normal), "workers", "-", "+", "1"}); }
    // Until the clock was looked at so many times more: five times in each sweep for silent deliveries.
    void await_looks(int count) {
        auto const looks = [this] {
            auto const stats = ask_it({"INFO", "commandstats"});
            auto const at = stats.find("cmdstat_time:calls=");
            return at == std::string::npos ? 0 : std::stoi(stats.substr(at + 19));
        };
        auto const seen = looks();
        ASSERT_TRUE(eventually([&] { return looks() >= seen + count; }));
    }
    void expect_recovery() {
        ASSERT_TRUE(eventually([&] { return ask_it({"HGET", keys.stats, "succeeded"}) == "1"; }));
        EXPECT_EQ(events.count(EventKind::reclaimed), 1);
        EXPECT_EQ(events.count(EventKind::task_stale), 0);
    }

    cli::chaos::ShimmedClock clock_;
    std::unique_ptr<RedisServer> timed_;
    store::AgentKeys keys = space.agent("echo");
};

// By the clock of Redis the ghost has been silent for an hour.
TEST_F(WorkerClockTest, AJumpForwardGivesEverybodyALeaseFirst) {
    auto const worker = start_worker();
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    await_looks(12);
    hand_to_ghost();
    clock_.set(1h);
    ASSERT_TRUE(events.wait_for(EventKind::claims_held));
    EXPECT_THAT(events.last_detail(EventKind::claims_held), ::testing::AnyOf(HasSubstr("forward"), HasSubstr("set")));
    EXPECT_EQ(events.count(EventKind::reclaimed), 0);
    EXPECT_THAT(holder(), HasSubstr(kGhost));
    renew_for_ghost();  // as a worker that lives would
    expect_recovery();  // and then it is silent for a lease
}

// By the clock of Redis nobody will be silent within the hour: the ghost has no heartbeat, and is inherited from.
TEST_F(WorkerClockTest, AJumpBackStopsNoRecovery) {
    auto const worker = start_worker();
    ASSERT_TRUE(events.wait_for(EventKind::worker_started));
    await_looks(12);
    hand_to_ghost();
    clock_.set(-1h);
    ASSERT_TRUE(events.wait_for(EventKind::claims_held));
    EXPECT_THAT(events.last_detail(EventKind::claims_held), ::testing::AnyOf(HasSubstr("back"), HasSubstr("set")));
    EXPECT_EQ(events.count(EventKind::reclaimed), 0);
    expect_recovery();
}

// Those who held tasks before it went away may live, and had no chance to renew.
TEST_F(WorkerClockTest, AServerThatHasJustComeBackGivesEverybodyALeaseFirst) {
    hand_to_ghost();
    ask_it({"HSET", space.epoch(), "id", "1700000000000-" + kGhost, "beats", "9"});
    auto const entry = ask_it({"XPENDING", keys.lane(Lane::normal), "workers", "-", "+", "1", kGhost});
    ask_it({"XCLAIM", keys.lane(Lane::normal), "workers", kGhost, "0", entry.substr(0, entry.find('\n')), "IDLE",
            "3600000", "JUSTID"});
    timed_->kill();
    timed_->start();
    auto const worker = start_worker();
    ASSERT_TRUE(events.wait_for(EventKind::claims_held));
    EXPECT_THAT(events.last_detail(EventKind::claims_held), HasSubstr("just come back"));
    EXPECT_EQ(events.count(EventKind::reclaimed), 0);
    EXPECT_THAT(holder(), HasSubstr(kGhost));
    expect_recovery();
}

TEST_F(WorkerClockTest, ANewServerHoldsNobodyBack) {
    hand_to_ghost();
    auto const entry = ask_it({"XPENDING", keys.lane(Lane::normal), "workers", "-", "+", "1", kGhost});
    ask_it({"XCLAIM", keys.lane(Lane::normal), "workers", kGhost, "0", entry.substr(0, entry.find('\n')), "IDLE",
            "3600000", "JUSTID"});
    auto const worker = start_worker();
    expect_recovery();
    EXPECT_EQ(events.count(EventKind::claims_held), 0);
}

}  // namespace
}  // namespace leat::runtime
