#pragma once
// Client: dispatches tasks and waits for their outcome.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "leat/options.hpp"
#include "leat/task.hpp"

namespace leat {

enum class CancelStatus : std::uint8_t {
    cancelled,  // it was waiting: the outcome is recorded now
    requested,  // it runs: the worker was told; the outcome follows, or the run's own verdict if that was first
    terminal,   // it had its outcome already; nothing changed
};
[[nodiscard]] std::string_view to_string(CancelStatus status) noexcept;

// What is known about one task now.
struct TaskInfo {
    std::string id;
    std::string agent;
    TaskState state = TaskState::ready;
    Lane lane = Lane::normal;
    std::string payload_text;   // empty where it is no longer kept
    std::int64_t attempts = 0;  // attempts that ended in a verdict
    std::int64_t retry_count = 0, max_retries = 0, crashes = 0;
    std::int64_t created_at = 0;  // ms since the epoch
    std::int64_t due_in = 0;      // scheduled: ms until due by the server's clock, negative when overdue
    std::string consumer;         // running: who holds it
    std::int64_t idle = 0;        // running: ms since the last sign of life
    bool cancel_requested = false;
    std::string last_error;
    std::optional<TaskResult> outcome;  // terminal states only
};

// Thread-safe: any number of threads and coroutines share one client. One engine thread and one connection, one more
// once somebody waits, and one more for dispatches that ask for more than memory. Destruction ends calls under way with
// `cancelled`.
class Client {
  public:
    // Starts the engine thread; connects lazily. Throws std::invalid_argument for a malformed URL or prefix and
    // for options out of their bounds.
    explicit Client(ClientOptions options);
    // The same with the other options at their defaults: `leat::Client client{{.redis = "redis://localhost:6379"}};`
    explicit Client(ConnectionOptions connection);
    ~Client();
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    // Stores one task. OK = stored (or it was there already: `duplicate`, or refused: `full`).
    // Errors: invalid_input, too_large (not sent); unavailable, overloaded, denied (surely not stored); unknown_outcome
    // (only after resending until `connect_timeout` has passed: sending again with the same id is safe); not_durable
    // (stored, but the level was not reached within `durability_timeout`: the detail names the id; sending again with
    // it waits again); unsupported (this server cannot reach the level: nothing was sent).
    // Blocks the caller; concurrent calls share round trips. Cost: one script call for up to 100 tasks.
    [[nodiscard]] Result<Receipt> dispatch(std::string_view agent, json const& payload, DispatchOptions options = {});
    // The same with the payload as JSON text, checked but not re-serialised.
    [[nodiscard]] Result<Receipt> dispatch_text(std::string_view agent, std::string payload_text,
                                                DispatchOptions options = {});
    // Stores many tasks, 100 a call, several calls under way. One result per task, in order; one that fails does not
    // stop the others.
    [[nodiscard]] std::vector<Result<Receipt>> dispatch_many(std::string_view agent, std::vector<NewTask> tasks);

    // Waits until the task has its outcome. Errors: not_found, timeout (the task goes on), unavailable.
    // Cost: one record read and, while waiting, a share of one subscription.
    [[nodiscard]] Result<TaskResult> wait(std::string_view agent, std::string_view task_id, Milliseconds timeout);
    // Where the task is now. Errors: not_found, corrupt, unavailable. Cost: one script call, O(1).
    [[nodiscard]] Result<TaskInfo> task(std::string_view agent, std::string_view task_id);
    // Asks for the end of a task. Idempotent; wins over a retry. Errors: not_found, unavailable.
    [[nodiscard]] Result<CancelStatus> cancel(std::string_view agent, std::string_view task_id);

    // Coroutine forms: the same contracts; they may be awaited from any executor and resume there. Cancelling the
    // awaiting coroutine abandons the answer, not the call. With GCC 12, name the options before `co_await`: it
    // destroys a braced `{.delay = 5s}` within such an expression twice (GCC bug 98401).
    [[nodiscard]] boost::asio::awaitable<Result<Receipt>> async_dispatch(std::string agent, json payload);
    [[nodiscard]] boost::asio::awaitable<Result<Receipt>> async_dispatch(std::string agent, json payload,
                                                                         DispatchOptions options);
    [[nodiscard]] boost::asio::awaitable<std::vector<Result<Receipt>>> async_dispatch_many(std::string agent,
                                                                                           std::vector<NewTask> tasks);
    [[nodiscard]] boost::asio::awaitable<Result<TaskResult>> async_wait(std::string agent, std::string task_id,
                                                                        Milliseconds timeout);
    [[nodiscard]] boost::asio::awaitable<Result<TaskInfo>> async_task(std::string agent, std::string task_id);
    [[nodiscard]] boost::asio::awaitable<Result<CancelStatus>> async_cancel(std::string agent, std::string task_id);

    // The executor of the engine thread. A coroutine that runs on it reaches the client without a change of threads,
    // which a quiet program notices: two wake-ups of a sleeping thread less for each answer. It must not
    // block (the blocking forms throw std::logic_error there), and must have ended before the client's destruction
    // begins. Any thread may ask. Cost: none.
    [[nodiscard]] boost::asio::any_io_executor executor() const noexcept;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace leat
