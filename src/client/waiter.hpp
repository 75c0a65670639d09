#pragma once
// Waits for outcomes: one subscription to the agent's done channel, shared by everybody who waits for one of its tasks.
//
// A note on the channel tells a small result, or where to read it; other ends are read from the record. Notes that were
// lost with a connection are made up for by reading again after each (re)subscription, and by a slow poll. A quick task
// ends before its dispatcher asks for it: what was told a moment ago of tasks that nobody waited for is kept.
#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "client/recent_tasks.hpp"
#include "core/clock.hpp"
#include "leat/error.hpp"
#include "leat/task.hpp"
#include "redis/connection.hpp"
#include "redis/subscriber.hpp"
#include "store/keys.hpp"
#include "store/store.hpp"

namespace leat::client {

// Engine thread only.
class Waiter {
  public:
    Waiter(redis::Connection& connection, core::Clock const& clock, std::uint64_t jitter_seed);

    // `keys` live until it returns. Errors: not_found, timeout, unavailable, cancelled.
    [[nodiscard]] boost::asio::awaitable<Result<TaskResult>> wait(store::AgentKeys const& keys, std::string task_id,
                                                                  std::chrono::milliseconds timeout);
    // This client has just stored the task: its end is still to be told, which saves wait() a look at the record.
    void dispatched(store::AgentKeys const& keys, std::string const& task_id);
    // Ends the subscription and every wait; join() before destruction.
    void close();
    [[nodiscard]] boost::asio::awaitable<void> join() { return group_.join(); }

  private:
    // One who waits, and the last word on its task.
    struct Wait {
        async::Signal signal;
        TaskWord told{};
        bool is_fresh = false;  // dispatched a moment ago: no use to look at once
    };
    struct Watch {
        bool subscribed = false;
        std::chrono::steady_clock::time_point last_used;
        std::unordered_multimap<std::string, Wait*> waiting;
        RecentTasks recent;
    };
    [[nodiscard]] boost::asio::awaitable<Result<TaskResult>> wait_watched(
        store::AgentKeys const& keys, std::string const& task_id, std::chrono::steady_clock::time_point deadline,
        Watch& watch, Wait& wait);
    // The outcome where there is one yet; nothing where the task lives.
    [[nodiscard]] boost::asio::awaitable<Result<std::optional<TaskResult>>> look(store::AgentKeys const& keys,
                                                                                 std::string const& task_id,
                                                                                 Wait& wait);
    void on_message(std::string_view channel, std::string_view text);
    void on_subscribed(std::string_view channel);

    redis::Connection& connection_;
    core::Clock const& clock_;
    std::uint64_t const jitter_seed_;
    async::TaskGroup group_;
    std::unique_ptr<redis::Subscriber> subscriber_;      // started with the first wait
    std::map<std::string, Watch, std::less<>> watches_;  // by channel
    bool closed_ = false;
};

}  // namespace leat::client
