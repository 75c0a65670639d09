// kill -9 of whole worker processes: nothing is lost, nothing has two outcomes, nothing crashes for ever.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "leat/leat.hpp"
#include "store/keys.hpp"
#include "support/redis_server.hpp"

namespace leat {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 90s;
constexpr auto kLease = 2s;

class WorkerProcess {
  public:
    WorkerProcess(std::string const& url, int concurrency) {
        auto const slots = std::to_string(concurrency);
        auto const lease = std::to_string(std::chrono::milliseconds(kLease).count());
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::execl(LEAT_CRASH_WORKER, LEAT_CRASH_WORKER, url.c_str(), slots.c_str(), lease.c_str(), nullptr);
            ::_exit(127);
        }
    }
    ~WorkerProcess() { end(SIGKILL); }
    WorkerProcess(WorkerProcess const&) = delete;
    WorkerProcess& operator=(WorkerProcess const&) = delete;

    void end(int signal) {
        if (pid_ <= 0) return;
        ::kill(pid_, signal);
        ::waitpid(std::exchange(pid_, -1), nullptr, 0);
    }
    // Waits until it has ended by itself; its exit status.
    int wait() {
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    pid_t pid_ = -1;
};

class Crash : public ::testing::Test {
  protected:
    Crash() : keys(store::KeySpace().agent("nap")), client(options()) {}

    ClientOptions options() {
        ClientOptions made;
        made.redis = server.url();
        return made;
    }
    // 0 where there is no number yet: before its first task an agent has no stream and no group.
    std::int64_t number(std::vector<std::string> const& command) {
        auto const text = server.command(command);
        std::int64_t value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }
    std::int64_t in_flight() { return number({"XPENDING", keys.lane(Lane::normal), std::string(store::kGroup)}); }
    bool eventually(std::function<bool()> const& holds) {
        auto const deadline = std::chrono::steady_clock::now() + kPatience;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::yield();
        }
        return true;
    }

    leat::testing::RedisServer server;
    store::AgentKeys keys;
    Client client;
};

TEST_F(Crash, KillingOneOfTwoWorkersAtFiveHundredInFlightLosesAndDoublesNothing) {
    constexpr int kTasks = 1'500;
    WorkerProcess victim(server.url(), 250);
    WorkerProcess survivor(server.url(), 250);
    std::vector<NewTask> tasks;
    for (int i = 0; i < kTasks; ++i) {
        NewTask task;
        task.payload_text = R"({"ms":400})";
        task.options.id = "t-" + std::to_string(i);
        tasks.push_back(std::move(task));
    }
    for (auto const& receipt : client.dispatch_many("nap", std::move(tasks)))
        ASSERT_TRUE(receipt) << receipt.error().message();
    ASSERT_TRUE(eventually([&] { return in_flight() == 500; }));
    victim.end(SIGKILL);
    auto const killed = std::chrono::steady_clock::now();
    ASSERT_TRUE(eventually([&] { return number({"HGET", keys.stats, "succeeded"}) >= kTasks; }));
    auto const recovered = std::chrono::steady_clock::now() - killed;

    EXPECT_EQ(number({"HGET", keys.stats, "succeeded"}), kTasks);
    EXPECT_EQ(number({"XLEN", keys.results}), kTasks) << "one recorded outcome each, none twice";
    EXPECT_EQ(in_flight(), 0);
    EXPECT_EQ(number({"XLEN", keys.lane(Lane::normal)}), 0);
    for (int i = 0; i < kTasks; ++i) {
        auto const result = client.wait("nap", "t-" + std::to_string(i), 1s);
        ASSERT_TRUE(result) << result.error().message();
        EXPECT_EQ(result->state, TaskState::succeeded);
    }
    auto const reclaimed = number({"HGET", keys.stats, "reclaimed"});
    EXPECT_GT(reclaimed, 0);
    EXPECT_LE(reclaimed, 250) << "only what the victim held";
    EXPECT_LE(recovered, kLease + 10s) << "a lease, a sweep, and the work itself";
    std::cout << "all " << kTasks << " outcomes recorded " << std::chrono::duration<double>(recovered).count()
              << " s after the kill (lease " << kLease.count() << " s); " << reclaimed << " deliveries taken over\n";
}

TEST_F(Crash, AHandlerThatKillsItsProcessIsPoisonAfterThreeMoreChances) {
    auto const receipt = client.dispatch("abort", nullptr, {.max_retries = 0});
    ASSERT_TRUE(receipt);
    int crashes = 0;
    for (; crashes < 4; ++crashes) {
        WorkerProcess worker(server.url(), 1);
        EXPECT_EQ(worker.wait(), 9);
    }
    WorkerProcess const last(server.url(), 1);
    auto const result = client.wait("abort", receipt->task_id, std::chrono::duration_cast<Milliseconds>(kPatience));
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->state, TaskState::dead);
    EXPECT_EQ(crashes, 4) << "runs: (max_retries + 1) + max_crashes";
    EXPECT_EQ(server.command({"XLEN", store::KeySpace().agent("abort").dead}), "1");
}

TEST_F(Crash, ATerminatedWorkerGivesBackAndIsForgotten) {
    {
        WorkerProcess worker(server.url(), 10);
        ASSERT_TRUE(eventually([&] { return number({"ZCARD", store::KeySpace().workers()}) == 1; }));
        worker.end(SIGTERM);
    }
    EXPECT_EQ(number({"ZCARD", store::KeySpace().workers()}), 0);
}

}  // namespace
}  // namespace leat
