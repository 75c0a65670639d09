#pragma once
// Dispatches for somebody who has a thread and a connection already: a client's queues without the client's thread.
// What many callers ask for within one turn of the thread's loop goes out with one call.
#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <vector>

#include "async/task_group.hpp"
#include "client/dispatch_queue.hpp"
#include "core/clock.hpp"
#include "core/ids.hpp"
#include "core/random.hpp"
#include "leat/client.hpp"
#include "redis/connection.hpp"
#include "store/keys.hpp"

namespace leat::client {

// Checks a task and gives it an id where it has none. Errors: those of Client::dispatch that keep a task from being
// sent.
[[nodiscard]] Result<store::DispatchItem> check_task(ClientOptions const& options, core::IdGenerator& ids,
                                                     std::string_view agent, NewTask& task);

// All functions on the connection's thread.
class Dispatcher {
  public:
    using Receipts = std::vector<Result<Receipt>>;

    // `options`: their payload limit and connect timeout count; durability is memory.
    Dispatcher(redis::Connection& connection, ClientOptions options, core::Clock const& clock);

    // Stores tasks of one agent; one result per task, in order. Errors: those of Client::dispatch.
    [[nodiscard]] boost::asio::awaitable<Receipts> dispatch(std::string agent, std::vector<NewTask> tasks);
    // Ends calls under way; the connection has been closed.
    [[nodiscard]] boost::asio::awaitable<void> join();

  private:
    [[nodiscard]] DispatchQueue& queue_of(std::string const& agent);
    [[nodiscard]] boost::asio::awaitable<void> pump_all();

    redis::Connection& connection_;
    ClientOptions const options_;
    core::Clock const& clock_;
    store::KeySpace const space_;
    core::IdGenerator ids_;
    core::Random random_;
    DispatchContext context_;
    std::map<std::string, DispatchQueue, std::less<>> queues_;
    std::vector<DispatchQueue*> filled_;  // since the last pump
    async::TaskGroup pumps_;
};

}  // namespace leat::client
