#pragma once
// For tests of the worker: a private server, workers on threads of their own, a client, and waiting for events.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "leat/leat.hpp"
#include "redis/connect_options.hpp"
#include "store/keys.hpp"
#include "store/scripts.hpp"
#include "store/store.hpp"
#include "support/acl_user.hpp"
#include "support/redis_client.hpp"
#include "support/redis_server.hpp"

namespace leat::runtime {

using namespace std::chrono_literals;

// Long enough for the slowest sanitizer build: a bound, never a wait.
inline constexpr auto kPatience = 60s;

// Counts events by kind; lets a test wait for them.
class EventLog {
  public:
    EventListener listener() {
        return [this](Event const& event) {
            std::lock_guard const lock(mutex_);
            ++counts_[event.kind];
            details_[event.kind] = std::string(event.detail);
            told_[event.kind].append(event.task).append(" ").append(event.detail).append("\n");
            changed_.notify_all();
        };
    }
    int count(EventKind kind) {
        std::lock_guard const lock(mutex_);
        return counts_[kind];
    }
    std::string last_detail(EventKind kind) {
        std::lock_guard const lock(mutex_);
        return details_[kind];
    }
    // A line of task and detail for each.
    std::string told(EventKind kind) {
        std::lock_guard const lock(mutex_);
        return told_[kind];
    }
    [[nodiscard]] bool wait_for(EventKind kind, int count = 1) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [&] { return counts_[kind] >= count; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<EventKind, int> counts_;
    std::map<EventKind, std::string> details_;
    std::map<EventKind, std::string> told_;
};

// A door that handlers wait at until the test opens it.
class Gate {
  public:
    void open() {
        std::lock_guard const lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    // Whether it was opened, not given up.
    bool pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        return changed_.wait_for(lock, kPatience, [this] { return open_; });
    }
    [[nodiscard]] bool wait_arrived(int count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [&] { return arrived_ >= count; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int arrived_ = 0;
};

// A worker that runs until this object ends (or stop() was called).
class WorkerThread {
  public:
    WorkerThread(WorkerOptions options, std::function<void(Worker&)> const& configure) : worker_(std::move(options)) {
        configure(worker_);
        thread_ = std::thread([this] { result_.set_value(worker_.run()); });
    }
    ~WorkerThread() {
        worker_.stop();
        thread_.join();
    }
    Worker& worker() { return worker_; }
    // Drains and answers what run() returned.
    Result<void> stop() {
        worker_.stop();
        return result_.get_future().get();
    }

  private:
    Worker worker_;
    std::promise<Result<void>> result_;
    std::thread thread_;
};

class WorkerFixture : public ::testing::Test {
  protected:
    WorkerFixture() {
        if (leat::testing::uses_acl()) load_scripts();
    }
    WorkerOptions worker_options() {
        WorkerOptions options;
        options.redis = leat::testing::url_as(server, store::AclRole::worker);
        options.handle_signals = false;
        options.on_event = events.listener();
        return options;
    }
    std::unique_ptr<WorkerThread> start(std::function<void(Worker&)> const& configure) {
        return std::make_unique<WorkerThread>(worker_options(), configure);
    }
    Client& client() {
        if (!client_) {
            ClientOptions options;
            options.redis = leat::testing::url_as(server, store::AclRole::producer);
            client_ = std::make_unique<Client>(std::move(options));
        }
        return *client_;
    }
    std::string dispatch(std::string const& agent, json const& payload, DispatchOptions options = {}) {
        auto const receipt = client().dispatch(agent, payload, std::move(options));
        EXPECT_TRUE(receipt) << receipt.error().message();
        return receipt ? receipt->task_id : std::string{};
    }
    void dispatch_empty(std::string const& agent, std::size_t count) {
        std::vector<NewTask> tasks(count, NewTask{"{}", {}});
        for (auto const& receipt : client().dispatch_many(agent, std::move(tasks))) {
            ASSERT_TRUE(receipt) << receipt.error().message();
        }
    }
    TaskResult outcome(std::string const& agent, std::string const& id) {
        auto const result = client().wait(agent, id, std::chrono::duration_cast<Milliseconds>(kPatience));
        EXPECT_TRUE(result) << result.error().message();
        return result.value_or(TaskResult{});
    }
    // Whether so many tasks of the agent have succeeded, sooner or later.
    bool succeeded(std::string const& agent, int count) {
        return eventually([&] {
            return ask({"HGET", space.agent(agent).stats, "succeeded"}) == std::to_string(count);
        });
    }
    void set_paused(std::string const& agent, bool paused) {
        boost::asio::io_context context;
        leat::testing::RedisClient admin(
            context, redis::parse_url(leat::testing::url_as(server, store::AclRole::admin)).value());
        auto const store = store::Store(admin.connection());
        auto const keys = space.agent(agent);
        ASSERT_TRUE(admin.wait(admin.start(store.set_paused(keys, paused))));
    }
    std::string ask(std::vector<std::string> const& arguments) { return server.command(arguments); }
    // Repeats a question to the server until the answer satisfies; false after kPatience.
    bool eventually(std::function<bool()> const& holds) {
        auto const deadline = std::chrono::steady_clock::now() + kPatience;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::yield();
        }
        return true;
    }

    leat::testing::RedisServer server{leat::testing::with_acl_users({})};
    EventLog events;
    store::KeySpace space;

  private:
    // Producers may not, and tests dispatch before a worker is there.
    void load_scripts() {
        boost::asio::io_context context;
        leat::testing::RedisClient loader(
            context, redis::parse_url(leat::testing::url_as(server, store::AclRole::worker)).value());
        if (!loader.wait(loader.start(store::load_scripts(loader.connection()))))
            throw std::runtime_error("the test's scripts cannot be loaded");
    }

    std::unique_ptr<Client> client_;
};

// Quick retries, so that tests do not wait for backoff.
inline AgentOptions quick(AgentOptions options = {}) {
    options.backoff_base = 1ms;
    options.backoff_cap = 2ms;
    return options;
}

}  // namespace leat::runtime
