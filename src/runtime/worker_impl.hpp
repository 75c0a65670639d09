#pragma once
// The composition of a worker: owns engine, connections, services and agents, and knows the order of start and drain.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "leat/worker.hpp"
#include "redis/connection.hpp"
#include "runtime/agent_service.hpp"
#include "runtime/completion_queue.hpp"
#include "runtime/control_listener.hpp"
#include "runtime/coroutine_host.hpp"
#include "runtime/depth_recorder.hpp"
#include "runtime/front_door.hpp"
#include "runtime/heartbeat.hpp"
#include "runtime/janitor.hpp"
#include "runtime/script_keeper.hpp"
#include "runtime/worker_core.hpp"

namespace leat {

class Worker::Impl {
  public:
    explicit Impl(WorkerOptions options, runtime::Pace pace = {});
    ~Impl();

    void add(std::string agent, Handler handler, AgentOptions options);
    [[nodiscard]] Result<void> run();
    void stop() noexcept;
    [[nodiscard]] std::string const& consumer() const noexcept { return core_.consumer; }

  private:
    struct Registration {
        Handler handler;
        AgentOptions options;
    };

    [[nodiscard]] boost::asio::awaitable<void> live();
    [[nodiscard]] boost::asio::awaitable<Result<void>> open();
    [[nodiscard]] boost::asio::awaitable<Result<void>> check_server();
    void start_services();
    [[nodiscard]] boost::asio::awaitable<void> serve();
    [[nodiscard]] boost::asio::awaitable<void> drain();
    [[nodiscard]] Result<void> told_stuck() const;
    [[nodiscard]] boost::asio::awaitable<void> leave();
    void follow_shortest_lease();
    [[nodiscard]] boost::asio::awaitable<void> watch_signals();
    [[nodiscard]] boost::asio::awaitable<void> watch_agents();
    void request_stop();
    void data_reset(std::string_view how);
    [[nodiscard]] store::WorkerBeat describe() const;
    void finish(std::vector<std::shared_ptr<runtime::Flight>> flights);
    [[nodiscard]] redis::ConnectionEvents connection_events();

    WorkerOptions const options_;
    std::map<std::string, Registration> registrations_;

    // The engine thread's own.
    boost::asio::io_context engine_{1};
    core::Random random_;
    redis::Connection command_;
    runtime::WorkerCore core_;
    runtime::CompletionQueue completions_;
    std::vector<std::unique_ptr<runtime::AgentService>> agents_;
    std::unique_ptr<runtime::CoroutineHost> host_;  // ends before the agents whose handlers it runs
    std::unique_ptr<runtime::Heartbeat> heartbeat_;
    std::unique_ptr<runtime::Janitor> janitor_;
    std::unique_ptr<runtime::DepthRecorder> depth_recorder_;
    std::unique_ptr<runtime::ControlListener> listener_;
    std::unique_ptr<runtime::FrontDoor> front_door_;
    std::unique_ptr<runtime::ScriptKeeper> script_keeper_;
    async::TaskGroup connections_;
    async::TaskGroup services_;
    async::TaskGroup beats_;  // the heartbeat, which ends after all other services
    async::TaskGroup root_;
    async::Signal stop_requested_;
    async::Signal watchdog_;
    boost::asio::signal_set signals_;
    Result<void> result_{};
    std::int64_t started_at_ = 0;
    runtime::ServerStart server_start_;
    std::string server_address_;  // where the last connection led
    bool stopping_ = false;
    bool hurried_ = false;
    bool draining_ = false;
};

}  // namespace leat
