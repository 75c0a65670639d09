#pragma once
// Tasks of one agent on their way to the server: whatever is waiting goes out with the next call, several calls under
// way.
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "async/task_group.hpp"
#include "core/clock.hpp"
#include "core/random.hpp"
#include "leat/error.hpp"
#include "leat/task.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"
#include "store/store.hpp"

namespace leat::client {

class Waiter;

// The receipts of one caller's tasks, in order; `done` is called once all are known.
struct DispatchJob {
    std::vector<Result<Receipt>> receipts;
    std::size_t open = 0;
    std::chrono::steady_clock::time_point deadline;  // no resend after it
    std::move_only_function<void(std::vector<Result<Receipt>>)> done;
};

// What every queue of a client shares.
struct DispatchContext {
    redis::Connection& connection;
    store::KeySpace const& space;
    core::Clock const& clock;
    core::Random& random;
    std::optional<std::int64_t> max_waiting;
    std::chrono::milliseconds durability_timeout;
    Waiter* waiter = nullptr;  // told of stored tasks; may be null
};

// Engine thread only.
class DispatchQueue {
  public:
    // `durability`: what all tasks of this queue ask for; the connection is the context's.
    DispatchQueue(DispatchContext& context, std::string_view agent, Durability durability);

    // `index`: the task's place in the job's receipts.
    void add(std::shared_ptr<DispatchJob> job, std::size_t index, store::DispatchItem item);
    // Sends what has gathered.
    void pump();
    // Waits for calls under way; their connection has been closed.
    [[nodiscard]] boost::asio::awaitable<void> join() { return calls_.join(); }

  private:
    struct Waiting {
        std::shared_ptr<DispatchJob> job;
        std::size_t index = 0;
    };
    struct Batch {
        std::vector<Waiting> waiting;
        std::vector<store::DispatchItem> items;
        std::chrono::steady_clock::time_point deadline;
    };
    // How many calls may be under way, with what waits now.
    [[nodiscard]] std::size_t calls_now() const;
    [[nodiscard]] Batch take_batch();
    [[nodiscard]] boost::asio::awaitable<void> send(Batch batch);
    [[nodiscard]] boost::asio::awaitable<Result<store::DurableReply>> send_until_known(Batch const& batch);
    [[nodiscard]] boost::asio::awaitable<Result<store::DurableReply>> send_once(Batch const& batch);
    [[nodiscard]] Result<Receipt> receipt_of(store::DispatchItem& item, store::DispatchReply const& reply,
                                             store::DurableReply const& batch) const;
    static void answer(Waiting const& waiting, Result<Receipt> receipt);

    DispatchContext& context_;
    store::AgentKeys const keys_;
    Durability const durability_;
    async::TaskGroup calls_;
    std::deque<Waiting> waiting_;
    std::deque<store::DispatchItem> items_;  // in step with waiting_
    std::size_t waiting_bytes_ = 0;          // of their payloads
    std::size_t calls_under_way_ = 0;
    bool registered_ = false;  // the agent is in the registry, or cannot be put there
};

}  // namespace leat::client
