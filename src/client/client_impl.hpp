#pragma once
// A client: checks on the caller's thread, works on its engine thread.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "async/io_thread.hpp"
#include "async/task_group.hpp"
#include "client/dispatch_queue.hpp"
#include "client/dispatch_tracer.hpp"
#include "client/waiter.hpp"
#include "core/ids.hpp"
#include "leat/client.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"

namespace leat {

class Client::Impl {
  public:
    template <class T>
    using Done = std::move_only_function<void(T)>;
    using Receipts = std::vector<Result<Receipt>>;

    explicit Impl(ClientOptions options);
    ~Impl();

    // From any thread; `done` is called on the engine thread, exactly once.
    void dispatch(std::string agent, std::vector<NewTask> tasks, Done<Receipts> done);
    void wait(std::string agent, std::string task_id, Milliseconds timeout, Done<Result<TaskResult>> done);
    void task(std::string agent, std::string task_id, Done<Result<TaskInfo>> done);
    void cancel(std::string agent, std::string task_id, Done<Result<CancelStatus>> done);

    [[nodiscard]] ClientOptions const& options() const noexcept { return options_; }
    [[nodiscard]] boost::asio::any_io_executor executor() noexcept { return engine_.context().get_executor(); }
    [[nodiscard]] bool on_engine_thread() noexcept { return engine_.context().get_executor().running_in_this_thread(); }

  private:
    // Checked tasks on their way to the engine.
    struct Incoming {
        std::string agent;
        std::shared_ptr<client::DispatchJob> job;
        struct Item {
            std::size_t index;  // in the job's receipts
            Durability durability;
            store::DispatchItem item;
        };
        std::vector<Item> items;
    };
    using QueueName = std::pair<std::string, Durability>;  // agent and level
    [[nodiscard]] Result<store::DispatchItem> check(std::string_view agent, NewTask& task);
    void take_incoming();
    [[nodiscard]] client::DispatchQueue& queue_of(QueueName name);
    [[nodiscard]] boost::asio::awaitable<void> shut_down();
    [[nodiscard]] boost::asio::awaitable<void> run_wait(std::string agent, std::string task_id, Milliseconds timeout,
                                                        Done<Result<TaskResult>> done);
    [[nodiscard]] boost::asio::awaitable<void> run_task(std::string agent, std::string task_id,
                                                        Done<Result<TaskInfo>> done);
    [[nodiscard]] boost::asio::awaitable<void> run_cancel(std::string agent, std::string task_id,
                                                          Done<Result<CancelStatus>> done);
    // The agent's keys with the stream names its workers chose; asked for until a worker has registered.
    using SharedKeys = std::shared_ptr<store::AgentKeys const>;
    [[nodiscard]] boost::asio::awaitable<Result<SharedKeys>> keys_of(std::string const& agent);
    [[nodiscard]] redis::ConnectionEvents connection_events();

    // Fixed after construction; the generators lock themselves.
    ClientOptions const options_;
    store::KeySpace const space_;
    core::IdGenerator ids_;
    client::DispatchTracer tracer_;

    std::mutex mutex_;
    std::vector<Incoming> incoming_;  // guarded by mutex_

    // The engine thread's own.
    async::IoThread engine_;
    core::Random random_;
    redis::Connection connection_;
    redis::Connection durable_connection_;  // dispatches that wait for more than memory; runs once there is one
    client::DispatchContext context_;
    client::DispatchContext durable_context_;
    std::map<QueueName, client::DispatchQueue> queues_;
    std::map<std::string, SharedKeys, std::less<>> known_keys_;
    client::Waiter waiter_;
    async::TaskGroup group_;
    bool durable_runs_ = false;
    bool closed_ = false;
};

}  // namespace leat
