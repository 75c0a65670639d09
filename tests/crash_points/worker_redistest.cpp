// A whole worker with all its services, whose connections break at one command after the other.
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>
#include <thread>

#include "crash_points/cutting_proxy.hpp"
#include "runtime/worker_fixture.hpp"
#include "support/keyspace.hpp"

namespace leat::crash_points {
namespace {

using namespace std::chrono_literals;

std::string const kFront = "tasks";  // as the options have it
// Longer than the test waits: what is lost with a reply must come back without its lease.
constexpr std::chrono::minutes kLease{5};

constexpr std::size_t kPointsMin = 20;  // fewer would mean that the cuts do not come to pass
constexpr std::array kWays{CutAt::before_reply, CutAt::before_send, CutAt::before_reply, CutAt::after_reply};

// A proxy on a thread of its own.
class ProxyThread {
  public:
    ProxyThread(std::string const& listen_path, std::string const& server_path, std::vector<Cut> cuts)
        : proxy_(std::make_unique<CuttingProxy>(context_, listen_path, server_path)) {
        proxy_->arm(std::move(cuts));
        thread_ = std::thread([this] {
            auto const work = boost::asio::make_work_guard(context_);
            context_.run();
        });
    }
    ~ProxyThread() { stop(); }
    ProxyThread(ProxyThread const&) = delete;
    ProxyThread& operator=(ProxyThread const&) = delete;

    // The proxy may be looked at from then on.
    CuttingProxy const& stop() {
        if (thread_.joinable()) {
            context_.stop();
            thread_.join();
        }
        return *proxy_;
    }

  private:
    boost::asio::io_context context_;
    std::unique_ptr<CuttingProxy> proxy_;
    std::thread thread_;
};

class CrashPointsOfWorker : public runtime::WorkerFixture {
  protected:
    // Answers how many commands the worker sent; whether the cut came to pass is in `reached`.
    std::size_t try_point(std::vector<Cut> cuts, bool& reached) {
        std::string trace = "uncut";
        if (!cuts.empty())
            trace = "cut " + std::string(to_string(cuts[0].at)) + " of command " + std::to_string(cuts[0].command);
        SCOPED_TRACE(trace);
        ask({"FLUSHALL"});
        auto const path = (server.folder() / ("cut" + std::to_string(++tries_) + ".sock")).string();
        ProxyThread proxy(path, server.socket_path(), std::move(cuts));
        hand_in();
        {
            auto options = worker_options();
            options.redis = "unix://" + path;
            runtime::WorkerThread const worker(std::move(options), configure);
            expect_outcomes();
            EXPECT_TRUE(eventually([this] { return keyspace().unrest().empty(); }))
                << testing::joined(keyspace().unrest());
        }
        auto const& stopped = proxy.stop();
        reached = stopped.cuts_left() == 0;
        auto const violations = keyspace().violations();
        EXPECT_TRUE(violations.empty()) << testing::joined(violations);
        return stopped.commands().size();
    }

  private:
    // One task for each way to its end, named by it.
    void hand_in() {
        for (auto const* const id : {"succeeds", "retries", "dies"})
            EXPECT_EQ(dispatch("worked", nullptr, {.id = id}), id);
    }
    static void configure(Worker& worker) {
        auto options = runtime::quick();
        options.lease = kLease;
        auto const handle = [](Task const& task, Context& context) -> Verdict {
            if (task.id() == "dies") return Dead{"it must"};
            if (task.id() == "retries" && context.attempt() == 1) return Retry{"once more"};
            return Success{"1"};
        };
        worker.handle("worked", handle, options);
    }
    void expect_outcomes() {
        for (auto const* const id : {"succeeds", "retries"})
            EXPECT_EQ(outcome("worked", id).state, TaskState::succeeded) << id;
        EXPECT_EQ(outcome("worked", "dies").state, TaskState::dead);
    }
    [[nodiscard]] testing::Keyspace keyspace() {
        return testing::Keyspace::read([this](auto const& command) { return ask(command); });
    }

    std::size_t tries_ = 0;
};

// Which command is the k-th depends on timing: several connections are at work. What must hold does not.
TEST_F(CrashPointsOfWorker, every_command_until_all_is_done) {
    bool reached = false;
    auto const commands = try_point({}, reached);
    std::size_t tried = 0;
    for (std::size_t command = 1; command <= commands && !HasFailure(); ++command) {
        try_point({{command, kWays[command % kWays.size()]}}, reached);
        if (reached) ++tried;
    }
    std::cout << "crash points: " << tried << " (" << commands << " commands)\n";
    EXPECT_GT(tried, kPointsMin);
}

}  // namespace
}  // namespace leat::crash_points
